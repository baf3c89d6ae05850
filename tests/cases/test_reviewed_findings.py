from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from cases.made_reviews import (
    SLIDES,
    added,
    machine_cells,
    made_table,
    named,
    random_table,
    review_events,
    seen,
    tagged,
    undone,
)
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.machine_cells import MachineCells
from marrowscope.cases.review import EMPTY_REVIEW, fold_review
from marrowscope.cases.review_events import ReviewEvent
from marrowscope.cases.reviewed_count import reviewed_count
from marrowscope.cases.reviewed_findings import (
    BEFORE_REVIEW,
    ReviewedFinding,
    ReviewedFindings,
    known_context,
    reviewed_findings,
)
from marrowscope.errors import UnreadableInputError
from marrowscope.findings import shipped_rules

HEADER: dict[str, Any] = {
    "settings": {},
    "areas": {"by_verdict_mm2": {"countable": 1.2, "background": 9.0, "thick": 0.3}},
    "corrected": {"known": False},
}
TABLE = random_table(120)
MANY = machine_cells(TABLE)


def of_key(given: ReviewedFindings, key: str) -> ReviewedFinding | None:
    return next((one for one in given.findings if one.key == key), None)


def cells(n_on_first: int = 1000, **classes: int) -> MachineCells:
    """Decided cells of the count in the order given, those after the first n on slide 2."""
    names = [name for name, n in classes.items() for _ in range(n)]
    n = len(names)
    slides = [int(place >= n_on_first) for place in range(n)]
    return machine_cells(made_table(names, [False] * n, [""] * n, slides))


def ids(made: MachineCells, first: int, n: int) -> tuple[str, ...]:
    return made.cell_ids[first : first + n]


def findings(
    made: MachineCells,
    *events: ReviewEvent,
    facts: CaseFacts | None = None,
    header: dict[str, Any] | None = None,
) -> ReviewedFindings:
    review = fold_review(events)
    count = reviewed_count(made, review)
    return reviewed_findings(made, review, count, facts or CaseFacts(), header or HEADER)


def of_rule(given: ReviewedFindings, rule_id: str, slide: str = "") -> ReviewedFinding:
    return next(
        one for one in given.findings if one.finding.rule_id == rule_id and one.slide == slide
    )


def test_a_person_s_class_decides_and_is_the_evidence() -> None:
    made = cells(BLAST_NOS=10, LYMPH=90)
    before = of_rule(findings(made), "F-BLAST-20").finding
    assert (before.state, before.k, before.n) == ("not met", 10, 100)
    assert before.evidence == ()

    after = of_rule(findings(made, named(0, ids(made, 10, 30), "BLAST_MYELO")), "F-BLAST-20")
    assert (after.finding.state, after.finding.k) == ("met", 40)
    assert set(after.finding.evidence) == set(ids(made, 0, 40))


def test_what_a_person_takes_out_is_no_evidence() -> None:
    made = cells(BLAST_NOS=40, LYMPH=60)
    gone = ids(made, 0, 5)
    after = of_rule(findings(made, named(0, gone, "ARTEFACT")), "F-BLAST-20").finding
    assert (after.k, after.n) == (35, 95)
    assert not set(after.evidence) & set(gone)


def test_added_cells_count_where_they_lie_in_a_counted_region() -> None:
    made = cells(PLASMA=9, SEG=90)
    events = added(0, "PLASMA"), added(1, "PLASMA", x_px=1500.0)
    after = of_rule(findings(made, *events), "F-PC10").finding
    assert (after.k, after.n) == (10, 100)
    assert events[0].cell_id in after.evidence
    assert events[1].cell_id not in after.evidence


def test_undecided_cells_leave_a_threshold_open() -> None:
    made = cells(BLAST_NOS=15, LYMPH=85)
    after = of_rule(findings(made, named(0, ids(made, 15, 40), "UNCLASS")), "F-BLAST-20")
    assert after.finding.state == "not decided"
    assert set(ids(made, 15, 40)) <= set(after.finding.evidence)


def test_the_triage_looks_at_all_cells_and_each_slide() -> None:
    made = MANY
    given = findings(made)
    slides = [one.slide for one in given.findings if one.finding.rule_id == "F-APL-triage"]
    # The third has no cell.
    assert sorted(slides) == sorted(["", *SLIDES[:2]])
    pooled = of_rule(given, "F-APL-triage").finding
    assert pooled.n == sum(
        of_rule(given, "F-APL-triage", slide).finding.n or 0 for slide in SLIDES[:2]
    )
    on_one = of_rule(given, "F-APL-triage", SLIDES[1]).finding
    assert SLIDES[1] not in on_one.sentence


