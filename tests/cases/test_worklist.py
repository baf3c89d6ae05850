from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.made_events import (
    START,
    acknowledged,
    asked,
    case,
    deleted,
    finished,
    reopened,
    signed,
    slide,
    started,
    written,
)
from marrowscope.cases.facts import CaseFacts, Priority, Purpose
from marrowscope.cases.state import CaseState
from marrowscope.cases.worklist import Wanted, n_critical, worklist

ANNA = case(facts=CaseFacts(accession="S1", patient_name="Müller, Anna"), n=1)
BERT = case(
    slide(), asked(), facts=CaseFacts(accession="S2", patient_id="70", purpose=Purpose.TEACHING),
    n=2,
)  # fmt: skip
CARL = case(facts=CaseFacts(accession="S3", priority=Priority.URGENT), n=3)
GONE = case(deleted(), facts=CaseFacts(accession="S4"), n=4)
ALL = [GONE, BERT, CARL, ANNA]


def found(**wanted) -> list[str]:
    return [one.facts.accession for one in worklist(ALL, Wanted(**wanted))]


def test_urgent_ones_come_first_then_the_oldest() -> None:
    assert found() == ["S3", "S1", "S2"]


def test_words_are_looked_for_in_accession_name_and_id() -> None:
    assert found(search="s1") == ["S1"]
    assert found(search=" muller  ANNA ") == ["S1"]
    assert found(search="70") == ["S2"]
    assert found(search="S 70") == ["S2"]
    assert found(search="nobody") == []


def test_it_is_filtered() -> None:
    assert found(status="waiting") == ["S2"]
    assert found(purpose="teaching") == ["S2"]
    assert found(priority="urgent") == ["S3"]
    assert found(status="deleted") == []
    assert found(status="new", purpose="teaching") == []


@given(st.permutations(ALL))
def test_the_order_of_the_cases_does_not_matter(cases: list[CaseState]) -> None:
    assert worklist(cases, Wanted()) == worklist(ALL, Wanted())


def test_what_may_not_wait_leads() -> None:
    assert [one.facts.accession for one in worklist(ALL, Wanted(), {BERT.case_id})] == [
        "S2",
        "S3",
        "S1",
    ]


def test_cases_know_their_age() -> None:
    assert START + timedelta(minutes=2) == BERT.opened_at


def row(rule_id: str, state: str = "met", *, critical: bool = True) -> dict[str, object]:
    return {"rule_id": rule_id, "state": state, "critical": critical, "sentence": "So."}


def found_by_machine(*rows: dict[str, object], after: tuple = (), n: int = 5) -> CaseState:
    """A case whose analysis left these findings. after: what happened since then."""
    ended = replace(finished(), summary={"findings": list(rows)})
    return case(slide(), asked(), started(), ended, *after, n=n)


@pytest.mark.parametrize(
    ("rows", "n"),
    [
        ([], 0),
        ([row("F-A")], 1),
        ([row("F-A"), row("F-A"), row("F-B", "not decided")], 2),
        ([row("F-A", "near"), row("F-B", "not met"), row("F-C", critical=False)], 0),
    ],
    ids=["none", "one", "each rule once", "not critical or not met"],
)
def test_critical_findings_are_counted(rows: list[dict[str, object]], n: int) -> None:
    assert n_critical(found_by_machine(*rows)) == n


def test_a_critical_finding_puts_a_case_on_top_until_it_is_acknowledged() -> None:
    urgent = case(facts=CaseFacts(priority=Priority.URGENT), n=3)
    calling = found_by_machine(row("F-A"), row("F-B"))
    assert worklist([urgent, calling], Wanted()) == (calling, urgent)
    half = found_by_machine(row("F-A"), row("F-B"), after=(acknowledged("F-A"),))
    assert n_critical(half) == 1
    seen = (acknowledged("F-A", slide="smear-1"), acknowledged("F-B"))
    calm = found_by_machine(row("F-A"), row("F-B"), after=seen)
    assert n_critical(calm) == 0
    assert worklist([calm, urgent], Wanted()) == (urgent, calm)


def test_what_was_acknowledged_of_another_analysis_does_not_count() -> None:
    assert n_critical(found_by_machine(row("F-A"), after=(acknowledged("F-A", n=2),))) == 1


def test_a_signed_case_calls_for_nobody_until_it_is_reopened() -> None:
    done = (written(), signed())
    assert n_critical(found_by_machine(row("F-A"), after=done)) == 0
    assert n_critical(found_by_machine(row("F-A"), after=(*done, reopened()))) == 1


def test_a_case_without_a_result_or_with_an_old_one_has_none() -> None:
    assert n_critical(case(slide(), asked())) == 0
    old = case(slide(), asked(), started(), replace(finished(), summary={"counts": {}}))
    assert n_critical(old) == 0
