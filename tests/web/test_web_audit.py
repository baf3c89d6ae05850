"""Reading the audit."""

import pytest
from case_acts import opened
from web_laboratory import Laboratory


def test_reading_it_is_the_latest_entry(laboratory: Laboratory) -> None:
    answer = laboratory.browser("dora").ask("GET", "/api/audit")

    latest = answer.json()["entries"][0]
    assert (latest["act"], latest["actor_name"]) == ("audit_read", "dora")
    assert latest["details"] == {"before": None, "limit": 100}
    assert latest["at"].startswith("2026-03-02T08:01:00")
    assert set(latest) == {"seq", "at", "actor_name", "act", "about", "details"}


def test_pages_meet_without_gap_or_overlap(laboratory: Laboratory) -> None:
    browser = laboratory.browser("ada")
    first = browser.ask("GET", "/api/audit?limit=3").json()
    seqs = [entry["seq"] for entry in first["entries"]]
    before = first["next_before"]
    while before is not None:
        page = browser.ask("GET", f"/api/audit?limit=3&before={before}").json()
        seqs += [entry["seq"] for entry in page["entries"]]
        before = page["next_before"]

    assert seqs == list(range(seqs[0], 0, -1))
    n_pages = -(-seqs[0] // 3)
    assert laboratory.acts().count("audit_read") == n_pages


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "before=0", "before=-1", f"before={2**63}"]
)
def test_a_page_that_makes_no_sense(laboratory: Laboratory, query: str) -> None:
    answer = laboratory.browser("ada").ask("GET", f"/api/audit?{query}")

    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith(query.partition("=")[0])
    assert "audit_read" not in laboratory.acts()


def test_it_is_intact(laboratory: Laboratory) -> None:
    answer = laboratory.browser("dora").ask("GET", "/api/audit/verification")

    n = len(laboratory.acts())
    assert answer.json() == {"n": n, "is_intact": True, "broken_at": None}


def test_entries_about_one_case(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id, other = opened(tom, accession="S26-1"), opened(tom, accession="S26-12")
    tom.ask("GET", f"/api/cases/{case_id}")

    page = laboratory.browser("dora").ask("GET", "/api/audit?accession=%20s26-1").json()

    assert [entry["act"] for entry in page["entries"]] == ["case_read", "case_opened"]
    assert page["accessions"] == {case_id: "S26-1"}
    every = laboratory.browser("dora").ask("GET", "/api/audit").json()
    assert every["accessions"] == {case_id: "S26-1", other: "S26-12"}
    assert every["entries"][1]["details"]["accession"] == " s26-1"
    none = laboratory.browser("dora").ask("GET", "/api/audit?accession=S27-1").json()
    assert (none["entries"], none["next_before"]) == ([], None)
    long = laboratory.browser("dora").ask("GET", f"/api/audit?accession={'9' * 65}")
    assert long.status_code == 422