def test_a_review_takes_back_no_alarm_of_the_triage() -> None:
    made = cells(BLAST_NOS=50, LYMPH=50)
    assert of_rule(findings(made), "F-APL-triage").finding.state == "met"

    given = findings(made, named(0, ids(made, 0, 45), "LYMPH"))

    triage = of_rule(given, "F-APL-triage").finding
    assert triage.state == "met"
    assert triage.sentence.startswith(f"{BEFORE_REVIEW}: Many immature")
    assert triage.k == 50
    assert "F-APL-triage" in {one.rule_id for one in given.critical}
    assert "F-BLAST-20" not in {one.rule_id for one in given.critical}


def test_a_review_can_raise_the_alarm() -> None:
    made = cells(LYMPH=100, n_on_first=60)
    given = findings(made, named(0, ids(made, 0, 40), "PROMY_ABN"))
    assert of_rule(given, "F-APL-triage").finding.state == "met"
    assert not of_rule(given, "F-APL-triage").finding.sentence.startswith(BEFORE_REVIEW)
    assert {(one.rule_id, one.slide) for one in given.critical} >= {
        ("F-APL-triage", ""), ("F-APL-triage", SLIDES[0]), ("F-BLAST-PROMONO-PROMY", ""),
    }  # fmt: skip
    assert ("F-APL-triage", SLIDES[1]) not in {(one.rule_id, one.slide) for one in given.critical}


def test_one_abnormal_promyelocyte_or_tag_by_a_person_alarms() -> None:
    made = cells(SEG=400)
    for event in (named(0, ids(made, 3, 1), "PROMY_ABN"), tagged(0, ids(made, 3, 1))):
        given = findings(made, event)
        assert given.findings[0].key == "F-APL"
        apl = given.findings[0].finding
        assert (apl.state, apl.is_critical) == ("met", True)
        assert apl.sentence.startswith("Findings that can occur in APL: notify pathologist now.")
        assert apl.evidence == ids(made, 3, 1)
        (critical,) = [one for one in given.critical if one.rule_id == "F-APL"]
        assert critical.is_urgent


def test_the_apl_finding_says_both_numbers_and_holds_a_cell_once() -> None:
    made = cells(SEG=400)
    events = named(0, ids(made, 0, 3), "PROMY_ABN"), tagged(1, ids(made, 2, 2))
    apl = of_rule(findings(made, *events), "F-APL").finding
    assert "3 abnormal promyelocytes named, 2 cells tagged" in apl.sentence
    assert apl.evidence == ids(made, 0, 4)


def test_the_apl_finding_speaks_of_cells_outside_the_count_too() -> None:
    made = machine_cells(made_table(["SEG"] * 2, [False] * 2, ["", "region"], [0, 0]))
    assert of_rule(findings(made, tagged(0, made.cell_ids[1:])), "F-APL").finding.evidence
    outside = added(0, "PROMY_ABN", x_px=1500.0)
    apl = of_rule(findings(made, outside), "F-APL").finding
    assert apl.evidence == (outside.cell_id,)


def test_the_apl_finding_goes_with_what_it_rests_on() -> None:
    made = cells(SEG=400, PROMY=5)
    some = ids(made, 0, 1)
    gone = (
        [],
        [tagged(0, some), tagged(1, some, is_set=False)],
        [named(0, some, "PROMY_ABN"), undone(1, 0)],
        [added(0, "PROMY_ABN"), tagged(1, [added(0).cell_id]), undone(2, 0)],
    )
    for events in gone:
        assert of_key(findings(made, *events), "F-APL") is None


@pytest.mark.parametrize(
    ("marks", "whole", "why"),
    [
        (False, False, "not looked for; none reported does not mean none there"),
        (False, True, "every counted cell was seen, and none was tagged; "),
        (True, False, "0 abnormal promyelocytes named, 1 cell tagged for an Auer rod or faggot by"),
        (True, True, "0 abnormal promyelocytes named, 1 cell tagged for an Auer rod or faggot by"),
    ],
    ids=["unseen", "all-seen", "tagged", "tagged-all-seen"],
)
def test_what_is_said_of_auer_rods_follows_the_readers(marks: bool, whole: bool, why: str) -> None:
    made = cells(SEG=40)
    events: list[ReviewEvent] = [seen(0, made.cell_ids)] if whole else []
    events += [tagged(1, ids(made, 0, 1))] if marks else []
    (said,) = [one for one in findings(made, *events).not_assessed if "Auer rods" in one.what]
    assert said.why.startswith(why)
    assert said.why.endswith("none there")


