"""From cells with a class to a differential."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from marrowscope.differential.advice import count_advice
from marrowscope.differential.categories import category_rows
from marrowscope.differential.model import (
    CaseDifferential,
    ClassCount,
    Differential,
    SlideDifferential,
)
from marrowscope.differential.myeloid_erythroid import (
    ICSH_2008,
    MyeloidErythroidFormula,
    me_ratio,
)
from marrowscope.differential.partial import partial_differential
from marrowscope.errors import UsageError
from marrowscope.geometry import BoolArray
from marrowscope.vocabulary import Counting, cell_class, in_reading_order


@dataclass(frozen=True, slots=True)
class Tally:
    """Cells sorted by what they do to the count: by class where decided, and undecided ones."""

    counted: Mapping[str, int]
    removed: Mapping[str, int]
    n_undecided: int


def tally(class_ids: Sequence[str], abstained: Sequence[bool] | BoolArray) -> Tally:
    """Sorts cells into counted, removed and undecided.

    class_ids: best guess for each cell; abstained: (n,), True where the guess is not to be used.
    An abstained cell is undecided whatever its guess; so is a decided cell for which ICSH has no
    category. Raises UsageError at an unknown class or lists of unequal length.
    """
    if len(class_ids) != len(abstained):
        raise UsageError(
            f"{len(class_ids)} classes but {len(abstained)} abstentions; give one of each a cell"
        )
    guesses = Counter(zip(map(str, class_ids), map(bool, abstained), strict=True))
    counted: dict[str, int] = {}
    removed: dict[str, int] = {}
    n_undecided = 0
    for class_id in in_reading_order(class_id for class_id, _ in guesses):
        n_decided = guesses[class_id, False]
        n_undecided += guesses[class_id, True]
        counting = cell_class(class_id).counting
        if counting is Counting.UNDECIDED:
            n_undecided += n_decided
        elif n_decided:
            (counted if counting is Counting.COUNTED else removed)[class_id] = n_decided
    return Tally(counted, removed, n_undecided)


def _check_modelled(counted: Mapping[str, int], modelled: Collection[str]) -> None:
    unexpected = [class_id for class_id in counted if class_id not in modelled]
    if unexpected:
        raise UsageError(
            f"cells are called {', '.join(unexpected)} but that is not among the classes said to "
            "be modelled; add every class that could be answered"
        )


def _class_counts(counts: Mapping[str, int]) -> tuple[ClassCount, ...]:
    return tuple(ClassCount(class_id, n) for class_id, n in counts.items())


def differential(
    class_ids: Sequence[str],
    abstained: Sequence[bool] | BoolArray,
    *,
    modelled: Collection[str],
    blood_only: Collection[str] = (),
    me_formula: MyeloidErythroidFormula = ICSH_2008,
    undetermined_blasts_are_myeloid: bool = True,
    n_smears: int = 1,
    scale_note: str | None = None,
) -> Differential:
    """The nucleated differential count of the cells that belong to the count.

    class_ids: vocabulary id of each cell's best guess; abstained: (n,), True where it is not to be
    used. Give exactly the cells chosen before any class was known (`choose_count`), in any order.
    modelled: every class that could have been answered; blood_only: those of them learnt from
    blood alone. n_smears: smears the cells came from. scale_note: carried into the result where
    the µm/px is an estimate.

    Cells of classes outside the differential (ICSH 2008) are removed; all others make up N:
    decided and undecided cells add up to it, always. Intervals are Wilson 95 % limits and speak
    of sampling error only. Raises UsageError at an unknown class, at a counted class that is not
    in `modelled`, or at lists of unequal length.
    """
    return tally_differential(
        tally(class_ids, abstained),
        modelled=modelled,
        blood_only=blood_only,
        me_formula=me_formula,
        undetermined_blasts_are_myeloid=undetermined_blasts_are_myeloid,
        n_smears=n_smears,
        scale_note=scale_note,
    )


def tally_differential(
    sorted_cells: Tally,
    *,
    modelled: Collection[str],
    blood_only: Collection[str] = (),
    me_formula: MyeloidErythroidFormula = ICSH_2008,
    undetermined_blasts_are_myeloid: bool = True,
    n_smears: int = 1,
    scale_note: str | None = None,
) -> Differential:
    """The differential of cells that were sorted already; see `differential` for all the rest.

    sorted_cells: classes in any order; those without a cell may be there. Raises UsageError also
    where a class is among those that it does not belong to, or a number of cells is below 0.
    """
    answerable = in_reading_order(modelled)
    _check_tally(sorted_cells)
    counted = _without_zeros(sorted_cells.counted)
    _check_modelled(counted, modelled)
    n_undecided = sorted_cells.n_undecided
    total = sum(counted.values()) + n_undecided
    rows, undecided_printed = category_rows(
        counted, n_undecided, modelled=modelled, blood_only=blood_only
    )
    return Differential(
        total=total,
        n_undecided=n_undecided,
        undecided_percent=100 * n_undecided / total if total else None,
        undecided_printed_percent=undecided_printed if total else None,
        categories=rows,
        class_counts=_class_counts(counted),
        removed=_class_counts(_without_zeros(sorted_cells.removed)),
        me=me_ratio(
            counted,
            n_undecided=n_undecided,
            modelled=modelled,
            formula=me_formula,
            undetermined_blasts_are_myeloid=undetermined_blasts_are_myeloid,
        ),
        partial=partial_differential(counted),
        modelled=answerable,
        n_smears=n_smears,
        advice=count_advice(total, n_smears, rows),
        scale_note=scale_note,
    )


def _check_tally(sorted_cells: Tally) -> None:
    parts = ((sorted_cells.counted, Counting.COUNTED), (sorted_cells.removed, Counting.REMOVED))
    for counts, counting in parts:
        for class_id in counts:
            if cell_class(class_id).counting is not counting:
                raise UsageError(
                    f"cells called {class_id} are not {counting.value}; sort them anew"
                )
    numbers = (*sorted_cells.counted.values(), *sorted_cells.removed.values())
    if min((sorted_cells.n_undecided, *numbers)) < 0:
        raise UsageError("there cannot be fewer than 0 cells of a class; sort them anew")


def _without_zeros(counts: Mapping[str, int]) -> dict[str, int]:
    return {class_id: counts[class_id] for class_id in in_reading_order(counts) if counts[class_id]}


def case_differential(
    slide_of_cell: Sequence[str],
    class_ids: Sequence[str],
    abstained: Sequence[bool] | BoolArray,
    *,
    slides: Sequence[str],
    modelled: Collection[str],
    blood_only: Collection[str] = (),
    me_formula: MyeloidErythroidFormula = ICSH_2008,
    undetermined_blasts_are_myeloid: bool = True,
    scale_note: str | None = None,
) -> CaseDifferential:
    """The differential of all slides together, and that of each.

    slide_of_cell: name of each cell's slide; slides: every slide of the case, in order, also those
    without a cell. Smears of the pooled count are the slides that gave a cell. For the rest see
    `differential`. Raises UsageError also where a cell names a slide that is not in `slides`.
    """
    if not len(slide_of_cell) == len(class_ids) == len(abstained):
        raise UsageError(
            f"{len(slide_of_cell)} slide names, {len(class_ids)} classes and {len(abstained)} "
            "abstentions; give one of each a cell"
        )
    strangers = sorted(set(slide_of_cell) - set(slides))
    if strangers:
        raise UsageError(f"a cell lies on slide {strangers[0]!r}, which is not of this case")

    def of(places: Sequence[int], n_smears: int) -> Differential:
        return differential(
            [class_ids[place] for place in places],
            [bool(abstained[place]) for place in places],
            modelled=modelled,
            blood_only=blood_only,
            me_formula=me_formula,
            undetermined_blasts_are_myeloid=undetermined_blasts_are_myeloid,
            n_smears=n_smears,
            scale_note=scale_note,
        )

    places_on: dict[str, list[int]] = {slide: [] for slide in slides}
    for place, slide in enumerate(slide_of_cell):
        places_on[slide].append(place)
    return CaseDifferential(
        pooled=of(range(len(class_ids)), sum(bool(places) for places in places_on.values())),
        slides=tuple(SlideDifferential(slide, of(places_on[slide], 1)) for slide in slides),
    )
