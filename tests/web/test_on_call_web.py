"""What a reader on call sees of findings that may not wait."""

from uuid import UUID

import pytest
from case_acts import asked, opened, with_slide
from sign_out_acts import CHOSEN, Reading, reading
from web_laboratory import Laboratory

from marrowscope.cases.on_call import OnCall
from marrowscope.engine.on_call_watch import OnCallWatch

RULE = "F-APL-triage"


@pytest.fixture
def dora(laboratory: Laboratory) -> Reading:
    return reading(laboratory)


def waiting(read: Reading) -> list[str]:
    return [one["case_id"] for one in read.get("/api/on-call")["cases"]]


def tell(read: Reading) -> None:
    """As the server's watch does."""
    told: list[Exception] = []
    laboratory = read.laboratory
    OnCallWatch(
        log=laboratory.parts.records,
        urgent=laboratory.sign_out.urgent,
        on_call=OnCall("dora", "tom"),
        send={},
        now=lambda: laboratory.parts.records.machine_stamp().at,
        notice=told.append,
    ).look()
    assert told == []


def test_who_was_told_sees_it_until_somebody_acknowledged_it(dora: Reading) -> None:
    assert waiting(dora) == []
    tell(dora)
    assert waiting(dora) == [dora.case_id]
    # Others see it on top of the worklist; nobody called them.
    assert waiting(dora.as_("tom")) == []

    dora.as_("tom").acknowledge_all()

    assert waiting(dora) == []


def rows(read: Reading) -> list[tuple[str, bool]]:
    return [(one["case_id"], one["comes_first"]) for one in read.get("/api/cases")["cases"]]


def test_what_comes_first_is_on_top_until_somebody_acknowledged_it(dora: Reading) -> None:
    other = reading(dora.laboratory, accession="S26-2", priority="urgent")
    other.acknowledge_all()
    assert rows(dora) == [(other.case_id, False), (dora.case_id, False)]

    tell(dora)
    assert rows(dora) == [(dora.case_id, True), (other.case_id, False)]
    dora.acknowledge_all()
    assert rows(dora) == [(other.case_id, False), (dora.case_id, False)]

    # What a reader made of the cells counts as well.
    dora.name("PROMY_ABN", *CHOSEN[:5])
    tell(dora)
    assert rows(dora) == [(dora.case_id, True), (other.case_id, False)]


@pytest.mark.parametrize(("purpose", "is_first"), [("clinical", True), ("teaching", False)])
def test_what_the_machine_found_alone_puts_a_patients_case_on_top(
    dora: Reading, purpose: str, *, is_first: bool
) -> None:
    tom = dora.as_("tom").browser
    case_id = opened(tom, accession="S26-3", purpose=purpose)
    with_slide(tom, case_id)
    analysis_id = asked(tom, case_id)
    jobs = dora.laboratory.jobs
    jobs.start(UUID(case_id), UUID(analysis_id))
    found = {"rule_id": RULE, "state": "not decided", "critical": True, "sentence": "So."}
    jobs.finish(UUID(case_id), UUID(analysis_id), {"findings": [found]})
    assert (case_id, is_first) in rows(dora)


def test_the_findings_say_whom_the_machine_told(dora: Reading) -> None:
    assert dora.findings()["tellings"] == []
    tell(dora)
    [told] = dora.findings()["tellings"]
    assert (told["user_name"], told["turn"], told["by_means"]) == ("dora", 1, "page")


def test_the_case_keeps_who_was_told_and_the_audit_names_no_patient(dora: Reading) -> None:
    tell(dora)
    tell(dora)
    case = dora.laboratory.parts.records.case(UUID(dora.case_id))
    assert case is not None
    [told] = case.sign_out.tellings
    assert (told.user_name, told.turn, told.by_means) == ("dora", 1, "page")
    [entry] = dora.entries("reader_told")
    assert "Invented" not in str(entry.values())
