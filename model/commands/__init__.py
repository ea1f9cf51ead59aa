"""The commands that have a module of their own; `python -m model` has the others."""
