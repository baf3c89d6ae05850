from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.made_events import START, asked, case, deleted, slide
from marrowscope.cases.facts import CaseFacts, Priority, Purpose
from marrowscope.cases.state import CaseState
from marrowscope.cases.worklist import Wanted, worklist

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


def test_cases_know_their_age() -> None:
    assert START + timedelta(minutes=2) == BERT.opened_at
