"""From the last cell seen to a signed report, and what becomes of it after."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from case_acts import code_of, with_slide
from sign_out_acts import CHOSEN, UNDECIDED, Reading, analysed, reading
from web_laboratory import PASSWORD, Laboratory

from marrowscope.reports.case_report_json import decode_case_report, record_id
from marrowscope.store.backups import back_up, restore
from marrowscope.store.signed_reports import SignedReports


@pytest.fixture
def dora(laboratory: Laboratory) -> Reading:
    return reading(laboratory)


def folder_of(read: Reading) -> Path:
    return read.laboratory.parts.files.case_folder(UUID(read.case_id))


def ways(read: Reading) -> dict[str, list[str]]:
    """Ids of what forbids each kind of report."""
    return ways_of(read.sign_out())


def ways_of(answer: dict[str, Any]) -> dict[str, list[str]]:
    return {one["kind"]: [each["id"] for each in one["blockers"]] for one in answer["ways"]}


def test_a_case_is_read_to_its_end_and_stands(dora: Reading) -> None:
    before = dora.sign_out()
    assert (before["state"], before["basis"], before["versions"]) == ("open", "none", [])
    assert before["basis_words"].startswith("No result yet: 0 of ")
    final, preliminary = before["ways"]
    assert {one["tab"] for one in final["blockers"]} == {"findings", "cells", "text"}
    left = {one["id"] for one in final["blockers"]} - {one["id"] for one in preliminary["blockers"]}
    assert left == {"result"}

    dora.see(*CHOSEN)
    dora.acknowledge_all()
    dora.write(conclusion="As counted.")
    ready = dora.sign_out()
    assert ready["basis"] == "count"
    assert ways_of(ready) == {"final": [], "preliminary": []}
    assert ready["may_sign"]
    signed = dora.sign()

    assert signed["state"] == "signed"
    assert ways_of(signed) == {"addendum": []}
    [version] = signed["versions"]
    assert version["number"] == 1
    assert version["kind"] == "final"
    assert version["printed_name"] == "Dora Invented"
    assert version["signed_by"] == "Dora Invented"
    report = decode_case_report(dora.file(1, "report.json").content)
    assert report.result.basis == "fully seen"
    assert report.signature is not None
    assert (report.signature.role, report.signature.meaning) == (
        "director", "author of this report",
    )  # fmt: skip
    assert report.digitisation.glass_not_read_first
    assert report.digitisation.analysis_sha256 == "d" * 64
    [reader] = report.digitisation.readers
    assert (reader.name, reader.did) == (
        "Dora Invented", f"named 0 cells, saw {len(CHOSEN)} cells first",
    )  # fmt: skip
    assert [one.opened_by for one in report.digitisation.slides] == ["Dora Invented"] * 2
    text = dora.file(1, "report.txt").text
    assert "Signed by: Dora Invented, director" in text
    assert record_id(report) in text


def test_a_signed_case_takes_nothing_more(dora: Reading) -> None:
    dora.ready_to_sign()
    dora.sign()
    case = dora.get(dora.case)
    row = dora.get("/api/cases")["cases"][0]

    refused = [
        dora.review({"kind": "see", "cell_ids": CHOSEN[:1]}),
        dora.put_texts(conclusion="Something else."),
        dora.browser.ask("POST", f"{dora.analysis}/audit", {"wanted": 10}),
        dora.browser.ask("POST", f"{dora.case}/analyses", {}),
        dora.browser.ask(
            "PUT", f"{dora.case}/facts", {"version": case["version"], "facts": {"site": "sternum"}}
        ),
    ]
    assert [code_of(one) for one in refused] == [(409, "signed")] * len(refused)
    assert all("reopen its report" in one.json()["error"]["message"] for one in refused)
    shown = dora.get(f"{dora.analysis}/review")
    assert (shown["may_review"], "reopen its report" in shown["why_not"]) == (False, True)
    assert case["status"] == row["status"] == "signed"
    assert row["n_critical"] == 0
    assert (
        case["sign_out"]
        == row["sign_out"]
        == {
            "state": "signed",
            "n_versions": 1,
            "signed_at": dora.sign_out()["versions"][0]["signed_at"],
            "signed_by": "Dora Invented",
        }
    )
    texts = dora.texts()
    assert not texts["may_change"]
    assert "reopen" in texts["why_not"]
    assert not dora.audit()["may_draw"]
    assert code_of(dora.ask_to_sign()) == (422, "refused")


def test_an_amended_report_leaves_the_first_as_it_was(dora: Reading) -> None:
    dora.ready_to_sign()
    dora.sign()
    first = dora.files(1)
    dora.laboratory.clock.wait(minutes=3)

    amending = dora.reopen("flow cytometry came in")
    assert amending["state"] == "amending"
    assert amending["amending"]["reason"] == "flow cytometry came in"
    assert amending["amending"]["by_name"] == "Dora Invented"
    assert ways_of(amending) == {"amended": [], "corrected": []}
    assert dora.get(dora.case)["status"] == "amending"
    assert code_of(dora.ask_to_reopen("again")) == (422, "refused")
    dora.name("PROMONO", CHOSEN[0])
    dora.acknowledge_all()
    dora.write(conclusion="As counted, with promonocytes.")
    signed = dora.sign("amended")

    assert [one["kind"] for one in signed["versions"]] == ["final", "amended"]
    assert signed["versions"][1]["reason"] == "flow cytometry came in"
    assert signed["amending"] is None
    assert dora.files(1) == first
    second = dora.files(2)
    assert all(second[name] != first[name] for name in first)
    report = decode_case_report(second["report.json"])
    assert (report.version.number, report.version.supersedes) == (2, 1)
    assert report.version.earlier[0].record == record_id(decode_case_report(first["report.json"]))
    assert report.conclusion == "As counted, with promonocytes."
    assert dora.report(3).status_code == 404


def test_a_corrected_report_may_give_a_reason_of_its_own(dora: Reading) -> None:
    dora.ready_to_sign()
    dora.sign()
    dora.reopen("a slip")
    signed = dora.sign("corrected", reason="wrong side\nwas stated")
    assert signed["versions"][1]["reason"] == "wrong side\nwas stated"
    assert "wrong side" in dora.file(2, "report.txt").text


def test_an_addendum_adds_words_and_leaves_the_rest(dora: Reading) -> None:
    dora.ready_to_sign()
    dora.sign()
    first = decode_case_report(dora.file(1, "report.json").content)
    assert code_of(dora.ask_to_sign("addendum")) == (422, "refused")

    signed = dora.sign("addendum", addendum="Karyotype: normal.", attests_digital=False)

    assert signed["versions"][1]["reason"] == "Karyotype: normal."
    assert signed["state"] == "signed"
    report = decode_case_report(dora.file(2, "report.json").content)
    assert report.result == first.result
    assert report.conclusion == first.conclusion
    assert report.version.reason == "Karyotype: normal."
    assert "Karyotype: normal." in dora.report(2).text


def test_a_preliminary_report_says_that_it_is_not_finished(dora: Reading) -> None:
    dora.see(*UNDECIDED)
    dora.acknowledge_all()
    dora.write(comment="Cells are still being looked at.")
    assert ways(dora) == {"final": ["result", "conclusion"], "preliminary": []}

    signed = dora.sign("preliminary")

    assert signed["state"] == "preliminary"
    assert dora.get(dora.case)["status"] == "preliminary"
    assert decode_case_report(dora.file(1, "report.json").content).result.basis == "not finished"
    text = dora.file(1, "report.txt").text
    assert f"Not finished: {len(UNDECIDED)} of {len(CHOSEN)} counted cells seen" in text
    # The triage of one slide, as the case calls it.
    assert "second smear: " in text
    assert "smear-2" not in text
    dora.ready_to_sign()
    again = dora.sign()
    assert [one["kind"] for one in again["versions"]] == ["preliminary", "final"]
    assert code_of(dora.ask_to_sign("preliminary")) == (422, "refused")


def test_an_audit_stands_in_for_seeing_every_cell(dora: Reading) -> None:
    dora.see(*UNDECIDED)
    drawn = dora.send("POST", f"{dora.analysis}/audit", {"wanted": 5})
    dora.see(*drawn["cell_ids"])
    dora.acknowledge_all()
    dora.write(conclusion="As estimated.")
    ready = dora.sign_out()
    assert ready["basis"] == "audit"
    assert str(drawn["n_drawn"]) in ready["basis_words"]
    preview = dora.browser.ask("GET", f"{dora.analysis}/report-preview.txt").text

    dora.sign()

    report = decode_case_report(dora.file(1, "report.json").content)
    assert report.result.basis == "audit"
    assert report.result.n_audited == drawn["n_drawn"]
    estimate = {one["category"]: one for one in dora.audit()["estimate"]}
    for row in report.result.rows:
        assert row.percent == pytest.approx(estimate[row.category]["percent"], abs=0.001)
        assert row.low == pytest.approx(estimate[row.category]["low"], abs=0.001)
    assert len(report.result.blast_lines) == 3
    assert "Estimated from an audit" in preview


@pytest.mark.parametrize(
    ("left", "blocker"),
    [
        ("see", "result"),
        ("undecided", "undecided"),
        ("acknowledge", "finding"),
        ("write", "conclusion"),
        ("analyse", "outdated"),
        ("label", "labels"),
        ("purpose", "purpose"),
    ],
)
def test_each_thing_that_is_open_blocks(laboratory: Laboratory, left: str, blocker: str) -> None:
    dora = reading(laboratory, purpose="archive" if left == "purpose" else "clinical")
    dora.see(*(one for one in CHOSEN if left != "undecided" or one not in UNDECIDED[:1]))
    if left == "see":
        dora = reading(laboratory)
        dora.see(*UNDECIDED)
    if left != "label":
        dora.match_labels()
    if left != "acknowledge":
        dora.acknowledge_all()
    if left != "write":
        dora.write(conclusion="As counted.")
    if left == "analyse":
        with_slide(laboratory.browser("tom"), dora.case_id, name="third")
        dora.match_labels()

    found = {one.split(":")[0] for one in ways(dora)["final"]}
    # One cell that nobody saw leaves the count without a result, too.
    assert found == ({blocker, "result"} if left == "undecided" else {blocker})
    answer = dora.ask_to_sign()
    assert code_of(answer) == (422, "refused")
    assert "cannot be signed yet" in answer.json()["error"]["message"]
    assert not (folder_of(dora) / "reports").exists()
    assert dora.sign_out()["state"] == "open"


@pytest.mark.parametrize(
    ("is_digital", "said"),
    [(True, "the glass was not read first"), (False, "glass")],
)
def test_the_report_says_what_was_read_first(dora: Reading, is_digital: bool, said: str) -> None:
    dora.ready_to_sign()
    standing = dora.sign_out()
    assert said in standing["attestation" if is_digital else "glass_first"]
    dora.sign(attests_digital=is_digital)

    report = decode_case_report(dora.file(1, "report.json").content)
    assert report.digitisation.glass_not_read_first is is_digital
    assert said in dora.file(1, "report.txt").text


def test_a_wrong_password_signs_nothing_and_has_to_wait_in_the_end(dora: Reading) -> None:
    dora.ready_to_sign()
    assert code_of(dora.ask_to_sign(password="something else")) == (403, "wrong_password")
    codes = {code_of(dora.ask_to_sign(password="something else")) for _ in range(8)}
    assert (429, "wait") in codes
    assert dora.sign_out()["versions"] == []
    assert not (folder_of(dora) / "reports").exists()
    dora.laboratory.clock.wait(hours=1)
    # Left alone so long, the session has locked.
    assert code_of(dora.browser.ask("GET", f"{dora.analysis}/sign-out")) == (423, "locked")


@pytest.mark.parametrize("who", ["tom", "limo", "lara"])
def test_who_may_not_sign(laboratory: Laboratory, who: str) -> None:
    dora = reading(laboratory, purpose="teaching")
    dora.ready_to_sign()
    other = dora.as_(who)

    shown = other.sign_out()
    assert not shown["may_sign"]
    assert "pathologist" in shown["why_not"]
    assert code_of(other.ask_to_sign()) == (403, "not_allowed")
    assert dora.sign_out()["versions"] == []
    dora.sign()
    assert code_of(other.ask_to_reopen("why not")) == (403, "not_allowed")
    assert other.report(1).status_code == 200


def test_a_trainee_sees_no_patient_s_report(dora: Reading) -> None:
    dora.ready_to_sign()
    dora.sign()
    lara = dora.as_("lara")
    for path in (
        f"{dora.analysis}/sign-out",
        f"{dora.analysis}/findings",
        f"{dora.analysis}/audit",
        f"{dora.analysis}/report-preview",
        f"{dora.analysis}/report-preview.txt",
        f"{dora.case}/report-text",
        f"{dora.case}/reports/1",
        f"{dora.case}/reports/1/files/report.pdf",
    ):
        assert code_of(lara.browser.ask("GET", path)) == (404, "not_found"), path


def test_another_page_signs_nothing(dora: Reading) -> None:
    dora.ready_to_sign()
    before = dora.sign_out()
    for path in ("sign", "findings/acknowledgements", "calls", "audit"):
        answer = dora.browser.ask("POST", f"{dora.analysis}/{path}", {}, csrf="another")
        assert code_of(answer) == (403, "csrf")
    assert dora.sign_out() == before


def test_what_changed_since_the_preview_is_not_signed(dora: Reading) -> None:
    dora.ready_to_sign()
    shown = dora.sign_out()
    seen = {name: shown[name] for name in ("review_version", "case_version")}
    tom = dora.as_("tom")

    tom.name("BAND", CHOSEN[0])
    assert code_of(dora.ask_to_sign(**seen)) == (409, "case_changed")
    seen["review_version"] = dora.sign_out()["review_version"]
    tom.write(conclusion="Tom's words.")
    assert code_of(dora.ask_to_sign(**seen)) == (409, "case_changed")
    assert dora.sign_out()["versions"] == []


def test_a_review_between_typesetting_and_signing_is_not_passed_over(
    dora: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    dora.ready_to_sign()
    tom = dora.as_("tom")
    shown = dora.sign_out()
    append = type(dora.laboratory.cases).append

    def late(*args: Any, **given: Any) -> Any:
        if given["act"] == "report_signed":
            tom.name("BAND", CHOSEN[0])
        return append(*args, **given)

    monkeypatch.setattr(type(dora.laboratory.cases), "append", late)
    answer = dora.ask_to_sign(case_version=shown["case_version"])
    assert code_of(answer) == (409, "case_changed")
    assert not (folder_of(dora) / "reports").exists()


def test_of_two_who_sign_at_once_one_does(dora: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    dora.ready_to_sign()
    ada = dora.as_("ada")
    append = type(dora.laboratory.cases).append
    first: list[Any] = []

    def second_comes_first(*args: Any, **given: Any) -> Any:
        if given["act"] == "report_signed" and not first:
            first.append(None)
            first.append(ada.sign())
        return append(*args, **given)

    monkeypatch.setattr(type(dora.laboratory.cases), "append", second_comes_first)
    assert code_of(dora.ask_to_sign()) == (409, "case_changed")

    [version] = dora.sign_out()["versions"]
    assert version["printed_name"] == "Ada Administrator"
    report = decode_case_report(dora.file(1, "report.json").content)
    assert report.signature is not None
    assert (report.signature.printed_name, report.signature.role) == (
        "Ada Administrator", "pathologist",
    )  # fmt: skip
    assert len(dora.entries("report_signed")) == 1


def test_a_preview_is_of_the_kind_that_is_asked_for(dora: Reading) -> None:
    path = f"{dora.analysis}/report-preview.txt"
    dora.write(conclusion="As counted.", iron="not received")
    usual = dora.browser.ask("GET", path)
    assert usual.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Final report" in usual.text
    assert "not received" in usual.text
    early = dora.browser.ask("GET", path, params={"kind": "preliminary"})
    assert "Preliminary report" in early.text
    assert code_of(dora.browser.ask("GET", path, params={"kind": "addendum"})) == (422, "refused")
    assert code_of(dora.browser.ask("GET", path, params={"kind": "bill"})) == (422, "invalid")


def test_only_the_newest_analysis_is_signed(dora: Reading) -> None:
    dora.ready_to_sign()
    newer = Reading(
        dora.laboratory, dora.browser, dora.case_id, analysed(dora.laboratory, dora.case_id)
    )
    assert "newest" in dora.sign_out()["why_not"]
    assert code_of(dora.ask_to_sign()) == (422, "refused")
    final = ways(newer)["final"]
    assert "result" in final
    # Nobody acknowledged what the newer one found.
    assert any(one.startswith("finding:") for one in final)


def test_a_signature_that_fails_leaves_the_case_unsigned_and_can_be_repeated(
    dora: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    dora.ready_to_sign()
    put = SignedReports.put

    def fails_after(self: SignedReports, *given: Any) -> None:
        put(self, *given)
        raise RuntimeError("the power went")

    monkeypatch.setattr(SignedReports, "put", fails_after)
    assert dora.ask_to_sign().status_code == 500
    assert (folder_of(dora) / "reports" / "1" / "report.pdf").exists()
    assert dora.sign_out()["state"] == "open"
    assert dora.report(1).status_code == 404
    assert dora.entries("report_signed") == []

    monkeypatch.undo()
    dora.laboratory.clock.wait(minutes=1)
    signed = dora.sign()
    report = dora.file(1, "report.json").content
    assert sha256(report).hexdigest() == signed["versions"][0]["sha256"]
    assert len(dora.entries("report_signed")) == 1


def test_a_file_that_somebody_changed_is_not_shown(dora: Reading) -> None:
    dora.ready_to_sign()
    dora.sign()
    page = folder_of(dora) / "reports" / "1" / "report.html"
    page.write_bytes(page.read_bytes().replace(b"As counted", b"As wanted"))

    answer = dora.report(1)

    assert code_of(answer) == (422, "refused")
    assert "restore a backup" in answer.json()["error"]["message"]
    assert dora.file(1, "report.pdf").status_code == 200


def test_every_act_is_audited_without_naming_a_patient(dora: Reading) -> None:
    dora.see(*CHOSEN)
    dora.acknowledge_all()
    assert dora.call().status_code == 200
    dora.write(conclusion="Anna has what she has.")
    dora.sign()
    dora.reopen("Anna asked")
    dora.sign("amended")
    dora.files(2)

    entries = dora.laboratory.audit.entries(None, 200)
    acts = {one.act for one in entries if one.about == dora.case_id}
    assert acts >= {
        "cells_reviewed", "finding_acknowledged", "critical_call_made", "report_text_changed",
        "report_signed", "report_reopened",
    }  # fmt: skip
    assert not [one for one in entries if "Anna" in json.dumps(one.values())]
    newest, first = dora.entries("report_signed")
    assert (first.values()["number"], newest.values()["number"]) == (1, 2)
    files = newest.values()["files"]
    for name, content in dora.files(2).items():
        assert sha256(content).hexdigest() == files.get(name, files["report.html"])
    read = {one.values().get("what") for one in dora.entries("case_read")}
    assert read >= {"report.html", "report.pdf", "report.txt", "report.json", "report text"}
    assert dora.laboratory.audit.verify().broken_at is None


def test_the_signed_document_is_what_the_event_holds(dora: Reading) -> None:
    dora.ready_to_sign()
    signed = dora.sign()
    case = dora.laboratory.cases.case(UUID(dora.case_id))
    assert case is not None
    [version] = case.sign_out.versions
    content = dora.file(1, "report.json").content
    assert version.document_text.encode() == content
    assert sha256(content).hexdigest() == version.document_sha256
    assert version.document_sha256 == signed["versions"][0]["sha256"]
    assert version.review_version == signed["review_version"] > 0


def test_signed_pages_run_nothing_and_files_are_saved(dora: Reading) -> None:
    dora.ready_to_sign()
    preview = dora.browser.ask("GET", f"{dora.analysis}/report-preview")
    dora.sign()
    page = dora.report(1)
    for answer in (preview, page):
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        policy = "sandbox allow-same-origin; default-src 'none'"
        assert answer.headers["content-security-policy"].startswith(policy)
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert answer.headers["cache-control"] == "no-store"
    assert "Preview" in preview.text
    assert "Preview" not in page.text
    for name, kind in (("report.pdf", "application/pdf"), ("report.json", "application/json")):
        answer = dora.file(1, name)
        assert answer.headers["content-type"] == kind
        assert answer.headers["content-security-policy"].startswith("sandbox")
        ending = name.split(".")[1]
        assert answer.headers["content-disposition"] == (
            f'attachment; filename="S26-1-report-1.{ending}"'
        )
    assert dora.file(1, "report.pdf").content.startswith(b"%PDF-")
    for wrong in ("report.html", "digests.json", "..%2f1%2freport.pdf"):
        assert dora.file(1, wrong).status_code in {404, 422}
    for number in ("0", "2", "-1", "x", "1e3"):
        answer = dora.browser.ask("GET", f"{dora.case}/reports/{number}")
        assert answer.status_code in {404, 422}


def test_reports_are_in_a_backup_and_go_with_their_case(dora: Reading, tmp_path: Path) -> None:
    dora.ready_to_sign()
    dora.sign()
    made = dora.files(1)
    home = folder_of(dora).parent.parent
    back_up(home, tmp_path / "backup.zip")
    restore(tmp_path / "backup.zip", tmp_path / "restored")
    kept = tmp_path / "restored" / "cases" / dora.case_id / "reports" / "1"
    assert (kept / "report.pdf").read_bytes() == made["report.pdf"]
    assert {one.name for one in kept.iterdir()} == {
        "report.html", "report.pdf", "report.txt", "report.json",
    }  # fmt: skip

    body = {"reason": "made by mistake", "password": PASSWORD}
    assert dora.as_("ada").browser.ask("DELETE", dora.case, body).status_code == 204
    assert not folder_of(dora).exists()
    assert dora.report(1).status_code == 404
