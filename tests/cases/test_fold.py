from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.made_events import (
    acknowledged,
    asked,
    called,
    cancelled,
    case,
    changed,
    deleted,
    described,
    drawn,
    failed,
    finished,
    matched,
    opened,
    removed,
    reopened,
    signed,
    signing,
    slide,
    started,
    uid,
    written,
)
from marrowscope.cases.case_event import CaseEvent
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.fold import MOST_SLIDES, check_next, fold
from marrowscope.cases.refusals import SignedCaseError, UnknownCaseError
from marrowscope.cases.state import AnalysisStatus, CaseState, CaseStatus
from marrowscope.errors import UsageError

IDS = st.integers(1, 3)
EVENTS = st.one_of(
    st.just(opened()),
    st.builds(changed, st.sampled_from([CaseFacts(), CaseFacts(accession="S1")])),
    st.builds(slide, IDS),
    st.builds(removed, IDS),
    st.builds(described, IDS),
    st.builds(matched, IDS, st.just("S1"), st.sampled_from(["S1 A", "S2 A"])),
    st.builds(asked, IDS, st.lists(IDS, max_size=3, unique=True).map(tuple)),
    st.builds(started, IDS),
    st.builds(finished, IDS),
    st.builds(failed, IDS),
    st.builds(cancelled, IDS),
    st.builds(deleted, st.sampled_from(["a duplicate", ""])),
)
KINDS = st.sampled_from(["preliminary", "final", "amended", "corrected", "addendum"])
SIGN_OUT_EVENTS = st.one_of(
    st.builds(written, conclusion=st.sampled_from(["as counted", "", "otherwise"])),
    st.builds(acknowledged, n=IDS),
    st.builds(drawn, IDS),
    st.just(called()),
    st.builds(reopened, st.sampled_from(["more came in", ""])),
    st.builds(signed, KINDS, st.integers(1, 4), st.just(1), st.sampled_from(["blasts", "none"])),
    st.builds(changed, st.sampled_from([CaseFacts(), CaseFacts(accession="S1")])),
    st.builds(slide, st.just(2)),
    st.builds(removed, st.just(2)),
    st.builds(described, st.just(1)),
    st.builds(matched, st.just(1), st.just("S1"), st.just("S1 A")),
    st.builds(asked, st.just(2), st.just((1,))),
    st.builds(cancelled, st.just(2)),
)
READ = (slide(), asked(), started(), finished())
SIGNED = (*READ, written(), signed())


def allowed(events: list[CaseEvent]) -> list[CaseEvent]:
    """Those of the events that make sense after those before them."""
    state: CaseState | None = None
    kept: list[CaseEvent] = []
    for event in [opened(), *events]:
        try:
            check_next(state, event, signing())
        except UsageError:
            continue
        state = fold([event], state)
        kept.append(event)
    return kept


def test_a_case_begins_by_being_opened() -> None:
    state = case()
    assert (state.case_id, state.version, state.status) == (uid(1), 1, CaseStatus.NEW)
    assert state.opened_at == state.changed_at
    with pytest.raises(ValueError, match="opens it"):
        fold([slide()])
    with pytest.raises(ValueError, match="without events"):
        fold([])
    with pytest.raises(UsageError, match="already"):
        check_next(state, opened())
    with pytest.raises(UnknownCaseError):
        check_next(None, slide())


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([], "new"),
        ([slide()], "new"),
        ([slide(), asked()], "waiting"),
        ([slide(), asked(), started()], "running"),
        ([slide(), asked(), started(), finished()], "ready"),
        ([slide(), asked(), started(), failed()], "failed"),
        ([slide(), asked(), cancelled()], "cancelled"),
        ([slide(), asked(), cancelled(), asked(2)], "waiting"),
        ([slide(), asked(), started(), finished(), asked(2), cancelled(2)], "ready"),
        ([slide(), asked(), started(), finished(), asked(2), failed(2)], "failed"),
        ([slide(), asked(), failed(), asked(2), cancelled(2)], "failed"),
        ([deleted()], "deleted"),
    ],
)
def test_the_status_is_that_of_the_newest_analysis(events: list[CaseEvent], status: str) -> None:
    assert case(*events).status == status


