"""What the data have of a text, for a reader: nothing here is learnt from, or scored.

    >>> look_up = LookUp(given={"anna": [0, 1]})
    >>> look_up.facts("anna", {}, ["Czech", "Dutch"]).given
    ('Czech', 'Dutch')

A model folder holds a LookUp as look_up.json.gz.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pydantic
from pydantic import Field, NonNegativeInt

from ..tasks.recipe import Share

Ranking = list[tuple[str, float]]  # labels with probabilities or shares, largest first
Shares = dict[NonNegativeInt, Share]  # label index -> share of the bearers
CLOSE_SHARE = 0.1  # labels whose shares differ by less are named together
SHARED = 0.25  # the share of a label that may be named beside another
# The least share of a surname's bearers that tells where in a name it stands
FEW_BEARERS = 0.1


@dataclass(frozen=True)
class Facts:
    """What the data have of one text; every part may be empty."""

    shares: Ranking  # of its labels
    people: str = ""  # outside of all labels, who have it
    given: tuple[str, ...] = ()  # labels that have it as a given name
    is_firm: bool = True  # whether the evidence for its labels is enough to rely on
    is_unseen: bool = False  # whether the network has not been trained on it

    @property
    def leading(self) -> Ranking:
        """The label with the largest share, and those within CLOSE_SHARE of it."""
        _, largest = self.shares[0]
        least = largest - CLOSE_SHARE
        return [(label, share) for label, share in self.shares if share > least]

    @property
    def shared(self) -> list[str]:
        """The labels that have at least a quarter of the text."""
        return [label for label, share in self.shares if share >= SHARED]


@pydantic.dataclasses.dataclass
class LookUp:
    """Texts that the data have beside those of training, by their match keys."""

    unseen: dict[str, Shares] = Field(default_factory=dict)  # held out
    pretrained: dict[str, Shares] = Field(default_factory=dict)  # of pretraining alone
    others: dict[str, str] = Field(default_factory=dict)  # the people outside
    given: dict[str, list[NonNegativeInt]] = Field(default_factory=dict)
    weak: set[str] = Field(default_factory=set)  # those with too little evidence

    @pydantic.field_serializer("weak")
    def _in_order(self, weak: set[str]) -> list[str]:
        return sorted(weak)  # so that the same texts make the same file

    def __bool__(self) -> bool:
        return any(vars(self).values())

    def facts(
        self,
        key: str,
        trained: Mapping[int, float],
        labels: Sequence[str],
    ) -> Facts:
        """Return the facts on the text with this key, whose shares in training are `trained`."""
        unseen = self.unseen.get(key, {})
        shares = trained or unseen or self.pretrained.get(key, {})
        in_order = sorted(shares, key=lambda i: (-shares[i], i))
        given = self.given.get(key, [])
        return Facts(
            shares=[(labels[i], shares[i]) for i in in_order],
            people=self.others.get(key, ""),
            given=tuple(labels[i] for i in given),
            is_firm=key not in self.weak,
            is_unseen=bool(unseen) and not trained,
        )
