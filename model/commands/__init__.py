"""The command that has modules of its own; `python -m model` has the others."""
