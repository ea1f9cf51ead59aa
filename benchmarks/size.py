"""Print how much code there is; exit with 1 where it is more than `[tool.size]` in pyproject.toml.

`make size` counts what git tracks: tokens of Python and JavaScript (names, operators, numbers and
strings, without comments and docstrings), and bytes of CSS. Tokens a line say how much a reader has
to take in at once.
"""

import ast
import io
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import tree_sitter
import tree_sitter_javascript

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTED = ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef
KINDS = "NAME", "OP", "NUMBER", "STRING", "FSTRING_START", "TSTRING_START"
GRAMMAR = tree_sitter.Language(tree_sitter_javascript.language())


def of_python(text: str) -> Iterator[int]:
    """Yield the line of each token; an f-string is one token, in every version of Python."""
    docstrings = {
        node.body[0].lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None
    }
    depth = 0  # in f-strings, which Python 3.12 takes apart
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[token.type]
        line, _ = token.start
        if kind in KINDS and not depth and line not in docstrings:
            yield line
        depth += kind.endswith("STRING_START") - kind.endswith("STRING_END")


def of_javascript(text: str) -> Iterator[int]:
    """Yield the line of each token."""
    nodes = [tree_sitter.Parser(GRAMMAR).parse(text.encode()).root_node]
    for node in nodes:
        nodes += node.children
        if not node.children and node.type != "comment":
            yield node.start_point.row


def of_css(text: str) -> Iterator[int]:
    """Yield the line of each byte."""
    for i, line in enumerate(text.splitlines(keepends=True)):
        yield from [i] * len(line.encode())


GROUPS = {  # by limit: what counts its files, and which these are
    "python": (of_python, "*.py", ":!tests"),
    "tests": (of_python, "tests/*.py"),
    "javascript": (of_javascript, "*.js", "*.mjs", ":!tests"),
    "css": (of_css, "*.css"),
}


def main() -> None:
    """Print a line for each group; exit with 1 if one of them is too large."""
    limits = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["size"]
    is_too_large = False
    for group, (lines_of, *patterns) in GROUPS.items():
        command = ["git", "ls-files", *patterns]
        names = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()
        found = [
            (name, line)
            for name in names
            for line in lines_of((ROOT / name).read_text("utf-8"))
        ]
        size, limit = len(found), limits[group]
        note = "" if size <= limit else ": too much, see [tool.size] in pyproject.toml"
        density = size / len(set(found))
        print(f"{group:10}{size:8,} of {limit:8,}, {density:4.1f} a line{note}")
        is_too_large |= size > limit
    sys.exit(is_too_large)


if __name__ == "__main__":
    main()
