"""Write requirements.lock, docs/licences.md and docs/sbom.json: exactly what is installed.

    pip install uv pip-licenses cyclonedx-bom
    python docs/supply_chain.py                    # in the environment that the app runs in

The lock has every version and the SHA-256 of every file, for Python 3.11 and later on all systems;
`pip install --require-hashes -r requirements.lock` installs exactly that. The bill of materials
(CycloneDX) is made from the lock, the licences are those of the packages installed here.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
HEADER = """# Licences

Of everything in `requirements.lock` that is installed with a CPU build of torch on Linux and Python
{python}; written by `python docs/supply_chain.py`. PyPI's torch for Linux brings NVIDIA's CUDA
libraries along (`nvidia-*`, NVIDIA's own licence) and triton (MIT), which are not listed.

"""


def call(*arguments: str) -> str:
    """Run a tool of this Python's environment; return its output."""
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout


def lock() -> None:
    """Resolve requirements.txt for every system."""
    options = "--quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url"
    command = ["uv", "pip", "compile", *options.split(), "--output-file", LOCK.name]
    shown = "python docs/supply_chain.py"  # in the lock's head, as the command that made it
    call(*command, "--custom-compile-command", shown, "requirements.txt")


def licences() -> str:
    """Return the table of licences as Markdown."""
    names = sorted(set(re.findall(r"^([\w.-]+)==", LOCK.read_text(), flags=re.MULTILINE)))
    table = call("piplicenses", "--format", "markdown", "--packages", *names)
    version = ".".join(map(str, sys.version_info[:2]))
    return HEADER.format(python=version) + re.sub(r" +\|", " |", table)


def bill_of_materials() -> str:
    """Return the CycloneDX document, without addresses: the lock has the hashes of files."""
    command = ["cyclonedx_py", "requirements", LOCK.name, "--output-reproducible", "--short-PURLs"]
    document = json.loads(call(*command))
    for component in document["components"]:
        for part in ("externalReferences", "description"):
            component.pop(part, None)
    document.get("metadata", {}).pop("tools", None)
    return json.dumps(document, indent=1) + "\n"


def main() -> None:
    """Write the three files."""
    lock()
    (ROOT / "docs" / "licences.md").write_text(licences(), encoding="utf-8")
    (ROOT / "docs" / "sbom.json").write_text(bill_of_materials(), encoding="utf-8")


if __name__ == "__main__":
    main()
