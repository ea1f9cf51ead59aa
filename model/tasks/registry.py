"""The tasks by name. A further task is a module beside these, its TOML file, and its name here."""

import json

from ..errors import InputError, shorten
from .custom import recorded_task
from .names import NAMES
from .reviews import REVIEWS
from .task import Task

TASKS = {task.name: task for task in (NAMES, REVIEWS)}


def task_of(training: dict) -> Task:
    """Return the task that a model was trained for, as `training` of its config.json records it.

    A custom task is recorded by its description. A model that train.py has not finished
    records none, and is of names. Raises InputError for a task that is not in TASKS.
    """
    name = training.get("task", NAMES.name)
    if isinstance(name, dict):
        return recorded_task(json.dumps(name))
    if name not in TASKS:
        tasks = ", ".join(TASKS)
        raise InputError(f"There is no task {shorten(name)}; the tasks are: {tasks}.")
    return TASKS[name]
