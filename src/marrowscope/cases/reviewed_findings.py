"""How the count of an analysis stands to the named thresholds as its review stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from marrowscope.analysis import COUNTABLE
from marrowscope.cases.audit_view import AuditView
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.machine_cells import UNDECIDED, MachineCells, outcome_of
from marrowscope.cases.review import EMPTY_REVIEW, Review
from marrowscope.cases.review_events import Tag
from marrowscope.cases.reviewed_count import NOT_CLASSIFIABLE, ReviewedCount
from marrowscope.cases.signing import CriticalFinding, to_acknowledge
from marrowscope.differential import AuditedStratum, Differential, ThresholdState
from marrowscope.errors import UnreadableInputError
from marrowscope.findings import (
    COUNT_RULE,
    Evidence,
    Finding,
    FindingSettings,
    FoundCells,
    NotAssessed,
    apl_finding,
    apl_triage,
    audited_findings,
    auer_rods_words,
    evaluate_findings,
    gather_evidence,
    not_assessed,
)
from marrowscope.geometry import BoolArray, IntArray
from marrowscope.vocabulary import class_ids

BEFORE_REVIEW: Final = "Before any review"
"""Begins the triage where only the cells as the machine left them call for a look."""
_ABNORMAL_PROMYELOCYTE: Final = "PROMY_ABN"
_BACKGROUND: Final = "background"
_NAMES: Final = {**dict(enumerate(class_ids())), UNDECIDED: NOT_CLASSIFIABLE}
_RANKS: Final = {
    state: rank
    for rank, state in enumerate(
        (
            ThresholdState.MET,
            ThresholdState.NOT_DECIDED,
            ThresholdState.NEAR,
            ThresholdState.NOT_MET,
        )
    )
}


@dataclass(frozen=True, slots=True)
class ReviewedFinding:
    """A finding. slide: that it is about; "" for all together."""

    finding: Finding
    slide: str = ""

    @property
    def key(self) -> str:
        """What it is acknowledged by. The editions of a rule share one."""
        return f"{self.finding.rule_id} {self.slide}" if self.slide else self.finding.rule_id


@dataclass(frozen=True, slots=True)
class ReviewedFindings:
    """findings: all of them, met ones first and critical ones first among these."""

    findings: tuple[ReviewedFinding, ...]
    not_assessed: tuple[NotAssessed, ...]

    @property
    def critical(self) -> tuple[CriticalFinding, ...]:
        """Those that have to be acknowledged before anything is signed."""
        by_slide: dict[str, list[Finding]] = {}
        for one in self.findings:
            by_slide.setdefault(one.slide, []).append(one.finding)
        return tuple(
            critical
            for slide, findings in by_slide.items()
            for critical in to_acknowledge(findings, slide)
        )


def known_context(facts: CaseFacts) -> frozenset[str]:
    """Which of the questions that rules ask (`Rule.asks`) the facts of a case answer."""
    answered = {
        "age": facts.birth_date is not None,
        "indication": bool(facts.indication),
        "blood blast percentage": facts.blood_blast_percent is not None,
        "prior therapy": bool(facts.prior_therapy),
    }
    return frozenset(question for question, is_answered in answered.items() if is_answered)


def reviewed_findings(
    cells: MachineCells,
    review: Review,
    count: ReviewedCount,
    facts: CaseFacts,
    header: Mapping[str, Any],
    audit: AuditView | None = None,
) -> ReviewedFindings:
    """Every rule against the count after a review, and what was not assessed.

    count: of these cells and this review. header: analysis.json, whose settings stay in force.
    audit: of this review; where it is complete and some counted cells were not seen, its estimate
    is the result, and rules about shares are held against that and not against the count. The
    triage speaks of all cells that were found, pooled and for each of several slides: as they are
    now, or as the machine left them where that calls for more. A review takes back no alarm.
    Raises UnreadableInputError where the header is damaged.
    """
    settings = _settings(header, facts)
    now = _Cells.of(cells, review)
    strata = _strata_in_force(count, audit)
    evidence, scale_note = now.evidence(), count.pooled.scale_note
    found = evaluate_findings(count.pooled, evidence, settings)[1:]
    if strata:
        sizes = [one for one in found if one.rule_id == COUNT_RULE]
        found = (*audited_findings(strata, evidence, settings, scale_note), *sizes)
    findings = [ReviewedFinding(one) for one in found]
    before = _Cells.of(cells, EMPTY_REVIEW)
    triage = list(_triage(now, before, cells, count.pooled, settings))
    marks = _Marks.of(now, review)
    apl = apl_finding(marks.abnormal, marks.tagged, scale_note)
    urgent = [] if apl is None else [ReviewedFinding(apl)]
    return ReviewedFindings(
        findings=tuple(sorted([*urgent, *triage, *findings], key=_place)),
        not_assessed=_not_assessed(cells, count, marks, settings, header, is_audited=bool(strata)),
    )


def _strata_in_force(count: ReviewedCount, audit: AuditView | None) -> tuple[AuditedStratum, ...]:
    """Of an audit whose estimate is the result; else empty."""
    if audit is None or audit.estimate is None or count.is_fully_seen:
        return ()
    return audit.strata


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """All found cells, n of them. outcome, slide: as in `MachineCells`."""

    cell_ids: Sequence[str]
    outcome: IntArray
    slide: IntArray
    in_count: BoolArray

    @classmethod
    def of(cls, cells: MachineCells, review: Review) -> "_Cells":
        """The machine's cells under the names that persons gave them, and the added ones."""
        outcome = cells.outcome.copy()
        places = cells.places(review.named)
        given = [outcome_of(one.class_id) for one in review.named.values()]
        is_known = places >= 0
        outcome[places[is_known]] = np.array(given, dtype=np.int64)[is_known]
        added = tuple(review.added.values())
        return cls(
            cell_ids=(*cells.cell_ids, *(one.cell_id for one in added)),
            outcome=_joined(outcome, [outcome_of(review.class_of(one)) for one in added]),
            slide=_joined(cells.slide, [cells.slides.index(one.slide) for one in added]),
            in_count=np.concatenate(
                [cells.in_count, np.array([one.in_count for one in added], dtype=np.bool_)]
            ),
        )

    def evidence(self) -> Evidence:
        """What findings point at."""
        found = self.found()
        return gather_evidence(found.cell_ids, found.class_ids, found.abstained, self.in_count)

    def found(self) -> FoundCells:
        """All of them."""
        names = [_NAMES[one] for one in self.outcome.tolist()]
        return FoundCells(self.cell_ids, names, self.outcome == UNDECIDED)

    def on(self, slide: int) -> "_Cells":
        """Those of one slide."""
        here = np.flatnonzero(self.slide == slide)
        ids = [self.cell_ids[place] for place in here.tolist()]
        return _Cells(ids, self.outcome[here], self.slide[here], self.in_count[here])


