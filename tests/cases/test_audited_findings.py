"""Findings where a complete random audit is the result, and not the count."""

from typing import Any

import pytest

from cases.made_events import uid
from cases.made_reviews import machine_cells, made_table, named, seen, stamp
from marrowscope.assembly_case_report import audit_outcome
from marrowscope.cases.audit_sample import draw_audit, shown_classes
from marrowscope.cases.audit_view import AuditView, audit_view
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.machine_cells import MachineCells
from marrowscope.cases.review import EMPTY_REVIEW, fold_review
from marrowscope.cases.review_events import ReviewEvent
from marrowscope.cases.reviewed_count import reviewed_count
from marrowscope.cases.reviewed_findings import ReviewedFindings, reviewed_findings
from marrowscope.cases.sign_out_events import AuditDrawn
from marrowscope.findings import Finding
from marrowscope.reports.case_result import AuditOutcome

HEADER: dict[str, Any] = {
    "settings": {},
    "areas": {"by_verdict_mm2": {"countable": 1.2}},
    "corrected": {"known": False},
}


def audited(
    classes: dict[str, int],
    n_wanted: int,
    called: dict[str, tuple[str, int]] | None = None,
    *,
    is_seen: bool = True,
    with_audit: bool = True,
) -> tuple[ReviewedFindings, AuditView]:
    """An audit of decided cells. called: by class shown, what persons call so many drawn ones."""
    names = [name for name, n in classes.items() for _ in range(n)]
    n = len(names)
    made: MachineCells = machine_cells(made_table(names, [False] * n, [""] * n, [0] * n))
    plan = draw_audit(shown_classes(made), (), "s" * 32, n_wanted)
    drawn = AuditDrawn(stamp(0), uid(1), 0, "s" * 32, plan.strata)
    events: list[ReviewEvent] = [seen(0, plan.cell_ids)] if is_seen else []
    for number, (shown, (class_id, n_named)) in enumerate((called or {}).items()):
        (stratum,) = [one for one in plan.strata if one.called == shown]
        events.append(named(number + 1, stratum.cell_ids[:n_named], class_id))
    review = fold_review(events)
    view = audit_view(made, review, drawn, EMPTY_REVIEW)
    count = reviewed_count(made, review)
    given = view if with_audit else None
    return reviewed_findings(made, review, count, CaseFacts(), HEADER, given), view


def of_rule(given: ReviewedFindings, rule_id: str) -> Finding:
    return next(one.finding for one in given.findings if one.finding.rule_id == rule_id)


MISSED = {"LYMPH": ("BLAST_MYELO", 8)}
CLASSES = {"BLAST_NOS": 60, "LYMPH": 200, "SEG": 240}


def test_what_an_audit_found_decides_and_not_the_plain_count() -> None:
    plain, _ = audited(CLASSES, 60, MISSED, with_audit=False)
    given, view = audited(CLASSES, 60, MISSED)
    before, after = of_rule(plain, "F-BLAST-20"), of_rule(given, "F-BLAST-20")
    assert (before.state, before.is_reached) == ("not met", False)
    assert view.estimate is not None
    estimate = view.estimate.rows[0].estimate
    assert after.percent == pytest.approx(100 * estimate.share)
    assert after.interval == estimate.overall
    assert (after.state, after.is_reached) == ("near", True)
    assert (after.k, after.upper_k, after.n) == (None, None, None)
    assert "estimated from an audit; 95 % limits " in after.sentence
    assert "/500" not in after.sentence
    assert "F-BLAST-20" not in {one.rule_id for one in plain.critical}


def test_a_threshold_that_the_limits_are_clear_of_is_met_or_not() -> None:
    given, _ = audited({"BLAST_NOS": 300, "LYMPH": 100, "SEG": 100}, 60)
    blasts = of_rule(given, "F-BLAST-20")
    assert blasts.state == "met"
    assert len(blasts.evidence) == 300
    assert "F-BLAST-20" in {one.rule_id for one in given.critical}
    none = of_rule(given, "F-PC60")
    assert (none.state, none.evidence) == ("not met", ())
    assert none.sentence.endswith("Not met: ≥ 60 %.")


