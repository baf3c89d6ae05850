"""The differential after a review: a person's class wins over the machine's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from marrowscope.cases.machine_cells import N_OUTCOMES, UNDECIDED, MachineCells, outcome_of
from marrowscope.cases.review import Review
from marrowscope.differential import (
    Differential,
    SlideDifferential,
    Tally,
    tally_differential,
)
from marrowscope.geometry import BoolArray, IntArray
from marrowscope.vocabulary import (
    Counting,
    all_classes,
    class_ids,
    classes_of_category,
    icsh_categories,
    in_reading_order,
)

NOT_CLASSIFIABLE: Final = "UNCLASS"
"""No class that could be answered, but the want of an answer."""
_IDS: Final = class_ids()
_EVERY_CLASS: Final = tuple(name for name in _IDS if name != NOT_CLASSIFIABLE)
_COUNTED, _REMOVED = (
    [known.reading_order for known in all_classes() if known.counting is counting]
    for counting in (Counting.COUNTED, Counting.REMOVED)
)
_OUTCOMES_OF_CATEGORY: Final = {
    category.category: [known.reading_order for known in classes_of_category(category.category)]
    for category in icsh_categories()
}


class SeenCount(NamedTuple):
    """How many of n cells were shown to a person one by one."""

    n_seen: int
    n: int


@dataclass(frozen=True, slots=True)
class ReviewedCount:
    """pooled, slides: the count as it is now, slides in the order of the analysis.

    seen: of each ICSH category, by its name, in their order. seen_undecided: of the undecided
    cells. seen_removed: of those chosen for the count whose class stands outside it.
    """

    pooled: Differential
    slides: tuple[SlideDifferential, ...]
    seen: Mapping[str, SeenCount]
    seen_undecided: SeenCount
    seen_removed: SeenCount

    @property
    def n_seen(self) -> int:
        """Of the cells in the count, the removed ones too."""
        return sum(part.n_seen for part in self._parts())

    @property
    def n_to_see(self) -> int:
        """All cells in the count, the removed ones too."""
        return sum(part.n for part in self._parts())

    @property
    def n_undecided_unseen(self) -> int:
        """Undecided cells that nobody has seen yet."""
        return self.seen_undecided.n - self.seen_undecided.n_seen

    @property
    def is_fully_seen(self) -> bool:
        """Whether a person saw every cell in the count, and there is one."""
        return 0 < self.n_to_see == self.n_seen

    def _parts(self) -> Iterator[SeenCount]:
        yield from self.seen.values()
        yield self.seen_undecided
        yield self.seen_removed


def reviewed_count(cells: MachineCells, review: Review) -> ReviewedCount:
    """The count of an analysis after a review.

    Only cells that were chosen by their place take part, and cells that were added in a counted
    region. A person's class is undecided only where the class itself is: not classifiable, or a
    mitosis. Modelled are the classes of the machine and those that persons gave to cells of the
    count; once every cell was seen, all of the vocabulary, and then it no longer matters what the
    classifier learnt from blood alone. What the review says of a cell that is not there is left
    out.
    """
    tally, seen = _tallies(cells, review)
    every, every_seen = tally.sum(axis=0), seen.sum(axis=0)
    is_fully_seen = bool(every.any()) and np.array_equal(every, every_seen)
    modelled = _EVERY_CLASS if is_fully_seen else _modelled(cells, every)

    def count(outcomes: IntArray, n_smears: int) -> Differential:
        return tally_differential(
            _sorted(outcomes),
            modelled=modelled,
            blood_only=() if is_fully_seen else cells.rules.blood_only,
            me_formula=cells.rules.me_formula,
            undetermined_blasts_are_myeloid=cells.rules.undetermined_blasts_are_myeloid,
            n_smears=n_smears,
            scale_note=cells.rules.scale_note,
        )

    def seen_of(outcomes: list[int]) -> SeenCount:
        return SeenCount(int(every_seen[outcomes].sum()), int(every[outcomes].sum()))

    return ReviewedCount(
        pooled=count(every, int(tally.any(axis=1).sum())),
        slides=tuple(
            SlideDifferential(name, count(outcomes, 1))
            for name, outcomes in zip(cells.slides, tally, strict=True)
        ),
        seen={name: seen_of(outcomes) for name, outcomes in _OUTCOMES_OF_CATEGORY.items()},
        seen_undecided=seen_of([UNDECIDED]),
        seen_removed=seen_of(_REMOVED),
    )


def _tallies(cells: MachineCells, review: Review) -> tuple[IntArray, IntArray]:
    """Cells of the count by slide and outcome, and those of them that a person saw.

    Both are (slides, N_OUTCOMES).
    """
    outcome = cells.outcome.copy()
    named = cells.places(review.named)
    given = np.array([outcome_of(one.class_id) for one in review.named.values()], dtype=np.int64)
    outcome[named[named >= 0]] = given[named >= 0]
    is_seen = np.zeros(cells.n_cells, dtype=np.bool_)
    seen_places = cells.places(review.seen)
    is_seen[seen_places[seen_places >= 0]] = True

    tally = _tally(cells, outcome, cells.in_count)
    seen = _tally(cells, outcome, cells.in_count & is_seen)
    for added in review.added.values():
        if added.in_count:  # Whoever added a cell saw it.
            place = cells.slides.index(added.slide), outcome_of(review.class_of(added))
            tally[place] += 1
            seen[place] += 1
    return tally, seen


def _tally(cells: MachineCells, outcome: IntArray, wanted: BoolArray) -> IntArray:
    n_slides = len(cells.slides)
    both = cells.slide[wanted] * N_OUTCOMES + outcome[wanted]
    return np.bincount(both, minlength=n_slides * N_OUTCOMES).reshape(n_slides, N_OUTCOMES)


def _modelled(cells: MachineCells, outcomes: IntArray) -> tuple[str, ...]:
    """Those of the machine, and every class of which there are cells: persons gave it then."""
    given = (known.class_id for known in all_classes() if outcomes[known.reading_order])
    return in_reading_order((*cells.rules.modelled, *given))


def _sorted(outcomes: IntArray) -> Tally:
    numbers = outcomes.tolist()
    return Tally(
        counted={_IDS[place]: numbers[place] for place in _COUNTED},
        removed={_IDS[place]: numbers[place] for place in _REMOVED},
        n_undecided=numbers[UNDECIDED],
    )