@dataclass(frozen=True, slots=True)
class _Marks:
    """Ids of cells that persons named abnormal promyelocyte, and of those they tagged `Tag.AUER`.

    In the count or not, in the order of the cells.
    """

    abnormal: tuple[str, ...]
    tagged: tuple[str, ...]

    @classmethod
    def of(cls, now: "_Cells", review: Review) -> "_Marks":
        """Cells that were added and taken back are no longer among `now`."""
        given = {cell_id: one.class_id for cell_id, one in review.named.items()}
        given |= {cell_id: review.class_of(one) for cell_id, one in review.added.items()}
        return cls(
            abnormal=tuple(one for one in now.cell_ids if given.get(one) == _ABNORMAL_PROMYELOCYTE),
            tagged=tuple(one for one in now.cell_ids if Tag.AUER in review.tags.get(one, ())),
        )


def _joined(array: IntArray, more: list[int]) -> IntArray:
    return np.concatenate([array, np.array(more, dtype=np.int64)])


def _triage(
    now: _Cells,
    before: _Cells,
    cells: MachineCells,
    pooled: Differential,
    settings: FindingSettings,
) -> Iterator[ReviewedFinding]:
    """Pooled, then for each of several slides with cells: one alone may call for a look."""

    def triage(part: _Cells, modelled: Sequence[str]) -> Finding:
        return apl_triage(part.found(), modelled, settings, pooled.scale_note)

    def worse(as_now: _Cells, as_found: _Cells) -> Finding:
        one = triage(as_now, pooled.modelled)
        if one.state is ThresholdState.MET:
            return one
        other = triage(as_found, cells.rules.modelled)
        if _RANKS[other.state] < _RANKS[one.state]:
            return replace(other, sentence=f"{BEFORE_REVIEW}: {other.sentence}")
        return one

    yield ReviewedFinding(worse(now, before))
    found = np.unique(now.slide).tolist()
    if len(found) > 1:
        for number in found:
            finding = worse(now.on(number), before.on(number))
            yield ReviewedFinding(finding, cells.slides[number])


def _place(one: ReviewedFinding) -> tuple[int, bool]:
    return _RANKS[one.finding.state], not one.finding.is_critical


def _settings(header: Mapping[str, Any], facts: CaseFacts) -> FindingSettings:
    """Those of the analysis; what an older one does not say is as it is by default."""
    said = header.get("settings")
    if not isinstance(said, Mapping):
        raise _damaged()
    given: dict[str, Any] = {"known_context": known_context(facts)}
    for name, field, divisor in (
        ("apl_triage_share", "apl_immature_share", 1),
        ("apl_abstained_share", "apl_undecided_share", 1),
        ("smudge_limit_percent", "smudge_share", 100),
    ):
        if name in said:
            given[field] = said[name] / divisor
    return FindingSettings(**given)


def _not_assessed(
    cells: MachineCells,
    count: ReviewedCount,
    marks: _Marks,
    settings: FindingSettings,
    header: Mapping[str, Any],
    *,
    is_audited: bool,
) -> tuple[NotAssessed, ...]:
    """Where a person saw every cell, or an audit is, the classifier's error is in no figure."""
    areas, corrected = header.get("areas"), header.get("corrected") or {}
    if not isinstance(areas, Mapping):
        raise _damaged()
    return not_assessed(
        count.pooled.modelled,
        blood_only=() if count.is_fully_seen else cells.rules.blood_only,
        rejected_mm2={
            verdict: area_mm2
            for verdict, area_mm2 in areas["by_verdict_mm2"].items()
            if verdict not in (COUNTABLE, _BACKGROUND)
        },
        settings=settings,
        errors_are_known=(count.is_fully_seen or is_audited or corrected.get("known") is True),
        is_audited=is_audited,
        auer_rods=auer_rods_words(marks.abnormal, marks.tagged, is_fully_seen=count.is_fully_seen),
    )


def _damaged() -> UnreadableInputError:
    return UnreadableInputError("analysis.json of this analysis is damaged; analyse the case again")
