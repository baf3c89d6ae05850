import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.made_events import START, dropped, requested, resulted, uid
from marrowscope.cases.audit_plan import DrawnStratum
from marrowscope.cases.events import Stamp
from marrowscope.cases.facts import Purpose
from marrowscope.cases.report_text import COMMENT, CONCLUSION
from marrowscope.cases.sign_out_events import (
    AuditDrawn,
    CriticalCallMade,
    FindingAcknowledged,
    ReportKind,
    ReportReopened,
    ReportSigned,
    ReportTextChanged,
    SignatureMeaning,
    SignOutEvent,
    document_digest,
    document_text,
)
from marrowscope.cases.signing import (
    NOTHING_SIGNED,
    CriticalFinding,
    ResultBasis,
    SigningFacts,
    SignOutState,
    Tab,
    blocking,
    check_sign_out_event,
    fold_sign_out,
    to_acknowledge,
    unacknowledged,
)
from marrowscope.differential import differential
from marrowscope.errors import UsageError
from marrowscope.findings import (
    FindingSettings,
    FoundCells,
    apl_triage,
    evaluate_findings,
    gather_evidence,
)

ANALYSIS = uid(5)
APL = CriticalFinding("F-APL-triage", "", "Many immature or unusual cells: look now.", 3)
BLASTS = CriticalFinding("F-BLAST-20", "A", "Blasts 21.4 %", 3)
FACTS = SigningFacts(
    purpose=Purpose.CLINICAL,
    analysis_id=ANALYSIS,
    review_version=12,
    is_outdated=False,
    is_being_analysed=False,
    is_fully_seen=True,
    n_undecided_unseen=0,
    audit_is_complete=False,
)
DOCUMENT = {"conclusion": "blasts as counted", "rows": [{"label": "Blasts", "n": 41}]}


def stamp(n: int = 0, by: int | None = 9) -> Stamp:
    return Stamp(uid(2000 + n), START + timedelta(minutes=n), by and uid(by), "A. Karlsson")


def texts(**said: str) -> ReportTextChanged:
    return ReportTextChanged(stamp(), said)


def acknowledged(finding: CriticalFinding = APL, n: int = 0, comment: str = "") -> SignOutEvent:
    return FindingAcknowledged(
        stamp(n), ANALYSIS, finding.rule_id, finding.slide, comment, finding.urgency
    )


def audit(*cell_ids: str, n_cells: int = 9, **other: Any) -> AuditDrawn:
    said = {"analysis_id": ANALYSIS, "review_version": 3, "salt": "s" * 32} | other
    return AuditDrawn(stamp(), strata=(DrawnStratum("LYMPH", n_cells, cell_ids),), **said)


def call(**other: Any) -> CriticalCallMade:
    said = {
        "rule_id": "F-APL-triage",
        "told": "Dr Lindqvist",
        "by_means": "telephone",
        "at_time": START,
        "was_read_back": True,
        "note": "",
    }
    return CriticalCallMade(stamp(), **(said | other))


def reopened(reason: str = "flow cytometry came in") -> ReportReopened:
    return ReportReopened(stamp(), reason)


def signed(kind: str = "final", number: int = 1, **other: Any) -> ReportSigned:
    document = other.get("document", DOCUMENT)
    said = {
        "stamp": stamp(number),
        "analysis_id": ANALYSIS,
        "meaning": SignatureMeaning.AUTHORSHIP,
        "printed_name": "Dr A. Karlsson",
        "review_version": 12,
        "attests_digital_primary": True,
        "reason": "" if kind in {"preliminary", "final"} else "a slip of the pen",
        "document": document,
        "document_sha256": document_digest(document),
        "files": {"report.json": document_digest(document)},
    }
    return ReportSigned(number=number, report_kind=ReportKind(kind), **(said | other))


WRITTEN = fold_sign_out([texts(conclusion="as counted")])
FINAL = fold_sign_out([signed()], WRITTEN)
OPEN = fold_sign_out([reopened()], FINAL)


def ids(state: SignOutState, facts: SigningFacts, kind: str = "final") -> list[str]:
    return [one.blocker_id for one in blocking(state, facts, ReportKind(kind))]


