"""Change one thing at a time in a module and see whether its unit tests notice.

    python benchmarks/mutation.py                       # every module below; half an hour
    python benchmarks/mutation.py --module evaluation

A mutant is one change of the syntax tree: a comparison, an operator, a number, a condition turned
round, a call or a raise left out. Texts of messages are not changed, and what returns None already
goes on to. Each mutant is tested in a process forked from one that has imported torch and pytest
already, so that it costs seconds; one that takes longer than a minute, while this script is not
paused, counts as killed, for the tests would not have ended.
"""

import argparse
import ast
import importlib.abc
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from common import ROOT, machine, print_table

TESTS = {
    "encoding": ["test_encoding.py"],
    "dataset": ["test_dataset.py"],
    "names_dataset": ["test_dataset.py"],
    "evaluation": ["test_evaluation.py"],
    "folder": ["test_classifier.py", "test_folder.py"],  # the quick ones first
    "integrity": ["test_classifier.py"],
    "persistence": ["test_classifier.py"],
}
SECONDS = 60
PAUSE = 0.05  # seconds between two looks at the mutants that run
SWAPS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd, ast.Mod: ast.Mult,
}  # fmt: skip


class Mutator(ast.NodeTransformer):
    """Makes the change number `wanted` of all that it could make; `found` tells what each is."""

    def __init__(self, wanted: int = -1):
        self.wanted, self.found = wanted, []

    def change(self, node: ast.AST, what: str) -> bool:
        """Count one possible change; tell whether it is the one to make."""
        self.found.append(f"line {node.lineno}: {what}")
        return len(self.found) - 1 == self.wanted

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """Leave messages as they are."""
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Leave annotations as they are."""
        node.value = self.visit(node.value) if node.value else None
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Leave annotations as they are."""
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Go into the body, not into decorators: whether a class is frozen shows nowhere."""
        node.body = [self.visit(part) for part in node.body]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Go into the body and the defaults, not into annotations."""
        node.args = self.visit(node.args)
        node.body = [self.visit(part) for part in node.body]
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """Swap the first comparison."""
        self.generic_visit(node)
        kind = type(node.ops[0])
        if self.change(node, f"{kind.__name__} -> {SWAPS[kind].__name__}"):
            node.ops[0] = SWAPS[kind]()
        return node

    def _swap(self, node: ast.BinOp | ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        kind = type(node.op)
        if kind in SWAPS and self.change(node, f"{kind.__name__} -> {SWAPS[kind].__name__}"):
            node.op = SWAPS[kind]()
        return node

    visit_BinOp = visit_BoolOp = _swap

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """Leave out a `not`."""
        self.generic_visit(node)
        is_not = isinstance(node.op, ast.Not)
        return node.operand if is_not and self.change(node, "not left out") else node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Add 1 to a number, turn True and False round."""
        if isinstance(node.value, bool) and self.change(node, f"{node.value} turned round"):
            return ast.copy_location(ast.Constant(not node.value), node)
        is_number = type(node.value) in (int, float)
        if is_number and self.change(node, f"{node.value} + 1"):
            return ast.copy_location(ast.Constant(node.value + 1), node)
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        """Turn a condition round."""
        self.generic_visit(node)
        if self.change(node, "condition turned round"):
            node.test = ast.copy_location(ast.UnaryOp(ast.Not(), node.test), node.test)
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        """Leave a raise out."""
        left_out = self.change(node, "raise left out")
        return ast.copy_location(ast.Pass(), node) if left_out else node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Leave a call out; docstrings stay."""
        if isinstance(node.value, ast.Constant):
            return node
        self.generic_visit(node)
        left_out = self.change(node, "call left out")
        return ast.copy_location(ast.Pass(), node) if left_out else node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        """Return nothing."""
        self.generic_visit(node)
        is_none = isinstance(node.value, ast.Constant) and node.value.value is None
        if node.value and not is_none and self.change(node, "returns None"):
            node.value = ast.copy_location(ast.Constant(None), node)
        return node


class Loader(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the changed module where the real one is imported."""

    def __init__(self, name: str, path: Path, tree: ast.Module):
        self.name, self.path, self.tree = name, path, tree

    def find_spec(self, name: str, *_: object) -> object:
        """Answer for one module only."""
        if name != self.name:
            return None
        return importlib.util.spec_from_loader(name, self, origin=str(self.path))

    def exec_module(self, module: object) -> None:
        """Run the changed code in the module."""
        module.__file__ = str(self.path)
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)


def start(module: str, wanted: int) -> int:
    """Test one mutant in a forked process, wanted -1 the module as it is; return the process id."""
    child = os.fork()
    if child:
        return child
    os.setsid()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    path = ROOT / "model" / f"{module}.py"
    tree = ast.fix_missing_locations(Mutator(wanted).visit(ast.parse(path.read_text())))
    sys.meta_path.insert(0, Loader(f"model.{module}", path, tree))
    import pytest

    options = ["-x", "-q", "-p", "no:cacheprovider", "-W", "ignore", f"--rootdir={ROOT}"]
    tests = [str(ROOT / "tests" / test) for test in TESTS[module]]
    try:
        code = pytest.main([*options, *tests])
    except BaseException:
        code = 1
    os._exit(int(code) and 1)


def run(module: str, numbers: list[int], jobs: int) -> Iterator[tuple[int, bool]]:
    """Yield each mutant's number and whether the tests noticed it."""
    running: dict[int, tuple[int, float]] = {}  # process id -> number, seconds so far
    while numbers or running:
        while numbers and len(running) < jobs:
            number = numbers.pop(0)
            running[start(module, number)] = number, 0
        time.sleep(PAUSE)
        for child, (number, seconds) in list(running.items()):
            running[child] = number, seconds + PAUSE
            done, status = os.waitpid(child, os.WNOHANG)
            if not done and seconds > SECONDS:
                os.killpg(child, signal.SIGKILL)
                done, status = os.waitpid(child, 0)
            if done:
                del running[child]
                yield number, status != 0


def measure(module: str, jobs: int) -> list[str]:
    """Return the module's row; survivors go to stderr."""
    mutator = Mutator()
    mutator.visit(ast.parse((ROOT / "model" / f"{module}.py").read_text()))
    if next(run(module, [-1], 1))[1]:
        sys.exit(f"the tests of {module} fail as it is, or take over {SECONDS} s")
    killed = 0
    for number, noticed in run(module, list(range(len(mutator.found))), jobs):
        killed += noticed
        if not noticed:
            print(f"survived: model/{module}.py, {mutator.found[number]}", file=sys.stderr)
    share = killed / len(mutator.found)
    return [f"`model/{module}.py`", str(len(mutator.found)), str(killed), f"{share:.0%}"]


def main() -> None:
    """Print a table, one row a module."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--module", choices=TESTS, action="append", help="default: all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    # What every child needs, so that none imports it again; nothing of model/.
    import accelerate  # noqa: F401
    import hypothesis  # noqa: F401
    import playwright.sync_api  # noqa: F401
    import pytest  # noqa: F401
    import safetensors.torch  # noqa: F401
    import sklearn.metrics
    import sklearn.model_selection  # noqa: F401
    import torch
    import torch._dynamo

    torch.set_num_threads(1)
    print(f"{machine()}\n", flush=True)
    modules = options.module or list(TESTS)
    rows = (measure(module, options.jobs) for module in modules)
    print_table(["module", "mutants", "killed", "share"], rows)


if __name__ == "__main__":
    main()
