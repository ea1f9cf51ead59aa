"""What a task says of its texts and labels, so that their columns are found in a table."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain

# What a heading says: that its column has the texts; something that contains them, as a full
# name does; that or something else, as "name" does; or something that only looks like them.
SURE = "sure"
FULL = "full"
WEAK = "weak"
OTHER = "other"
# As programs write that there is no value. Na, Nan and Null are surnames.
MISSING = frozenset("NaN nan NA N/A n/a <NA> NULL null None".split())
# What may be a text or a label all the same: a line of code, Namibia. No surname is written so.
MAY_BE_MEANT = frozenset("NA NULL null None".split())
# What spreadsheets of several languages show in place of a value: #REF!, #N/A, #¡VALOR!, Err:502
ERROR = r"#N/[ABD]|#NV|#Н/Д|#YOK|#GETTING_DATA|#[^\sa-z]{2,}[!?]|Err:\d{3}"


def missing_problem(cell: str, missing: Collection[str] = MISSING) -> str:
    """Return what is wrong with a cell that has one of `missing` for a text, "" if it has a text.

    Whoever reads tables asks this; one name alone is never refused.

    >>> missing_problem(" NA ")[:17], missing_problem("#REF!")[:5], missing_problem("Null")
    ('NA stands for a m', '#REF!', '')
    """
    value = cell.strip()
    if value in missing or re.fullmatch(ERROR, value):
        return f"{value} stands for a missing value: leave the row out, or write it differently"
    return ""


@dataclass(frozen=True)
class Hints:
    """The headings of texts and labels, and what stands in place of a text."""

    # Of the texts, in any case, the surest first; of those that stand in one list the leftmost
    # column is read. "first + last" stands for `last` in a table that has a column `first`, too.
    headings: Sequence[str | Sequence[str]] = ()
    full_headings: Sequence[str] = ()  # of what contains a text, as a full name does
    weak_headings: Sequence[str] = ()  # that texts may have, or something else
    other_headings: Sequence[str] = ()  # of what only looks like texts
    text: str = "text"  # what one is called
    short: bool = True  # as names are
    unquoted: Collection[str] = ()  # columns of the tables that are read as UNQUOTED
    label_headings: Sequence[str] = ()  # of the labels, the surest first
    has_labels: bool = False  # whether their column is looked for
    labels: Collection[str] = ()  # that the labels are of, if that is known
    missing: Collection[str] = MISSING  # in place of a text

    @property
    def groups(self) -> list[tuple[str, Sequence[str]]]:
        """All groups of headings, the surest first, each with what they say."""
        sure = [[one] if isinstance(one, str) else one for one in self.headings]
        return [
            *((SURE, group) for group in sure),
            (FULL, self.full_headings),
            (WEAK, self.weak_headings),
            (OTHER, self.other_headings),
        ]

    @property
    def all_headings(self) -> list[str]:
        """All headings, the surest first: one of them tells a header."""
        return [*chain(*(group for _, group in self.groups)), *self.label_headings]
