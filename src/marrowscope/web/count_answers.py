"""What the API answers about the count of an analysis as its review stands."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from marrowscope.cases.machine_cells import MachineCells
from marrowscope.cases.review import Review
from marrowscope.cases.reviewed_count import ReviewedCount, reviewed_count
from marrowscope.differential import (
    CLASSIFIER_ERROR_NOT_KNOWN,
    CategoryCount,
    ClassCount,
    Differential,
    Interval,
    MyeloidErythroidRatio,
    SlideDifferential,
)
from marrowscope.vocabulary import cell_class, icsh_category

_DECIMALS = 4
"""Of percentages, for reading. Nothing is decided on these figures."""


class ClassNumberAnswer(BaseModel):
    """Cells of a class."""

    class_id: str
    label: str
    n: int


class CategoryAnswer(BaseModel):
    """A row of the differential; see `differential.CategoryCount`. In percent, null: not known.

    not_modelled: labels of the kinds of cell in it that nobody looked for. near_thresholds,
    open_thresholds: percentages that chance, or undecided cells, could turn. n_seen: of its cells,
    how many a person saw.
    """

    category: str
    label: str
    lineage: str
    n: int | None
    percent: float | None
    printed_percent: str | None
    low: float | None
    high: float | None
    upper_n: int | None
    upper_percent: float | None
    outer_low: float | None
    outer_high: float | None
    is_modelled: bool
    not_modelled: list[str]
    near_thresholds: list[int]
    open_thresholds: list[int]
    n_seen: int
    classes: list[ClassNumberAnswer]


class UndecidedAnswer(BaseModel):
    """Cells of the count that nobody named; percent: of N."""

    n: int
    percent: float | None
    printed_percent: str | None
    n_seen: int


class MeAnswer(BaseModel):
    """M:E with its 95 % limits, null where there is none; note says why."""

    value: float | None
    low: float | None
    high: float | None
    formula: str
    n_myeloid: int
    n_erythroid: int
    note: str


class SlideCategoryAnswer(BaseModel):
    """A row of one slide's differential."""

    category: str
    n: int | None
    percent: float | None


class SlideNumbersAnswer(BaseModel):
    """The count of one slide."""

    slide: str
    total: int
    n_undecided: int
    categories: list[SlideCategoryAnswer]
    me: MeAnswer


class CountAnswer(BaseModel):
    """The count as it is after the review so far.

    total: N, undecided cells with it. target: cells that were to be counted. n_found: all cells,
    added ones too. n_seen, n_to_see: over all that were chosen for the count, removed ones too.
    removed: by class. categories: all 13, in ICSH order. classifier_error: said in place of an
    interval of the classifier's errors, "" where nothing is to be said.
    """

    total: int
    target: int
    n_found: int
    n_seen: int
    n_to_see: int
    n_undecided: int
    n_undecided_unseen: int
    n_removed: int
    removed: list[ClassNumberAnswer]
    is_fully_seen: bool
    categories: list[CategoryAnswer]
    undecided: UndecidedAnswer
    me: MeAnswer
    slides: list[SlideNumbersAnswer]
    advice: list[str]
    classifier_error: str


def count_answer(
    cells: MachineCells, review: Review, header: Mapping[str, Any], target: int
) -> CountAnswer:
    """The count after a review. header: analysis.json. target: cells asked to be counted."""
    count = reviewed_count(cells, review)
    pooled = count.pooled
    return CountAnswer(
        total=pooled.total,
        target=target,
        n_found=cells.n_cells + len(review.added),
        n_seen=count.n_seen,
        n_to_see=count.n_to_see,
        n_undecided=pooled.n_undecided,
        n_undecided_unseen=count.n_undecided_unseen,
        n_removed=pooled.n_removed,
        removed=_class_numbers(pooled.removed),
        is_fully_seen=count.is_fully_seen,
        categories=[_category(row, count) for row in pooled.categories],
        undecided=UndecidedAnswer(
            n=pooled.n_undecided,
            percent=_rounded(pooled.undecided_percent),
            printed_percent=pooled.undecided_printed_percent,
            n_seen=count.seen_undecided.n_seen,
        ),
        me=_me(pooled.me),
        slides=[_slide(one) for one in count.slides],
        advice=list(pooled.advice),
        classifier_error=_classifier_error(count, header),
    )


def _classifier_error(count: ReviewedCount, header: Mapping[str, Any]) -> str:
    """Nothing where every cell was seen: then there is no classifier's error."""
    corrected = header.get("corrected") or {}
    if count.is_fully_seen or corrected.get("known") is True:
        return ""
    return str(corrected.get("reason") or CLASSIFIER_ERROR_NOT_KNOWN)


def _category(row: CategoryCount, count: ReviewedCount) -> CategoryAnswer:
    low, high = _limits(row.interval)
    outer_low, outer_high = _limits(row.outer)
    return CategoryAnswer(
        category=row.category,
        label=row.label,
        lineage=icsh_category(row.category).lineage,
        n=row.n,
        percent=_rounded(row.percent),
        printed_percent=row.printed_percent,
        low=low,
        high=high,
        upper_n=row.upper_n,
        upper_percent=_rounded(row.upper_percent),
        outer_low=outer_low,
        outer_high=outer_high,
        is_modelled=row.is_modelled,
        not_modelled=[cell_class(class_id).label for class_id in row.not_modelled_class_ids],
        near_thresholds=list(row.near_thresholds_percent),
        open_thresholds=list(row.open_thresholds_percent),
        n_seen=count.seen[row.category].n_seen,
        classes=_class_numbers(
            one
            for one in count.pooled.class_counts
            if cell_class(one.class_id).icsh_category == row.category
        ),
    )


def _class_numbers(counts: Iterable[ClassCount]) -> list[ClassNumberAnswer]:
    return [
        ClassNumberAnswer(class_id=one.class_id, label=cell_class(one.class_id).label, n=one.n)
        for one in counts
    ]


def _me(ratio: MyeloidErythroidRatio) -> MeAnswer:
    return MeAnswer(
        value=_rounded(ratio.value),
        low=_rounded(ratio.low),
        high=_rounded(ratio.high),
        formula=ratio.formula,
        n_myeloid=ratio.n_myeloid,
        n_erythroid=ratio.n_erythroid,
        note=ratio.note,
    )


def _slide(one: SlideDifferential) -> SlideNumbersAnswer:
    count: Differential = one.differential
    return SlideNumbersAnswer(
        slide=one.slide,
        total=count.total,
        n_undecided=count.n_undecided,
        categories=[
            SlideCategoryAnswer(category=row.category, n=row.n, percent=_rounded(row.percent))
            for row in count.categories
        ],
        me=_me(count.me),
    )


def _limits(interval: Interval | None) -> tuple[float | None, float | None]:
    if interval is None:
        return None, None
    return _rounded(100 * interval.low), _rounded(100 * interval.high)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)
