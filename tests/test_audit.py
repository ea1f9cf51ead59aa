"""data/audit.py on a copy of its own, as a user runs it."""

import shutil

import pytest
from conftest import ROOT, run

HEADER = "name,language,verdict,comment\n"


def audit(folder, text, mode="summary"):
    shutil.copy(ROOT / "data" / "audit.py", folder)
    (folder / "audit.csv").write_text(text, encoding="utf-8")
    return run(folder / "audit.py", mode)


def test_verdicts_and_names_not_read_yet_are_counted(tmp_path):
    done = audit(tmp_path, HEADER + "Novak,Czech,right,\nCerny,Czech,,\n\n")
    assert done.returncode == 0, done.stderr
    assert "| Czech | 2 | 1 | 0 | 0 | 0.0 |" in done.stdout


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        (HEADER + "Novak,Czech,right,\nCerny,Czech,wrogn,\n", 3, "'wrogn'"),
        (HEADER + "Novak,Czech,Right,\n", 2, "'Right'"),
        (HEADER + "Novak,Czech\n", 2, "2 columns, not 4"),
        (HEADER + "Novak,Czech,right,yes, it is\n", 2, "5 columns, not 4"),
        ("name,language,comment\nNovak,Czech,\n", 1, "name,language,verdict,comment"),
        ("Novak,Czech,right,\n", 1, "header"),
        ("", 1, "header"),
    ],
)
@pytest.mark.parametrize("mode", ["summary", "draw"])
def test_an_unfit_file_is_one_clear_line(tmp_path, text, line, complaint, mode):
    done = audit(tmp_path, text, mode)
    assert done.returncode == 2
    assert done.stdout == ""
    (message,) = done.stderr.splitlines()
    assert message.startswith(f"data/audit.py: data/audit.csv, line {line}: ")
    assert complaint in message
    assert (tmp_path / "audit.csv").read_text() == text  # never drawn over
