"""Cases that were kept long enough: who is told, and deleting those that are chosen."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from case_acts import code_of, opened, ready, with_slide
from web_laboratory import PASSWORD, Laboratory

from marrowscope.cases.review_events import CellsSeen
from marrowscope.settings import load_settings

DELETIONS = "/api/retention/deletions"
YEAR_DAYS = 366


@pytest.fixture
def keeping(laboratory: Laboratory) -> Laboratory:
    """Keeps cases for two years."""
    laboratory.in_force = load_settings(home=laboratory.in_force.home, retention_years=2)
    return laboratory


def sign_in_later(laboratory: Laboratory, days: int) -> None:
    """As everybody of these tests, when so many days have passed: sessions end within hours."""
    laboratory.clock.wait(days=days)
    tokens = {}
    for name in ("ada", "dora", "tom"):
        _, session, token = laboratory.accounts.sign_in(name, PASSWORD, "127.0.0.1")
        tokens[name] = (token, session.csrf_token)
    # A new one: the old one is every test's.
    laboratory.tokens = tokens


def listed(laboratory: Laboratory) -> dict[str, Any]:
    answer = laboratory.browser("ada").ask("GET", "/api/retention")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def accessions(laboratory: Laboratory) -> list[str]:
    return [one["accession"] for one in listed(laboratory)["cases"]]


def delete(
    laboratory: Laboratory, *case_ids: str, reason: str = "ten years are over", **given: Any
) -> Any:
    body = {"case_ids": list(case_ids), "reason": reason, "password": PASSWORD, **given}
    return laboratory.browser("ada").ask("POST", DELETIONS, body)


def test_without_a_time_nothing_is_listed_or_deleted(laboratory: Laboratory) -> None:
    case_id = opened(laboratory.browser("tom"), accession="S20-1")
    sign_in_later(laboratory, 100 * YEAR_DAYS)

    assert listed(laboratory) == {"years": None, "n_due": 0, "cases": []}
    answer = delete(laboratory, case_id)
    assert code_of(answer) == (422, "refused")
    assert "retention_years" in answer.json()["error"]["message"]
    assert laboratory.cases.case(UUID(case_id)) in laboratory.cases.cases()
    assert "retention_read" not in laboratory.acts()


@pytest.mark.parametrize("user_name", ["dora", "tom"])
def test_only_an_administrator_is_told_and_deletes(keeping: Laboratory, user_name: str) -> None:
    case_id = opened(keeping.browser("tom"))
    sign_in_later(keeping, 3 * YEAR_DAYS)
    browser = keeping.browser(user_name)
    body = {"case_ids": [case_id], "reason": "old", "password": PASSWORD}

    assert code_of(browser.ask("GET", "/api/retention")) == (403, "not_allowed")
    assert code_of(browser.ask("POST", DELETIONS, body)) == (403, "not_allowed")
    assert len(keeping.cases.cases()) == 1


def test_what_is_listed_says_no_more_than_needed(keeping: Laboratory) -> None:
    browser = keeping.browser("tom")
    facts = {"accession": "S20-1", "patient_name": "Ann Zebra", "patient_id": "4711"}
    case_id = opened(browser, **facts)
    with_slide(browser, case_id)
    n_bytes = sum(slide.n_bytes for one in keeping.cases.cases() for slide in one.slides)
    opened(browser, accession="S20-2", purpose="clinical")
    sign_in_later(keeping, 2 * YEAR_DAYS)

    answer = keeping.browser("ada").ask("GET", "/api/retention")

    assert "Zebra" not in answer.text
    assert "4711" not in answer.text
    found = answer.json()
    assert (found["years"], found["n_due"]) == (2, 1)
    (one,) = found["cases"]
    assert (one["case_id"], one["accession"], one["purpose"]) == (case_id, "S20-1", "research")
    assert (one["n_bytes"], one["is_signed"]) == (n_bytes, False)
    assert one["since"].startswith("2026-03-02")
    assert one["kept_until"] == "2028-03-02"


def test_reading_the_list_is_audited_with_its_cases(keeping: Laboratory) -> None:
    assert listed(keeping)["n_due"] == 0
    assert "retention_read" not in keeping.acts()
    case_id = opened(keeping.browser("tom"))
    sign_in_later(keeping, 3 * YEAR_DAYS)

    listed(keeping)

    entry = keeping.audit.entries(None, 1)[0]
    assert (entry.act, entry.actor_name, entry.about) == ("retention_read", "ada", "retention")
    assert entry.values() == {"cases": [case_id]}


def test_work_on_cells_keeps_a_case(keeping: Laboratory) -> None:
    case_id, analysis_id = (UUID(one) for one in ready(keeping, accession="S20-1"))
    cells = keeping.parts.results.machine_cells(case_id, analysis_id)
    keeping.clock.wait(days=2 * YEAR_DAYS)
    seen = CellsSeen(keeping.parts.reviews.stamp(None, uuid4()), cells.cell_ids[:1])
    keeping.parts.reviews.append(case_id, analysis_id, [seen], cells, by=None)

    sign_in_later(keeping, YEAR_DAYS)
    assert accessions(keeping) == []
    sign_in_later(keeping, 2 * YEAR_DAYS)
    assert accessions(keeping) == ["S20-1"]


def test_chosen_ones_are_deleted_each_with_its_audit_entry(keeping: Laboratory) -> None:
    browser = keeping.browser("tom")
    old = [opened(browser, accession=f"S20-{n}") for n in range(3)]
    with_slide(browser, old[0])
    folder = keeping.parts.files.case_folder(UUID(old[0]))
    assert folder.is_dir()
    sign_in_later(keeping, 3 * YEAR_DAYS)

    answer = delete(keeping, old[0], old[2], old[0], reason="  kept for  two years ")

    assert answer.status_code == 200
    assert answer.json() == {"deleted": [old[0], old[2]], "kept": []}
    assert accessions(keeping) == ["S20-1"]
    assert not folder.exists()
    entries = [one for one in keeping.audit.entries(None, 100) if one.act == "case_deleted"]
    assert [(one.about, one.actor_name) for one in entries] == [(old[2], "ada"), (old[0], "ada")]
    assert {one.values()["reason"] for one in entries} == {"kept for two years"}


def test_what_has_to_be_kept_is_kept_and_said(keeping: Laboratory) -> None:
    browser = keeping.browser("tom")
    old, touched = opened(browser, accession="S20-1"), opened(browser, accession="S20-2")
    clinical = opened(browser, accession="S20-3", purpose="clinical")
    sign_in_later(keeping, 3 * YEAR_DAYS)
    assert accessions(keeping) == ["S20-1", "S20-2"]
    keeping_on = keeping.browser("tom")
    version = keeping_on.ask("GET", f"/api/cases/{touched}").json()["version"]
    change = {"version": version, "facts": {"accession": "S20-2", "site": "Sternum"}}
    assert keeping_on.ask("PUT", f"/api/cases/{touched}/facts", change).status_code == 200
    nowhere = str(uuid4())

    answer = delete(keeping, clinical, old, touched, nowhere).json()

    assert answer["deleted"] == [old]
    assert [one["case_id"] for one in answer["kept"]] == [clinical, touched, nowhere]
    assert {one["why"] for one in answer["kept"]} == {
        "this case has to be kept; load the page again"
    }
    assert {case.facts.accession for case in keeping.cases.cases()} == {"S20-2", "S20-3"}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"password": "not the right one"}, (403, "wrong_password")),
        ({"reason": "   "}, (422, "refused")),
        ({"reason": ""}, (422, "invalid")),
        ({"reason": "x" * 401}, (422, "invalid")),
        ({"case_ids": []}, (422, "invalid")),
        ({"case_ids": ["no id"]}, (422, "invalid")),
        ({"everything": True}, (422, "invalid")),
    ],
    ids=["password", "blank", "empty", "long", "none", "no id", "misspelt"],
)
def test_a_deletion_that_makes_no_sense_deletes_nothing(
    keeping: Laboratory, given: dict[str, Any], found: tuple[int, str]
) -> None:
    case_id = opened(keeping.browser("tom"))
    sign_in_later(keeping, 3 * YEAR_DAYS)

    answer = delete(keeping, case_id, **given)

    assert code_of(answer) == found
    assert len(keeping.cases.cases()) == 1
    assert "case_deleted" not in keeping.acts()


def test_a_long_list_is_the_longest_kept(
    keeping: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marrowscope.web.settings_answers.MOST_LISTED", 2)
    for n in range(3):
        opened(keeping.browser("tom"), accession=f"S20-{n}")
        keeping.clock.wait(minutes=1)
    sign_in_later(keeping, 3 * YEAR_DAYS)

    found = listed(keeping)

    assert found["n_due"] == 3
    assert [one["accession"] for one in found["cases"]] == ["S20-0", "S20-1"]