def test_a_finished_analysis_keeps_its_facts() -> None:
    state = case(slide(), asked(um_per_px=0.25), started(), finished())
    result = state.newest_result
    assert result is not None
    assert (result.digest, result.um_per_px, result.status) == (
        "d" * 64, 0.25, AnalysisStatus.FINISHED,
    )  # fmt: skip
    for event in (failed(), cancelled(), finished(), started()):
        with pytest.raises(UsageError):
            check_next(state, event)
    again = fold([asked(2), started(2), failed(2)], state)
    assert again.newest_result == result


def test_a_result_is_outdated_once_slides_come_or_go() -> None:
    state = case(slide(), asked(), started(), finished())
    assert not state.is_result_outdated
    assert fold([slide(2)], state).is_result_outdated
    assert not fold([slide(2), removed(2)], state).is_result_outdated
    assert not case().is_result_outdated


def test_a_match_holds_for_the_accession_it_was_made_for() -> None:
    state = case(slide(), matched(), facts=CaseFacts(accession="S26-50"))
    match = state.match_of(state.slides[0])
    assert match is not None
    assert (match.label, match.by_name) == ("S26-50 A1", "somebody")
    check_next(state, matched())
    moved = fold([changed(CaseFacts(accession="S26-51"))], state)
    assert moved.match_of(moved.slides[0]) is None
    with pytest.raises(UsageError, match="changed meanwhile"):
        check_next(moved, matched())
    with pytest.raises(UsageError, match="right slide"):
        check_next(moved, matched(accession="S26-51"))
    with pytest.raises(UnknownCaseError):
        check_next(state, matched(2))
    with pytest.raises(UnknownCaseError):
        check_next(state, described(2))
    told = fold([described(scanner="AT2", stain="")], state)
    assert (told.slides[0].scanner, told.slides[0].stain) == ("AT2", "")


@pytest.mark.parametrize(
    ("events", "wrong", "reason"),
    [
        ([], asked(slides=()), "no slide yet"),
        ([slide()], asked(slides=(2,)), "changed meanwhile"),
        ([slide()], asked(count_target=0), "cells to count"),
        ([slide()], asked(um_per_px=0.0), "scale"),
        ([slide()], asked(um_per_px=float("nan")), "scale"),
        ([slide(), asked()], asked(2), "already"),
        ([slide(), asked(), started()], asked(2), "already"),
        ([slide(), asked(), started()], removed(), "cancel the analysis"),
        ([slide(), asked()], deleted(), "cancel the analysis"),
        ([slide(), asked()], finished(), "does not run"),
        ([slide()], slide(), "there already"),
        ([], removed(), "no such slide"),
        ([], started(), "no such analysis"),
        ([], deleted(" "), "say why"),
        ([], replace(slide(), files=()), "at least one file"),
        ([], replace(slide(), files=(replace(slide().files[0], n_bytes=0),)), "empty"),
        ([deleted()], slide(), "deleted"),
        ([deleted()], changed(CaseFacts()), "deleted"),
        ([deleted()], deleted(), "deleted"),
        ([slide(n) for n in range(MOST_SLIDES)], slide(MOST_SLIDES), "at most"),
    ],
)
def test_what_makes_no_sense_is_refused(
    events: list[CaseEvent], wrong: CaseEvent, reason: str
) -> None:
    with pytest.raises(UsageError, match=reason):
        check_next(case(*events), wrong)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([*READ, signed("preliminary")], "preliminary"),
        ([*SIGNED], "signed"),
        ([*SIGNED, reopened()], "amending"),
        ([*SIGNED, reopened(), signed("amended", 2)], "signed"),
        ([*SIGNED, signed("addendum", 2)], "signed"),
        ([*READ, signed("preliminary"), asked(2)], "waiting"),
        ([*SIGNED, reopened(), asked(2), started(2)], "running"),
        ([*SIGNED, deleted()], "deleted"),
    ],
)
def test_the_status_says_how_the_report_stands(events: list[CaseEvent], status: str) -> None:
    assert case(*events).status == status