def test_met_ones_come_first_and_critical_ones_among_them() -> None:
    given = findings(cells(BLAST_NOS=100, PLASMA=50, SEG=200, ERY_NOS=50))
    order = [(one.finding.state, one.finding.is_critical) for one in given.findings]
    ranks = ["met", "not decided", "near", "not met"]
    assert order == sorted(order, key=lambda one: (ranks.index(one[0]), not one[1]))
    assert order[:2] == [("met", True)] * 2
    assert {state for state, _ in order} >= {"met", "not met"}


def test_a_key_names_rule_and_slide() -> None:
    given = findings(MANY)
    keys = {one.key for one in given.findings}
    assert {"F-APL-triage", f"F-APL-triage {SLIDES[0]}", "F-BLAST-20"} <= keys
    found = of_key(given, f"F-APL-triage {SLIDES[0]}")
    assert found is not None
    assert found.slide == SLIDES[0]
    assert of_key(given, "F-NOTHING") is None


@pytest.mark.parametrize(
    ("facts", "answered"),
    [
        ({}, set()),
        ({"birth_date": date(1960, 1, 1)}, {"age"}),
        ({"indication": "cytopenia"}, {"indication"}),
        ({"blood_blast_percent": Decimal(0)}, {"blood blast percentage"}),
        ({"prior_therapy": "none"}, {"prior therapy"}),
    ],
    ids=["nothing", "age", "indication", "blood", "therapy"],
)
def test_facts_of_the_case_answer_what_rules_ask(facts: dict[str, Any], answered: set[str]) -> None:
    assert known_context(CaseFacts(**facts)) == answered
    given = findings(cells(BLAST_NOS=40, LYMPH=60), facts=CaseFacts(**facts))
    sentence = of_rule(given, "F-BLAST-20").finding.sentence
    for question in ("age", "indication", "prior therapy"):
        missing = sentence.partition("Not given: ")[2]
        assert (question in missing) == (question not in answered)


def test_every_question_of_the_rules_can_be_answered() -> None:
    everything = CaseFacts(
        birth_date=date(1960, 1, 1),
        indication="x",
        blood_blast_percent=Decimal(1),
        prior_therapy="x",
    )
    assert {one for rule in shipped_rules() for one in rule.asks} <= known_context(everything)


def test_settings_of_the_analysis_stay_in_force() -> None:
    made = cells(BLAST_NOS=25, LYMPH=75)
    assert of_rule(findings(made), "F-APL-triage").finding.state != "met"
    tuned = {**HEADER, "settings": {"apl_triage_share": 0.2, "smudge_limit_percent": 50.0}}
    given = findings(made, header=tuned)
    assert of_rule(given, "F-APL-triage").finding.state == "met"
    assert of_rule(given, "F-INAD-SMUDGE").finding.threshold == "≥ 50 %"


def test_what_was_not_assessed_grows_shorter_once_every_cell_was_seen() -> None:
    made = cells(BLAST_NOS=40, BAND=60)
    before = findings(made)
    after = findings(made, seen(0, made.cell_ids))
    kinds = {one.kind.value for one in before.not_assessed}
    assert {"class not modelled", "learnt from blood alone", "classifier error", "area"} <= kinds
    left = {one.kind.value for one in after.not_assessed}
    assert not left & {"class not modelled", "learnt from blood alone", "classifier error"}
    area = next(one for one in after.not_assessed if one.kind.value == "area")
    assert "thick 0.30 mm²" in area.why
    assert "background" not in area.why


@pytest.mark.parametrize("missing", ["settings", "areas"])
def test_a_damaged_header_is_named(missing: str) -> None:
    header = {name: value for name, value in HEADER.items() if name != missing}
    with pytest.raises(UnreadableInputError, match=r"analysis\.json .* damaged"):
        findings(MANY, header=header)


@given(review_events(MANY.cell_ids[:20]))
@settings(max_examples=40)
def test_findings_are_those_of_the_reviewed_count(events: list[ReviewEvent]) -> None:
    review = fold_review(events)
    count = reviewed_count(MANY, review)
    given = reviewed_findings(MANY, review, count, CaseFacts(), HEADER)
    for one in given.findings:
        if one.finding.rule_id.startswith(("F-BLAST", "F-PC", "F-ERY", "F-EOS")):
            assert one.finding.n == count.pooled.total
    known = {*MANY.cell_ids, *review.added}
    assert all(known.issuperset(one.finding.evidence) for one in given.findings)
    blasts = of_rule(given, "F-BLAST-20").finding
    assert blasts.k == count.pooled.category("blasts").n


def test_nothing_reviewed_is_what_the_machine_found() -> None:
    count = reviewed_count(MANY, EMPTY_REVIEW)
    given = reviewed_findings(MANY, EMPTY_REVIEW, count, CaseFacts(), HEADER)
    assert not any(BEFORE_REVIEW in one.finding.sentence for one in given.findings)
    assert replace(given, findings=()).critical == ()
