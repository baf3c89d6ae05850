"""The differential of a reviewed count as the report of a case says it.

Percentages, limits and thresholds are those of the differential and of the audit; this module
puts them beside each other and decides none of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from marrowscope.analysis import JsonObject
from marrowscope.cases.reviewed_count import ReviewedCount
from marrowscope.differential import (
    CLASSIFIER_ERROR_NOT_KNOWN,
    CategoryCount,
    Differential,
    Interval,
    MyeloidErythroidRatio,
    printed_percent,
    wilson_interval,
)
from marrowscope.errors import UsageError
from marrowscope.findings import Criterion, shipped_rules
from marrowscope.findings.shares import measure
from marrowscope.reports.case_report import (
    BlastLine,
    ClassNumber,
    Ratio,
    Result,
    ResultBasis,
    ResultRow,
    SlideResult,
)
from marrowscope.reports.json_values import objects, text
from marrowscope.reports.wording import sentence_case
from marrowscope.vocabulary import cell_class, icsh_category

BLASTS: Final = "blasts"
"""Names of the three lines about blasts, for an audit that estimates them."""
BLASTS_PROMONOCYTES: Final = "blasts, promonocytes"
BLASTS_PROMONOCYTES_PROMYELOCYTES: Final = "blasts, promonocytes, abnormal promyelocytes"
WITH_UNDECIDED: Final = "upper figure with every undecided cell"
_LINE_RULES: Final = (
    (BLASTS, "F-BLAST-20"),
    (BLASTS_PROMONOCYTES, "F-BLAST-PROMONO"),
    (BLASTS_PROMONOCYTES_PROMYELOCYTES, "F-BLAST-PROMONO-PROMY"),
)
_LOOK_ALIKE: Final = {"MONO": "PROMONO", "PROMY": "PROMY_ABN"}
"""A class, and what hides in it until a person has told them apart."""


@dataclass(frozen=True, slots=True)
class AuditedShare:
    """An estimate by double sampling, in percent of N. name: category, or one of the lines here.

    printed: as it is to be printed. low, high: 95 % limits, all sampling in them. audit_low,
    audit_high: what the audit alone leaves open. upper_printed, upper_percent: with every cell
    that may be of it, undecided ones too; "" and None where there is none such. near: thresholds
    that lie between the limits; open: those that lie between both figures. note: in words.
    """

    name: str
    percent: float
    printed: str
    low: float
    high: float
    audit_low: float
    audit_high: float
    near: tuple[int, ...] = ()
    upper_printed: str = ""
    upper_percent: float | None = None
    open: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class AuditOutcome:
    """A complete audit: n_audited of n_unseen cells, drawn at random, were seen.

    shares: of every category. note: how the limits were made. advice: on the count, in place of
    what the plain percentages would say. undecided_printed: estimated, too.
    """

    n_audited: int
    n_unseen: int
    shares: tuple[AuditedShare, ...]
    note: str
    advice: tuple[str, ...] = ()
    undecided_printed: str = ""


def compose_result(
    header: JsonObject,
    count: ReviewedCount,
    audit: AuditOutcome | None,
    separated: Mapping[str, bool],
    names: Mapping[str, str],
) -> Result:
    """What the report says of the count.

    header: analysis.json. separated: whether a person told the class from its look-alike. names:
    what the case calls the slides of the analysis. Raises UsageError where the audit leaves out a
    category.
    """
    pooled = count.pooled
    basis = _basis(count, audit)
    unknown_to_machine = {
        text(row, "category") for row in objects(header, "differential") if row.get("not_modelled")
    }
    rows = tuple(
        _row(row, pooled, is_new=row.category in unknown_to_machine, seen=count.is_fully_seen)
        for row in pooled.categories
    )
    lines = _blast_lines(pooled, separated)
    advice = pooled.advice
    undecided = pooled.undecided_printed_percent or ""
    if basis is ResultBasis.AUDIT and audit is not None:
        advice = audit.advice
        undecided = audit.undecided_printed or undecided
        by_name = {share.name: share for share in audit.shares}
        rows = tuple(_audited_row(row, by_name) for row in rows)
        lines = tuple(_audited_line(name, by_name) for name, _ in _LINE_RULES if name in by_name)
    counts = header.get("counts")
    found = counts.get("found", 0) if isinstance(counts, Mapping) else 0
    return Result(
        basis=basis,
        total=pooled.total,
        n_seen=count.n_seen,
        n_to_see=count.n_to_see,
        n_audited=audit.n_audited if audit and basis is ResultBasis.AUDIT else 0,
        n_unseen=audit.n_unseen if audit and basis is ResultBasis.AUDIT else 0,
        audit_note=audit.note if audit and basis is ResultBasis.AUDIT else "",
        rows=rows,
        n_undecided=pooled.n_undecided,
        undecided_printed=undecided,
        removed=tuple(_class_number(one.class_id, one.n) for one in pooled.removed if one.n),
        ratio=_ratio(pooled.me),
        blast_lines=lines,
        slides=tuple(
            _slide_result(names.get(one.slide, one.slide), one.differential) for one in count.slides
        ),
        advice=advice,
        # Neither a count that was seen whole nor an audit rests on what the classifier says.
        classifier_error=(
            sentence_case(CLASSIFIER_ERROR_NOT_KNOWN) if basis is ResultBasis.NOT_FINISHED else ""
        ),
        scale_note=pooled.scale_note or "",
        n_found=found if isinstance(found, int) else 0,
    )


def _basis(count: ReviewedCount, audit: AuditOutcome | None) -> ResultBasis:
    """A count that was seen whole needs no estimate, even where an audit was begun."""
    if count.is_fully_seen:
        return ResultBasis.FULLY_SEEN
    return ResultBasis.NOT_FINISHED if audit is None else ResultBasis.AUDIT


def _row(row: CategoryCount, pooled: Differential, *, is_new: bool, seen: bool) -> ResultRow:
    low, high = _limits(row.interval)
    members = [
        one
        for one in pooled.class_counts
        if one.n and cell_class(one.class_id).icsh_category == row.category
    ]
    return ResultRow(
        category=row.category,
        label=row.label,
        n=row.n,
        printed=row.printed_percent or "",
        percent=_rounded(row.percent),
        low=low,
        high=high,
        upper_n=row.upper_n,
        upper_printed=("" if row.upper_n is None else printed_percent(row.upper_n, pooled.total)),
        upper_percent=_rounded(row.upper_percent),
        thresholds=icsh_category(row.category).decision_thresholds_percent,
        near=row.near_thresholds_percent,
        open=row.open_thresholds_percent,
        note=_row_note(row, is_new=is_new, seen=seen),
        classes=tuple(_class_number(one.class_id, one.n) for one in members),
    )


def _row_note(row: CategoryCount, *, is_new: bool, seen: bool) -> str:
    if not row.is_modelled:
        return "not modelled: nothing is known of it"
    if is_new:
        looked = "looked for among all counted cells, " if seen else ""
        return f"not modelled; {looked}{'named by a reader' if row.n else 'none seen'}"
    return ""


def _limits(interval: Interval | None) -> tuple[float | None, float | None]:
    if interval is None:
        return None, None
    return _rounded(100 * interval.low), _rounded(100 * interval.high)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _audited_row(row: ResultRow, shares: Mapping[str, AuditedShare]) -> ResultRow:
    """The estimate in place of the plain percentage, which would contradict it."""
    share = shares.get(row.category)
    if share is None:
        raise UsageError(f"the audit says nothing of {row.category}: estimate every category")
    return replace(
        row,
        printed=share.printed,
        percent=_rounded(share.percent),
        low=_rounded(share.low),
        high=_rounded(share.high),
        upper_n=None,
        upper_printed=share.upper_printed,
        upper_percent=_rounded(share.upper_percent),
        near=share.near,
        open=share.open,
        note="not modelled; estimated from the audit" if row.n is None else row.note,
        audit_low=_rounded(share.audit_low),
        audit_high=_rounded(share.audit_high),
    )


def _criterion(rule_id: str) -> Criterion:
    return next(rule.criteria[0] for rule in shipped_rules() if rule.rule_id == rule_id)


def _blast_lines(pooled: Differential, separated: Mapping[str, bool]) -> tuple[BlastLine, ...]:
    """Blasts, with promonocytes, with abnormal promyelocytes: side by side."""
    return tuple(_blast_line(_criterion(rule_id), pooled, separated) for _, rule_id in _LINE_RULES)


def _blast_line(
    criterion: Criterion, pooled: Differential, separated: Mapping[str, bool]
) -> BlastLine:
    mixed = tuple(
        class_id
        for class_id in criterion.possible_class_ids
        if not separated[_LOOK_ALIKE[class_id]] and pooled.n_of(class_id)
    )
    part = measure(replace(criterion, possible_class_ids=mixed), pooled)
    notes = [not_separated(mixed)] if mixed else []
    if pooled.n_undecided:
        notes.append(WITH_UNDECIDED)
    low = high = None
    if part.n:
        # The limits of a range hold both of its ends.
        low = _rounded(100 * wilson_interval(part.k, part.n).low)
        high = _rounded(100 * wilson_interval(part.upper_k if mixed else part.k, part.n).high)
    is_range = part.n > 0 and part.upper_k > part.k
    return BlastLine(
        label=criterion.subject,
        n=part.k,
        printed=_share(part.k, part.n),
        upper_n=part.upper_k if is_range else None,
        upper_printed=_share(part.upper_k, part.n) if is_range else "",
        low=low,
        high=high,
        note="; ".join(notes),
    )


def not_separated(mixed: Sequence[str]) -> str:
    """What may hide in these classes (`Criterion.possible_class_ids`) until told apart."""
    names = {
        "PROMONO": "promonocytes",
        "PROMY_ABN": "abnormal promyelocytes",
    }
    return f"{' and '.join(names[_LOOK_ALIKE[one]] for one in mixed)} not separated"


def _share(k: int, n: int) -> str:
    return printed_percent(k, n) if n else ""


def _audited_line(name: str, shares: Mapping[str, AuditedShare]) -> BlastLine:
    share = shares[name]
    return BlastLine(
        label=_criterion(dict(_LINE_RULES)[name]).subject,
        n=None,
        printed=share.printed,
        upper_n=None,
        upper_printed=share.upper_printed,
        low=_rounded(share.low),
        high=_rounded(share.high),
        note="; ".join(part for part in ("estimated from the audit", share.note) if part),
    )


def _class_number(class_id: str, n: int) -> ClassNumber:
    return ClassNumber(cell_class(class_id).label, n)


def _ratio(me: MyeloidErythroidRatio) -> Ratio:
    return Ratio(
        formula=me.formula,
        value=_rounded(me.value),
        low=_rounded(me.low),
        high=_rounded(me.high),
        n_myeloid=me.n_myeloid,
        n_erythroid=me.n_erythroid,
        note=me.note,
    )


def _slide_result(slide: str, one: Differential) -> SlideResult:
    return SlideResult(
        slide=slide,
        total=one.total,
        n_undecided=one.n_undecided,
        numbers=tuple(row.n for row in one.categories),
        printed=tuple(row.printed_percent or "" for row in one.categories),
        ratio=_ratio(one.me),
    )
