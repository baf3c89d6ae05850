"""What a reader on call sees of findings that may not wait."""

from uuid import UUID

import pytest
from sign_out_acts import Reading, reading
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


def test_the_case_keeps_who_was_told_and_the_audit_names_no_patient(dora: Reading) -> None:
    tell(dora)
    tell(dora)
    case = dora.laboratory.parts.records.case(UUID(dora.case_id))
    assert case is not None
    [told] = case.sign_out.tellings
    assert (told.user_name, told.turn, told.by_means) == ("dora", 1, "page")
    [entry] = dora.entries("reader_told")
    assert "Invented" not in str(entry.values())