def test_a_count_seen_whole_can_be_signed() -> None:
    assert ids(WRITTEN, FACTS) == []
    check_sign_out_event(WRITTEN, signed(), FACTS)
    assert FACTS.basis is ResultBasis.COUNT


@pytest.mark.parametrize(
    ("change", "blocker", "tab"),
    [
        ({"n_undecided_unseen": 2}, "undecided", Tab.CELLS),
        ({"is_fully_seen": False}, "result", Tab.CELLS),
        ({"purpose": Purpose.ARCHIVE}, "purpose", Tab.CASE),
        ({"is_outdated": True}, "outdated", Tab.CASE),
        ({"critical": (BLASTS,)}, "finding:F-BLAST-20:A", Tab.FINDINGS),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_each_thing_that_is_open_forbids_signing(
    change: dict[str, Any], blocker: str, tab: Tab
) -> None:
    facts = replace(FACTS, **change)
    blockers = blocking(WRITTEN, facts, ReportKind.FINAL)
    assert [(one.blocker_id, one.tab) for one in blockers] == [(blocker, tab)]
    assert blockers[0].sentence.endswith(".")
    with pytest.raises(UsageError, match="cannot be signed yet"):
        check_sign_out_event(WRITTEN, signed(), facts)


def test_words_are_needed() -> None:
    facts = replace(FACTS, is_outdated=True)
    assert ids(NOTHING_SIGNED, FACTS) == ["conclusion"]
    with pytest.raises(UsageError, match=r"analyse the case again \(and 1 more\)"):
        check_sign_out_event(NOTHING_SIGNED, signed(), facts)


def test_who_read_the_glass_first_can_sign_and_it_stays_known() -> None:
    event = signed(attests_digital_primary=False)
    check_sign_out_event(WRITTEN, event, FACTS)
    [version] = fold_sign_out([event], WRITTEN).versions
    assert not version.attests_digital_primary


def test_an_audit_stands_in_for_seeing_every_cell() -> None:
    facts = replace(FACTS, is_fully_seen=False, audit_is_complete=True)
    assert facts.basis is ResultBasis.AUDIT
    assert ids(WRITTEN, facts) == []
    both = replace(facts, is_fully_seen=True)
    assert both.basis is ResultBasis.COUNT  # An audit never stands beside the whole count.


def test_without_a_result_a_preliminary_report_can_be_signed() -> None:
    facts = replace(FACTS, is_fully_seen=False)
    assert facts.basis is ResultBasis.NONE
    comment = fold_sign_out([texts(**{COMMENT: "count to follow"})])
    assert ids(comment, facts, "preliminary") == []
    assert ids(comment, facts, "final") == ["result", "conclusion"]
    assert ids(NOTHING_SIGNED, facts, "preliminary") == ["conclusion"]
    undecided = replace(facts, n_undecided_unseen=1)
    assert ids(comment, undecided, "preliminary") == ["undecided"]


def test_urgent_findings_come_first() -> None:
    facts = replace(FACTS, critical=(BLASTS, APL), n_undecided_unseen=1)
    assert [one.is_urgent for one in unacknowledged(WRITTEN, facts)] == [True, False]
    assert ids(WRITTEN, facts) == ["finding:F-APL-triage:", "finding:F-BLAST-20:A", "undecided"]
    seen = fold_sign_out([acknowledged()], WRITTEN)
    assert unacknowledged(seen, facts) == (BLASTS,)
    other = replace(facts, analysis_id=uid(6))
    assert len(unacknowledged(seen, other)) == 2


def test_critical_findings_are_told_from_the_others() -> None:
    found = FoundCells(["a", "b", "c"], ["BLAST_NOS", "BLAST_NOS", "SEG"], [False] * 3)
    triage = apl_triage(found, {"BLAST_NOS", "PROMY", "MONO", "SEG"}, FindingSettings())
    critical = to_acknowledge([triage, triage], "A")
    assert critical == (CriticalFinding("F-APL-triage", "A", triage.sentence, 3),)
    assert to_acknowledge([replace(triage, is_critical=False)]) == ()
    few = FoundCells(list("abcdefghij"), ["SEG"] * 10, [False] * 10)
    assert to_acknowledge([apl_triage(few, {"BLAST_NOS", "SEG"}, FindingSettings())]) == ()


def test_a_threshold_that_is_reached_within_chance_has_to_be_seen_too() -> None:
    cells = ["BLAST_NOS"] * 9 + ["LYMPH"] * 31
    count = differential(cells, [False] * 40, modelled=["BLAST_NOS", "LYMPH"])
    evidence = gather_evidence([str(n) for n in range(40)], cells, [False] * 40, [True] * 40)
    findings = evaluate_findings(count, evidence)
    (blasts, *_) = [one for one in findings if one.rule_id == "F-BLAST-20"]
    assert (blasts.state, blasts.is_reached, blasts.is_critical) == ("near", True, True)
    assert ("F-BLAST-20", 3) in {(one.rule_id, one.urgency) for one in to_acknowledge(findings)}


def test_what_calls_for_more_than_was_acknowledged_is_asked_again() -> None:
    worse, open_one = BLASTS, replace(BLASTS, urgency=2)
    seen = fold_sign_out([acknowledged(open_one)], WRITTEN)
    assert unacknowledged(seen, replace(FACTS, critical=(open_one,))) == ()
    assert unacknowledged(seen, replace(FACTS, critical=(worse,))) == (worse,)
    check_sign_out_event(seen, acknowledged(worse))
    both = fold_sign_out([acknowledged(worse)], seen)
    assert unacknowledged(both, replace(FACTS, critical=(worse,))) == ()
    with pytest.raises(UsageError, match="acknowledged already"):
        check_sign_out_event(both, acknowledged(open_one))


def test_nothing_is_signed_while_the_case_is_analysed_again() -> None:
    facts = replace(FACTS, is_being_analysed=True)
    assert ids(WRITTEN, facts) == ["analysis"]


def test_a_call_of_another_age_is_a_slip() -> None:
    long_ago = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    with pytest.raises(UsageError, match="more than a year ago"):
        check_sign_out_event(NOTHING_SIGNED, call(at_time=long_ago))


def test_who_acknowledged_first_is_kept() -> None:
    state = fold_sign_out([acknowledged(comment="seen"), acknowledged(n=5, comment="again")])
    (kept,) = state.acknowledged.values()
    assert (kept.comment, kept.at, kept.by_name) == ("seen", START, "A. Karlsson")
    with pytest.raises(UsageError, match="already"):
        check_sign_out_event(state, acknowledged(n=5))


def test_a_preliminary_report_is_followed_by_a_final_one() -> None:
    first = signed("preliminary")
    check_sign_out_event(WRITTEN, first, FACTS)
    state = fold_sign_out([first], WRITTEN)
    assert not state.has_final
    assert not state.is_locked
    check_sign_out_event(state, texts(conclusion="now sure"))
    check_sign_out_event(state, signed("preliminary", 2), FACTS)
    check_sign_out_event(state, signed("final", 2), FACTS)
    with pytest.raises(UsageError, match="no final report yet"):
        check_sign_out_event(state, signed("amended", 2), FACTS)
    with pytest.raises(UsageError, match="without reopening"):
        check_sign_out_event(state, reopened())


def test_after_the_final_one_all_is_locked_until_it_is_reopened() -> None:
    assert FINAL.is_locked
    for event in (texts(conclusion="other"), audit("a")):
        with pytest.raises(UsageError, match="reopen it"):
            check_sign_out_event(FINAL, event)
        check_sign_out_event(OPEN, event)
    for kind in ("final", "preliminary"):
        with pytest.raises(UsageError, match="signed already"):
            check_sign_out_event(OPEN, signed(kind, 2), FACTS)
    for kind in ("amended", "corrected"):
        with pytest.raises(UsageError, match="reopen it first"):
            check_sign_out_event(FINAL, signed(kind, 2), FACTS)
        check_sign_out_event(OPEN, signed(kind, 2), FACTS)
        assert fold_sign_out([signed(kind, 2)], OPEN).is_locked
        with pytest.raises(UsageError, match="say why"):
            check_sign_out_event(OPEN, signed(kind, 2, reason=" "), FACTS)
    check_sign_out_event(FINAL, call())
    check_sign_out_event(FINAL, acknowledged())
    with pytest.raises(UsageError, match="already"):
        check_sign_out_event(OPEN, reopened())
    with pytest.raises(UsageError, match="say why"):
        check_sign_out_event(FINAL, reopened(""))


def test_an_addendum_adds_to_what_stands() -> None:
    """Whatever was counted since: it rests on what was signed."""
    since = replace(FACTS, analysis_id=uid(6), review_version=40, is_fully_seen=False)
    addendum = signed("addendum", 2, attests_digital_primary=False)
    check_sign_out_event(FINAL, addendum, since)
    with pytest.raises(UsageError, match="reopened"):
        check_sign_out_event(OPEN, addendum, since)
    with pytest.raises(UsageError, match="write what is added"):
        check_sign_out_event(FINAL, replace(addendum, reason=""), since)
    check_sign_out_event(FINAL, replace(addendum, reason="x" * 4000), since)
    with pytest.raises(UsageError, match="addendum: at most 4000"):
        check_sign_out_event(FINAL, replace(addendum, reason="x" * 4001), since)
    with pytest.raises(UsageError, match="meanwhile"):
        check_sign_out_event(FINAL, replace(addendum, review_version=40), since)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"number": 2}, "number 1"),
        ({"stamp": stamp(by=None)}, "signed by a person"),
        ({"printed_name": " "}, "printed name"),
        ({"review_version": 11}, "meanwhile"),
        ({"analysis_id": uid(6)}, "meanwhile"),
        ({"document_sha256": "0" * 64}, "not the one that was shown"),
        ({"reason": "x" * 501}, "reason"),
    ],
    ids=["number", "nobody", "name", "version", "analysis", "digest", "reason"],
)
def test_a_signature_that_does_not_fit_is_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        check_sign_out_event(WRITTEN, replace(signed(), **wrong), FACTS)