@pytest.mark.parametrize(
    "event",
    [
        changed(CaseFacts(accession="S1")),
        slide(2),
        described(),
        removed(),
        asked(2),
        written(conclusion="otherwise"),
        drawn(),
    ],
    ids=lambda event: type(event).__name__,
)
def test_a_signed_case_is_locked_until_it_is_reopened(event: CaseEvent) -> None:
    locked = case(*SIGNED)
    with pytest.raises(SignedCaseError, match="reopen its report"):
        check_next(locked, event)
    check_next(fold([reopened()], locked), event)
    check_next(case(*READ, written(), signed("preliminary")), event)


def test_what_does_not_change_a_signed_report_is_let_through() -> None:
    locked = case(*SIGNED)
    for event in (acknowledged(), called(), reopened(), deleted()):
        check_next(locked, event)
    check_next(locked, signed("addendum", 2), signing())


@pytest.mark.parametrize("event", [acknowledged(n=2), drawn(2), signed(n=2)], ids=["a", "b", "c"])
def test_sign_out_is_about_an_analysis_that_is_finished(event: CaseEvent) -> None:
    read = case(*READ, written())
    with pytest.raises(UnknownCaseError, match="no such analysis"):
        check_next(read, event, signing(2))
    with pytest.raises(UsageError, match="not finished"):
        check_next(fold([asked(2)], read), event, signing(2))


def test_a_signature_needs_the_facts_it_is_checked_with() -> None:
    with pytest.raises(ValueError, match="facts"):
        check_next(case(*READ, written()), signed())
    with pytest.raises(UsageError, match="cannot be signed yet"):
        check_next(case(*READ, written()), signed(), signing(is_fully_seen=False))


@given(st.sampled_from([READ, (*READ, written()), SIGNED]), st.lists(SIGN_OUT_EVENTS, max_size=30))
def test_no_sequence_changes_a_signed_version(
    first: tuple[CaseEvent, ...], events: list[CaseEvent]
) -> None:
    state = case(*first)
    versions = state.sign_out.versions
    for event in events:
        before = state
        try:
            check_next(state, event, signing())
        except UsageError:
            continue
        state = fold([event], state)
        kept = state.sign_out.versions
        assert kept[: len(versions)] == versions
        assert len(kept) - len(versions) == isinstance(event, type(signed()))
        if before.sign_out.is_locked:
            assert (state.facts, state.slides, state.analyses, state.sign_out.texts) == (
                before.facts, before.slides, before.analyses, before.sign_out.texts,
            )  # fmt: skip
            assert state.sign_out.audits == before.sign_out.audits
        versions = kept
    assert [one.number for one in versions] == list(range(1, len(versions) + 1))


def test_slides_may_be_added_while_an_analysis_runs() -> None:
    state = case(slide(), asked(), started())
    check_next(state, slide(2))
    after = fold([slide(2)], state)
    assert after.open_analysis is not None
    assert after.open_analysis.slide_ids == (uid(1),)


@given(st.lists(EVENTS, max_size=30))
def test_any_events_that_are_allowed_fold_to_a_valid_case(events: list[CaseEvent]) -> None:
    kept = allowed(events)
    state = fold(kept)
    assert state.version == len(kept)
    assert sum(one.is_open for one in state.analyses) <= 1
    assert len({one.slide_id for one in state.slides}) == len(state.slides)
    assert len({one.analysis_id for one in state.analyses}) == len(state.analyses)
    assert state.status in CaseStatus
    for one in state.analyses:
        assert (one.ended_at is None) == one.is_open
        assert (one.summary is not None) == (one.status is AnalysisStatus.FINISHED)
        assert one.slide_ids
    if state.open_analysis is not None:
        present = {one.slide_id for one in state.slides}
        assert present >= set(state.open_analysis.slide_ids)
        assert not state.is_deleted


@given(st.lists(EVENTS, max_size=30), st.data())
def test_it_is_the_same_however_it_is_split(events: list[CaseEvent], data: st.DataObject) -> None:
    kept = allowed(events)
    cut = data.draw(st.integers(1, len(kept)))
    assert fold(kept[cut:], fold(kept[:cut])) == fold(kept) == fold(list(kept))
