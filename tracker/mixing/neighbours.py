"""What the labels of tracks that sound alike suggest."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

ASKED = 15
"""Labelled neighbours that have a voice, the nearest."""
FEWEST_LABELLED = 5
"""Labelled neighbours below which nothing is suggested."""
FEWEST_AGREEING = 3
LEAST_SHARE = 0.5
"""Of the neighbours' weight, that a label needs."""
SURPRISE = 0.01
"""How probable the agreement may be by chance, given how common the label is in the library, times
the number of labels that might have come out on top."""
LEAST_LIKENESS = 0.2
"""Cosine; what is farther away is no neighbour, however near by rank."""


@dataclass(frozen=True)
class Neighbour:
    row: int
    """Its number."""
    likeness: float
    """The cosine: 1 the same, 0 nothing in common, -1 opposite."""


@dataclass(frozen=True)
class Suggestion:
    """A label that the nearest of the user's own tracks bear."""

    label: str
    confidence: float
    """The share of the neighbours' weight, with one doubter added: a probability only as far as
    labels follow sound."""
    agreeing: tuple[int, ...]
    """Rows of the neighbours with that label, the nearest first."""
    asked: int
    """Neighbours that had a label."""
    common: float
    """The share of the labelled library that has this label."""

    def explained(self, label: str) -> str:
        """Why, with the label as it is written."""
        return (
            f"{len(self.agreeing)} of the {self.asked} most alike of your labelled tracks are "
            f"{label}, as are {self.common:.0%} of all"
        )


@dataclass(frozen=True)
class Census:
    """How common labels are in a library."""

    labelled: int
    """Tracks that have any."""
    counts: Mapping[str, int]
    """Label -> tracks that bear it."""

    @classmethod
    def of(cls, labels: Iterable[Collection[str]]) -> Census:
        known = [set(given) for given in labels if given]
        return cls(len(known), Counter(label for given in known for label in given))


def suggest(
    neighbours: Sequence[Neighbour],
    labels: Mapping[int, Collection[str]],
    census: Callable[[], Census],
) -> Suggestion | None:
    """The label that most of *neighbours* bear, or None where the evidence is thin.

    *labels* are the user's, of the rows that have any; *census* tells of the whole library, for
    what all tracks bear is no news, and is asked where the neighbours agree. Thin is: few labelled
    neighbours, none near, no agreement, or an agreement that as many tracks drawn blindly would
    reach too often.
    """
    labelled = [
        near for near in neighbours if labels.get(near.row) and near.likeness >= LEAST_LIKENESS
    ]
    if len(labelled) < FEWEST_LABELLED:
        return None
    weights: defaultdict[str, float] = defaultdict(float)
    for near in labelled:
        for label in set(labels[near.row]):
            weights[label] += near.likeness
    label, weight = min(weights.items(), key=lambda pair: (-pair[1], pair[0]))
    share = weight / sum(near.likeness for near in labelled)
    agreeing = tuple(near.row for near in labelled if label in labels[near.row])
    if len(agreeing) < FEWEST_AGREEING or share < LEAST_SHARE:
        return None
    library = census()
    common = library.counts[label] / library.labelled
    if len(library.counts) * chance(len(agreeing), len(labelled), common) > SURPRISE:
        return None
    return Suggestion(
        label=label,
        confidence=round(share * len(labelled) / (len(labelled) + 1), 3),
        agreeing=agreeing,
        asked=len(labelled),
        common=common,
    )


def chance(agreeing: int, asked: int, common: float) -> float:
    """How probable at least so many of *asked* bear a label by chance (binomial)."""
    return sum(
        math.comb(asked, many) * common**many * (1 - common) ** (asked - many)
        for many in range(agreeing, asked + 1)
    )