def test_only_plain_json_is_signed() -> None:
    for document in ({"value": float("nan")}, {"value": {1, 2}}):
        with pytest.raises(UsageError, match="no plain JSON"):
            check_sign_out_event(WRITTEN, replace(signed(), document=document), FACTS)
    with pytest.raises(ValueError, match="facts of the case"):
        check_sign_out_event(WRITTEN, signed())


def test_the_digest_is_that_of_the_document_however_it_is_ordered() -> None:
    assert document_digest({"a": 1, "b": "µ"}) == document_digest({"b": "µ", "a": 1})
    assert document_digest({"a": 1}) != document_digest({"a": 2})
    assert json.loads(document_text(DOCUMENT)) == DOCUMENT


def test_a_version_keeps_its_document_whatever_happens_to_the_object() -> None:
    document = json.loads(document_text(DOCUMENT))
    state = fold_sign_out([signed(document=document)])
    document["rows"][0]["n"] = 0
    version = state.versions[0]
    version.document["rows"][0]["n"] = 1
    assert version.document == DOCUMENT
    assert document_digest(version.document) == version.document_sha256
    assert (version.signed_by, version.signed_by_name) == (uid(9), "A. Karlsson")


def test_an_audit_can_be_made_larger_and_nothing_else() -> None:
    state = fold_sign_out([audit("a", "b")])
    check_sign_out_event(state, audit("a", "b", "c"))
    check_sign_out_event(state, audit("x", analysis_id=uid(6), salt="t" * 32))
    for other in (audit("a", "b"), audit("a"), audit("a", "c", "d")):
        with pytest.raises(UsageError, match="ask for more cells"):
            check_sign_out_event(state, other)
    for changed in ({"salt": "t" * 32}, {"review_version": 4}):
        with pytest.raises(UsageError, match="drawn already"):
            check_sign_out_event(state, audit("a", "b", "c", **changed))
    with pytest.raises(UsageError, match="from other cells"):
        check_sign_out_event(state, audit("a", "b", "c", n_cells=8))
    assert fold_sign_out([audit("a", "b", "c")], state).audits[ANALYSIS].plan.cell_ids == (
        "a",
        "b",
        "c",
    )


