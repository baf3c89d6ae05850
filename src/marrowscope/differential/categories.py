"""The 13 rows of the differential."""

from collections.abc import Collection, Mapping
from fractions import Fraction

from marrowscope.differential.intervals import Interval, wilson_interval
from marrowscope.differential.model import CategoryCount
from marrowscope.differential.printing import printed_tenths, tenths_as_text
from marrowscope.differential.thresholds import Comparison, ThresholdState, decide
from marrowscope.vocabulary import (
    IcshCategory,
    classes_not_modelled,
    classes_of_category,
    icsh_categories,
)


def _thresholds_in_state(
    category: IcshCategory, n: int, upper_n: int, total: int, state: ThresholdState
) -> tuple[int, ...]:
    return tuple(
        percent
        for percent in category.decision_thresholds_percent
        if decide(n, upper_n, total, Comparison.AT_LEAST, Fraction(percent, 100)).state is state
    )


def _not_modelled_in(category: IcshCategory, modelled: Collection[str]) -> tuple[str, ...]:
    return tuple(
        missing.class_id
        for missing in classes_not_modelled(modelled)
        if missing.icsh_category == category.category
    )


def _row_not_modelled(category: IcshCategory, modelled: Collection[str]) -> CategoryCount:
    return CategoryCount(
        category=category.category,
        label=category.label,
        is_modelled=False,
        n=None,
        percent=None,
        printed_percent=None,
        interval=None,
        upper_n=None,
        upper_percent=None,
        outer=None,
        not_modelled_class_ids=_not_modelled_in(category, modelled),
        blood_only_class_ids=(),
        near_thresholds_percent=(),
        open_thresholds_percent=(),
    )


def _row(
    category: IcshCategory,
    n: int,
    n_undecided: int,
    total: int,
    printed: str,
    modelled: Collection[str],
    blood_only: Collection[str],
) -> CategoryCount:
    upper_n = n + n_undecided
    outer = Interval(wilson_interval(n, total).low, wilson_interval(upper_n, total).high)
    return CategoryCount(
        category=category.category,
        label=category.label,
        is_modelled=True,
        n=n,
        percent=100 * n / total if total else None,
        printed_percent=printed if total else None,
        interval=wilson_interval(n, total) if total else None,
        upper_n=upper_n,
        upper_percent=100 * upper_n / total if total else None,
        outer=outer if total else None,
        not_modelled_class_ids=_not_modelled_in(category, modelled),
        blood_only_class_ids=tuple(
            known.class_id
            for known in classes_of_category(category.category)
            if known.class_id in blood_only
        ),
        near_thresholds_percent=_thresholds_in_state(
            category, n, upper_n, total, ThresholdState.NEAR
        ),
        open_thresholds_percent=_thresholds_in_state(
            category, n, upper_n, total, ThresholdState.NOT_DECIDED
        ),
    )


def category_rows(
    class_counts: Mapping[str, int],
    n_undecided: int,
    *,
    modelled: Collection[str],
    blood_only: Collection[str],
) -> tuple[tuple[CategoryCount, ...], str]:
    """The rows in ICSH order, and the printed percentage of the undecided cells.

    class_counts: decided cells by class, of classes inside the differential only. The printed
    percentages of rows and undecided cells add up to 100.0.
    """
    counts = {
        category.category: sum(
            class_counts.get(known.class_id, 0) for known in classes_of_category(category.category)
        )
        for category in icsh_categories()
    }
    total = sum(counts.values()) + n_undecided
    tenths = printed_tenths([*counts.values(), n_undecided])
    rows = []
    for category, printed in zip(icsh_categories(), tenths, strict=False):
        members = {known.class_id for known in classes_of_category(category.category)}
        if members.isdisjoint(modelled):
            rows.append(_row_not_modelled(category, modelled))
            continue
        n = counts[category.category]
        text = tenths_as_text(printed)
        rows.append(_row(category, n, n_undecided, total, text, modelled, blood_only))
    return tuple(rows), tenths_as_text(tenths[-1])