def test_undecided_cells_of_an_audit_leave_a_threshold_open() -> None:
    classes = {"BLAST_NOS": 90, "LYMPH": 200, "SEG": 210}
    given, view = audited(classes, 60, {"LYMPH": ("UNCLASS", 10)})
    blasts = of_rule(given, "F-BLAST-20")
    assert (blasts.state, blasts.is_reached) == ("not decided", False)
    assert "Threshold not decided (≥ 20 %): undecided cells." in blasts.sentence
    assert f"up to {_outcome(view).shares[0].upper_printed} % with every" in blasts.sentence
    share = _outcome(view).shares[0]
    assert share.open == (20,)
    assert 20 not in share.near
    assert share.percent < 20 < (share.upper_percent or 0)


def test_look_alikes_that_were_not_told_apart_stay_a_range() -> None:
    given, view = audited({"BLAST_NOS": 90, "MONO": 200, "SEG": 210}, 60)
    line = of_rule(given, "F-BLAST-PROMONO")
    assert line.state == "not decided"
    assert "promonocytes not separated: 18.0 to 58.0 % (estimated from an audit" in line.sentence
    share = next(one for one in _outcome(view).shares if one.name == "blasts, promonocytes")
    assert (share.printed, share.upper_printed) == ("18.0", "58.0")
    assert share.note == "promonocytes not separated"
    assert share.high > 58


def test_without_undecided_cells_there_is_one_figure() -> None:
    _, view = audited(CLASSES, 60)
    outcome = _outcome(view)
    assert {one.upper_printed for one in outcome.shares if one.name == "blasts"} == {""}
    assert outcome.undecided_printed == "0.0"


def test_an_estimate_at_the_threshold_reaches_it() -> None:
    given, _ = audited({"BLAST_NOS": 30, "LYMPH": 60, "SEG": 60}, 60)
    blasts = of_rule(given, "F-BLAST-20")
    assert (blasts.is_reached, blasts.percent) == (True, pytest.approx(20))


def test_what_an_audit_cannot_estimate_is_named_and_left_out() -> None:
    given, _ = audited(CLASSES, 60)
    rules = {one.finding.rule_id for one in given.findings}
    assert not rules & {"F-PEL", "F-DIL", "F-INAD-SMUDGE"}
    assert rules >= {"F-APL-triage", "F-INAD-COUNT", "F-MAST"}
    left = {one.rule_id for one in given.not_assessed if one.why.endswith("on an audit")}
    assert left == {"F-PEL", "F-DIL", "F-INAD-SMUDGE"}
    kinds = {one.kind.value for one in given.not_assessed}
    assert "classifier error" not in kinds
    assert not any("want of modelled" in one.why for one in given.not_assessed)


def test_the_triage_still_speaks_of_all_cells_as_found() -> None:
    plain, _ = audited(CLASSES, 60, MISSED, with_audit=False)
    given, _ = audited(CLASSES, 60, MISSED)
    assert of_rule(given, "F-APL-triage") == of_rule(plain, "F-APL-triage")


@pytest.mark.parametrize("n_wanted", [60, 500], ids=["not-complete", "seen-whole"])
def test_an_audit_that_is_no_result_changes_nothing(n_wanted: int) -> None:
    is_seen = n_wanted == 500
    plain, _ = audited(CLASSES, n_wanted, is_seen=is_seen, with_audit=False)
    given, _ = audited(CLASSES, n_wanted, is_seen=is_seen)
    assert given == plain


def _outcome(view: AuditView) -> AuditOutcome:
    outcome = audit_outcome(view)
    assert outcome is not None
    return outcome