def test_an_audit_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="no salt"):
        check_sign_out_event(NOTHING_SIGNED, audit("a", salt="short"))
    with pytest.raises(UsageError, match="no version"):
        check_sign_out_event(NOTHING_SIGNED, audit("a", review_version=-1))
    with pytest.raises(UsageError, match="at least one cell"):
        check_sign_out_event(NOTHING_SIGNED, audit())


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"told": " "}, "who was told"),
        ({"by_means": ""}, "by which means"),
        ({"at_time": START.replace(tzinfo=None)}, "zone"),
        ({"at_time": START + timedelta(minutes=1)}, "still to come"),
        ({"note": "a\x00"}, "note"),
    ],
    ids=["nobody", "no means", "no zone", "later", "control character"],
)
def test_a_critical_call_says_who_was_told_how_and_when(wrong: dict[str, Any], says: str) -> None:
    check_sign_out_event(NOTHING_SIGNED, call(rule_id="", note="asked for a second sample"))
    with pytest.raises(UsageError, match=says):
        check_sign_out_event(NOTHING_SIGNED, call(**wrong))
    assert fold_sign_out([call(), call(told="Dr B")]).calls[1].told == "Dr B"


def test_texts_and_findings_are_checked() -> None:
    for wrong in ({"diagnosis": "x"}, {CONCLUSION: " x"}, {CONCLUSION: ""}):
        with pytest.raises(UsageError):
            check_sign_out_event(NOTHING_SIGNED, ReportTextChanged(stamp(), wrong))
    with pytest.raises(UsageError, match="no finding"):
        check_sign_out_event(NOTHING_SIGNED, acknowledged(CriticalFinding("", "", "", 3)))
    with pytest.raises(UsageError, match="comment"):
        check_sign_out_event(NOTHING_SIGNED, acknowledged(comment="x" * 1001))


