"""What the data have of a text: nothing here is learnt from, or scored.

    >>> look_up = LookUp(bearers={"novak": {0: 24, 2: 1}}, peoples={"novak": ["Croatian"]})
    >>> facts = look_up.facts("novak", {}, ["Czech", "Dutch"])
    >>> facts.shares, facts.amount, facts.peoples
    ([('Czech', 1.0)], 'many', ('Croatian',))

A model folder holds a LookUp as look_up.json.gz.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pydantic
from pydantic import Field, NonNegativeInt, PositiveInt

from ..tasks.recipe import Share

Ranking = list[tuple[str, float]]  # labels with probabilities or shares, largest first
Shares = dict[NonNegativeInt, Share]  # label index -> share of the bearers
Bearers = dict[
    NonNegativeInt, PositiveInt
]  # label index -> how many; as the last one none's
# The least share of a surname's bearers that tells where in a name it stands
FEW_BEARERS = 0.1
# From how many bearers on there are "some" or "many"
SOME = 3
MANY = 12
# Where a folder has no bearers: what a training text has of its labels
TRAINED_BEARERS = 12
# The binary logarithm of how many times as often a word is a person's first as the last one: it is
# a usual given name from USUALLY_GIVEN on, and more so than a surname of many from
# NEARLY_ALWAYS_GIVEN on
USUALLY_GIVEN = 2
NEARLY_ALWAYS_GIVEN = 4
OTHERS = (
    "other peoples"  # than those of the labels, where it is not stored whose they are
)
SURNAME_TIMES = -3  # of a word that the data have as a surname alone
UNKNOWN_TIMES = -1


class Facts(NamedTuple):
    """What the data have of one text; anything may be empty."""

    # Of its labels; this list and this dictionary never change
    shares: Ranking = []  # noqa: RUF012
    bearers: Mapping[int, float] = {}
    # Labels, or OTHERS, to whom more than half of the bearers belong, the largest first
    mostly: tuple[str, ...] = ()
    peoples: tuple[str, ...] = ()  # outside of all labels, who have it
    # Labels, or peoples, that have it as a given name, the likeliest first
    given: tuple[str, ...] = ()
    times: int = UNKNOWN_TIMES
    # Whether it is a given name at least as often as a surname
    is_counted: bool = False
    is_unseen: bool = False  # whether the network has not been trained on it
    is_surname: bool = (
        False  # whether it is among the names to train on or to test with
    )

    @property
    def has_data(self) -> bool:
        """Whether the data have it as a surname."""
        return bool(self.shares or self.bearers)

    @property
    def surname(self) -> list[str]:
        """Labels that have it as a surname, but for those of FEW_BEARERS."""
        return [label for label, share in self.shares if share >= FEW_BEARERS]

    @property
    def amount(self) -> str:
        """How many bearers the data have of it: "a few", "some" or "many", "" for none."""
        number = sum(self.bearers.values())
        if number < SOME:
            return "a few" if number else ""
        return "some" if number < MANY else "many"

    @property
    def is_common(self) -> bool:
        """Whether it is a surname of many."""
        return self.is_surname or self.amount == "many"

    @property
    def is_given(self) -> bool:
        """Whether it is a given name more than a surname."""
        return self.times >= (NEARLY_ALWAYS_GIVEN if self.is_common else USUALLY_GIVEN)

    @property
    def usually_given(self) -> tuple[str, ...]:
        """Who has it as a given name, if that is usual: a list alone does not tell."""
        return self.given if self.is_counted else ()


class GivenName(NamedTuple):
    """How often a given name comes first, and who has it, as Facts has them."""

    times: int
    groups: list[NonNegativeInt | str]  # a label's index, or a people outside


@pydantic.dataclasses.dataclass
class LookUp:
    """What the data have of texts beside those of training, by their match keys."""

    # Of texts whose bearers change the answer
    bearers: dict[str, Bearers] = Field(default_factory=dict)
    peoples: dict[str, list[str]] = Field(default_factory=dict)  # outside
    unseen: dict[str, Shares] = Field(default_factory=dict)  # held out
    given: dict[str, GivenName] = Field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(vars(self).values())

    def facts(
        self,
        key: str,
        trained: Mapping[int, float],
        labels: Sequence[str],
    ) -> Facts:
        """Return the facts on the text with this key, whose shares in training are `trained`."""
        bearers: Mapping[int, float] = self.bearers.get(key, {})
        if trained and not self.bearers:
            bearers = {i: TRAINED_BEARERS * share for i, share in trained.items()}
        unseen = self.unseen.get(key, {})
        shares = trained or unseen or bearers
        own = {i: share for i, share in shares.items() if i < len(labels)}
        total = sum(own.values())
        in_order = sorted(own, key=lambda i: (-own[i], i))
        usual = SURNAME_TIMES if shares or key in self.peoples else UNKNOWN_TIMES
        times, groups = self.given.get(key, (usual, []))
        peoples = tuple(self.peoples.get(key, []))
        return Facts(
            shares=[(labels[i], own[i] / total) for i in in_order],
            bearers=bearers,
            mostly=_mostly(bearers, labels, peoples),
            peoples=peoples,
            given=tuple(labels[i] if isinstance(i, int) else i for i in groups),
            times=times if times >= USUALLY_GIVEN else usual,
            is_counted=times >= 0,
            is_unseen=bool(unseen) and not trained,
            is_surname=bool(trained or unseen),
        )


def _mostly(
    bearers: Mapping[int, float], labels: Sequence[str], peoples: Sequence[str]
) -> tuple[str, ...]:
    """Return whose more than half of the bearers are, the largest first."""
    mostly: list[str] = []
    number = 0.0
    for i in sorted(bearers, key=lambda i: (-bearers[i], i)):
        if 2 * number <= sum(bearers.values()):
            mostly += [labels[i]] if i < len(labels) else peoples or [OTHERS]
            number += bearers[i]
    return tuple(mostly)
