"""M:E by a named formula, with its interval."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from marrowscope.differential.intervals import Interval, wilson_interval
from marrowscope.differential.model import MyeloidErythroidRatio
from marrowscope.errors import UsageError
from marrowscope.vocabulary import (
    MyeloidErythroidSide,
    all_classes,
    classes_of_category,
    icsh_categories,
)


@dataclass(frozen=True, slots=True)
class MyeloidErythroidFormula:
    """Which classes stand in the numerator; the denominator is always all erythroblasts.

    name and version go into every result. without_categories: ICSH categories that the formula
    leaves out of the numerator. note: what a reader of the ratio should know.
    """

    name: str
    version: int
    without_categories: frozenset[str]
    note: str


ICSH_2008 = MyeloidErythroidFormula(
    name="ICSH 2008",
    version=1,
    without_categories=frozenset(),
    note="myeloid cells include promonocytes and monocytes",
)
WITHOUT_MONOCYTES = MyeloidErythroidFormula(
    name="without monocytes",
    version=1,
    without_categories=frozenset({"promonocytes+monocytes"}),
    note="promonocytes and monocytes left out; ICSH 2008 includes them",
)
ME_FORMULAS = (ICSH_2008, WITHOUT_MONOCYTES)


def me_formula_named(name: str) -> MyeloidErythroidFormula:
    """The formula of this name. Raises UsageError if there is none."""
    for formula in ME_FORMULAS:
        if formula.name == name:
            return formula
    names = ", ".join(repr(formula.name) for formula in ME_FORMULAS)
    raise UsageError(f"no M:E formula is called {name!r}; choose one of {names}")


def myeloid_class_ids(
    formula: MyeloidErythroidFormula, undetermined_blasts_are_myeloid: bool
) -> frozenset[str]:
    """Classes in the numerator of a formula."""
    sides = {MyeloidErythroidSide.MYELOID}
    if undetermined_blasts_are_myeloid:
        sides.add(MyeloidErythroidSide.SETTING)
    return frozenset(
        known.class_id
        for known in all_classes()
        if known.me_side in sides and known.icsh_category not in formula.without_categories
    )


def erythroid_class_ids() -> frozenset[str]:
    """Classes in the denominator."""
    return frozenset(
        known.class_id for known in all_classes() if known.me_side is MyeloidErythroidSide.ERYTHROID
    )


def me_interval(n_myeloid: int, n_erythroid: int) -> Interval:
    """95 % limits of M:E, as ratios: Wilson limits of M/(M+E), turned into odds.

    Raises UsageError where n_erythroid is 0, for then there is no ratio.
    """
    if n_erythroid == 0:
        raise UsageError("no erythroid cells counted, so M:E has no value; count more cells")
    share = wilson_interval(n_myeloid, n_myeloid + n_erythroid)
    return Interval(share.low / (1 - share.low), share.high / (1 - share.high))


def _missing_categories(myeloid: Collection[str], modelled: Collection[str]) -> tuple[str, ...]:
    """Categories of the numerator of which no class at all is modelled."""
    return tuple(
        category.category
        for category in icsh_categories()
        if (ids := {known.class_id for known in classes_of_category(category.category)})
        & set(myeloid)
        and not ids & set(modelled)
    )


def _note(
    formula: MyeloidErythroidFormula,
    class_counts: Mapping[str, int],
    n_undecided: int,
    missing_categories: Sequence[str],
    undetermined_blasts_are_myeloid: bool,
) -> str:
    parts = [formula.note]
    if missing_categories:
        parts.append(f"not modelled and so not in the numerator: {', '.join(missing_categories)}")
    n_blasts = class_counts.get("BLAST_NOS", 0)
    if n_blasts:
        taken = "counted as myeloid" if undetermined_blasts_are_myeloid else "left out"
        blasts = "1 blast" if n_blasts == 1 else f"{n_blasts} blasts"
        parts.append(f"{blasts} of unstated lineage {taken}")
    if n_undecided:
        parts.append(f"{n_undecided} undecided cells take no part")
    return "; ".join(parts)


def me_ratio(
    class_counts: Mapping[str, int],
    *,
    n_undecided: int,
    modelled: Collection[str],
    formula: MyeloidErythroidFormula,
    undetermined_blasts_are_myeloid: bool,
) -> MyeloidErythroidRatio:
    """M:E of decided cells by class. The ratio is None where no erythroid cell was counted."""
    myeloid = myeloid_class_ids(formula, undetermined_blasts_are_myeloid)
    n_myeloid = sum(n for class_id, n in class_counts.items() if class_id in myeloid)
    n_erythroid = sum(
        n for class_id, n in class_counts.items() if class_id in erythroid_class_ids()
    )
    note = _note(
        formula,
        class_counts,
        n_undecided,
        _missing_categories(myeloid, modelled),
        undetermined_blasts_are_myeloid,
    )
    value, low, high = None, None, None
    if not erythroid_class_ids() & set(modelled):
        note = f"erythroblasts not modelled, so no ratio; {note}"
    elif n_erythroid == 0:
        note = f"no erythroid cells counted; {note}"
    else:
        interval = me_interval(n_myeloid, n_erythroid)
        value, low, high = n_myeloid / n_erythroid, interval.low, interval.high
    return MyeloidErythroidRatio(
        formula=formula.name,
        formula_version=formula.version,
        value=value,
        low=low,
        high=high,
        n_myeloid=n_myeloid,
        n_erythroid=n_erythroid,
        note=note,
    )