KINDS = st.sampled_from([kind.value for kind in ReportKind])
EVENTS = st.one_of(
    st.builds(texts, conclusion=st.sampled_from(["as counted", "otherwise"])),
    st.builds(acknowledged, st.sampled_from([APL, BLASTS])),
    st.builds(lambda cells: audit(*cells), st.sampled_from(["a", "ab", "abc", "x"])),
    st.builds(call, told=st.sampled_from(["Dr L", ""])),
    st.builds(reopened, st.sampled_from(["more tests", ""])),
    st.builds(requested, st.sampled_from(["fish", "iron_stain"]), n=st.integers(1, 3)),
    st.builds(resulted, st.sampled_from(["a", "b"]), st.integers(0, 2), n=st.integers(1, 3)),
    st.builds(dropped, n_results=st.integers(0, 1), n=st.integers(1, 3)),
    st.builds(
        lambda kind, number, conclusion: signed(kind, number, document={"said": conclusion}),
        KINDS,
        st.integers(1, 4),
        st.sampled_from(["one", "two"]),
    ),
)


@settings(max_examples=200)
@given(st.lists(EVENTS, max_size=12))
def test_any_events_fold_and_none_changes_a_signed_version(events: list[SignOutEvent]) -> None:
    state, before = NOTHING_SIGNED, NOTHING_SIGNED
    for event in events:
        before, state = state, fold_sign_out([event], state)
        assert state.versions[: len(before.versions)] == before.versions
        assert len(state.versions) - len(before.versions) == isinstance(event, ReportSigned)
    assert fold_sign_out(events) == state
    for version in state.versions:
        assert document_digest(version.document) == version.document_sha256


@settings(max_examples=200)
@given(st.lists(EVENTS, max_size=20), st.booleans())
def test_allowed_events_make_a_sound_row_of_versions(
    events: list[SignOutEvent], is_fully_seen: bool
) -> None:
    facts = replace(FACTS, is_fully_seen=is_fully_seen, critical=(APL,))
    state = NOTHING_SIGNED
    for event in events:
        try:
            check_sign_out_event(state, event, facts)
        except UsageError:
            continue
        state = fold_sign_out([event], state)
    assert [one.number for one in state.versions] == list(range(1, len(state.versions) + 1))
    kinds = [one.kind for one in state.versions]
    n_preliminary = kinds.count(ReportKind.PRELIMINARY)
    assert kinds[:n_preliminary] == [ReportKind.PRELIMINARY] * n_preliminary
    assert kinds.count(ReportKind.FINAL) <= 1
    if len(kinds) > n_preliminary:
        assert kinds[n_preliminary] is ReportKind.FINAL
        assert is_fully_seen
    assert all(one.reason for one in state.versions[n_preliminary + 1 :])
    assert not state.versions or (ANALYSIS, APL.rule_id, "") in state.acknowledged
