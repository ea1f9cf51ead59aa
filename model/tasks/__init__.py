"""The tasks by name. A further task is a file beside these and one line here."""

from pydantic import ValidationError

from ..errors import InputError, reason, shorten
from .names import NAMES
from .own import Description, own_task
from .reviews import REVIEWS
from .task import Task

TASKS = {
    NAMES.name: NAMES,
    REVIEWS.name: REVIEWS,
}


def task_of(training: dict) -> Task:
    """Return the task that a model was trained for, as `training` of its config.json records it.

    A task of one's own is recorded by its description. A model that train.py has not finished
    records none, and is of names. Raises InputError for a task that is not in TASKS.
    """
    name = training.get("task", NAMES.name)
    if isinstance(name, dict):
        try:
            return own_task(Description.model_validate(name))
        except ValidationError as error:
            raise InputError(f"The task of this model is damaged: {reason(error)}.") from None
    if not isinstance(name, str) or name not in TASKS:
        raise InputError(f"There is no task {shorten(name)}; the tasks are: {', '.join(TASKS)}.")
    return TASKS[name]
