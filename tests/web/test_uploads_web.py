"""Uploads through the API: in parts, broken off, too big, of others; and slides made of them."""

import hashlib
from pathlib import Path
from uuid import uuid4

import pytest
from case_acts import SLIDE, asked, code_of, opened, sent, uploaded, with_slide
from web_laboratory import Browser, Laboratory

from marrowscope.web.request_guard import LONGEST_BODY, LONGEST_PART


def begun(browser: Browser, case_id: str, n_bytes: int, name: str = "smear.tif") -> str:
    answer = browser.ask(
        "POST", f"/api/cases/{case_id}/uploads", {"name": name, "n_bytes": n_bytes}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["upload_id"])


def test_a_file_comes_in_parts(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom)
    upload_id = begun(tom, case_id, len(SLIDE))
    path = f"/api/uploads/{upload_id}"
    assert tom.ask("GET", path).json()["offset"] == 0

    assert sent(tom, upload_id, 0, SLIDE[:100]).json()["offset"] == 100
    assert tom.ask("GET", path).json() == {
        "upload_id": upload_id,
        "case_id": case_id,
        "name": "smear.tif",
        "n_bytes": len(SLIDE),
        "offset": 100,
    }
    assert sent(tom, upload_id, 100, SLIDE[100:]).json()["offset"] == len(SLIDE)
    digest = hashlib.sha256(SLIDE).hexdigest()

    for _ in range(2):
        done = tom.ask("POST", f"{path}/finish", {"sha256": digest})
        assert done.json() == {
            "upload_id": upload_id,
            "name": "smear.tif",
            "n_bytes": len(SLIDE),
            "sha256": digest,
        }


def test_a_part_may_be_much_longer_than_other_requests(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    part = bytes(LONGEST_PART)
    upload_id = begun(tom, opened(tom), LONGEST_PART + 1)

    assert LONGEST_PART > 100 * LONGEST_BODY
    assert sent(tom, upload_id, 0, part).json()["offset"] == LONGEST_PART


def test_a_part_that_is_too_long_is_refused(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    upload_id = begun(tom, opened(tom), 10**9)

    assert code_of(sent(tom, upload_id, 0, bytes(LONGEST_PART + 1))) == (413, "too_long")
    assert tom.ask("GET", f"/api/uploads/{upload_id}").json()["offset"] == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/api/uploads/{id}"),
        ("POST", "/api/uploads/{id}/finish"),
        ("PATCH", "/api/uploads/{id}/"),
        ("PATCH", "/api/uploads/x"),
        ("PATCH", "/api/people/{id}"),
    ],
)
def test_only_parts_may_be_long(laboratory: Laboratory, method: str, path: str) -> None:
    tom = laboratory.browser("tom")

    answer = tom.ask(method, path.format(id=uuid4()), content=bytes(LONGEST_BODY + 1))

    assert answer.status_code == 413


def test_a_stranger_sends_nothing(laboratory: Laboratory) -> None:
    upload_id = begun(laboratory.browser("tom"), opened(laboratory.browser("tom")), 10)

    answer = sent(laboratory.stranger(), upload_id, 0, bytes(LONGEST_PART + 1))

    assert answer.status_code == 401


@pytest.mark.parametrize("offset", [0, 99, 101, 10**12])
def test_a_wrong_offset_is_told_the_right_one(laboratory: Laboratory, offset: int) -> None:
    tom = laboratory.browser("tom")
    upload_id = begun(tom, opened(tom), len(SLIDE))
    sent(tom, upload_id, 0, SLIDE[:100])

    answer = sent(tom, upload_id, offset, SLIDE[100:])

    assert code_of(answer) == (409, "wrong_offset")
    assert answer.headers["upload-offset"] == "100"
    assert tom.ask("GET", f"/api/uploads/{upload_id}").json()["offset"] == 100


@pytest.mark.parametrize("offset", ["", "-1", "x", "1.5"])
def test_an_offset_that_is_none(laboratory: Laboratory, offset: str) -> None:
    tom = laboratory.browser("tom")
    upload_id = begun(tom, opened(tom), 10)
    path = f"/api/uploads/{upload_id}"

    with_one = tom.ask("PATCH", path, content=b"x", headers={"Upload-Offset": offset})
    without = tom.ask("PATCH", path, content=b"x")

    assert {code_of(with_one), code_of(without)} == {(422, "invalid")}


def test_a_part_without_bytes_or_with_too_many_changes_nothing(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    upload_id = begun(tom, opened(tom), 10)

    assert code_of(sent(tom, upload_id, 0, b"")) == (422, "refused")
    assert sent(tom, upload_id, 0, b"x" * 11).status_code == 422
    assert tom.ask("GET", f"/api/uploads/{upload_id}").json()["offset"] == 0


def test_an_unfinished_or_damaged_file_is_no_slide(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom)
    upload_id = begun(tom, case_id, 10)
    sent(tom, upload_id, 0, b"12345")
    slide = {"kind": "file", "upload_ids": [upload_id]}

    early = tom.ask("POST", f"/api/uploads/{upload_id}/finish")
    assert (code_of(early), early.headers["upload-offset"]) == ((409, "wrong_offset"), "5")
    assert tom.ask("POST", f"/api/cases/{case_id}/slides", slide).status_code == 422
    sent(tom, upload_id, 5, b"67890")
    wrong = tom.ask("POST", f"/api/uploads/{upload_id}/finish", {"sha256": "0" * 64})
    assert wrong.status_code == 422
    assert tom.ask("POST", f"/api/cases/{case_id}/slides", slide).status_code == 422
    assert tom.ask("GET", f"/api/cases/{case_id}").json()["slides"] == []


@pytest.mark.parametrize("sha256", ["x", "A" * 64, "0" * 63, None])
def test_a_digest_that_is_none(laboratory: Laboratory, sha256: str | None) -> None:
    tom = laboratory.browser("tom")
    upload_id = begun(tom, opened(tom), 10)

    answer = tom.ask("POST", f"/api/uploads/{upload_id}/finish", {"sha256": sha256})

    assert code_of(answer) == (422, "invalid")


@pytest.mark.parametrize(
    "name",
    ["", "../../etc/passwd", "/etc/passwd", "a/b/c.tif", ".hidden", "bell\u0007.tif", "n" * 1001],
)
def test_names_that_could_lead_elsewhere(laboratory: Laboratory, name: str) -> None:
    tom = laboratory.browser("tom")

    answer = tom.ask("POST", f"/api/cases/{opened(tom)}/uploads", {"name": name, "n_bytes": 10})

    assert answer.status_code == 422


@pytest.mark.parametrize("n_bytes", [0, -1, 2**60, "many", None])
def test_sizes_that_are_none(laboratory: Laboratory, n_bytes: object) -> None:
    tom = laboratory.browser("tom")

    answer = tom.ask(
        "POST", f"/api/cases/{opened(tom)}/uploads", {"name": "a.tif", "n_bytes": n_bytes}
    )

    assert answer.status_code == 422


def test_an_upload_can_be_given_up(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    upload_id = begun(tom, opened(tom), 10)
    path = f"/api/uploads/{upload_id}"

    assert tom.ask("DELETE", path).status_code == 204
    assert code_of(tom.ask("GET", path)) == (404, "not_found")
    assert code_of(sent(tom, upload_id, 0, b"x")) == (404, "not_found")
    assert code_of(tom.ask("DELETE", path)) == (404, "not_found")


def test_an_upload_goes_on_while_its_session_is_locked(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom)
    upload_id = begun(tom, case_id, 10)
    tom.ask("POST", "/api/session/lock")

    assert sent(tom, upload_id, 0, b"1234567890").json()["offset"] == 10
    assert tom.ask("GET", f"/api/uploads/{upload_id}").json()["offset"] == 10
    assert tom.ask("POST", f"/api/uploads/{upload_id}/finish").status_code == 423
    assert tom.ask("GET", f"/api/cases/{case_id}").status_code == 423


def test_an_upload_alone_keeps_no_session_awake(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    upload_id = begun(tom, opened(tom), 10)

    for offset in range(4):
        laboratory.clock.wait(minutes=4)
        assert sent(tom, upload_id, offset, b"x").status_code == 200

    assert tom.ask("GET", "/api/cases").status_code == 423


def test_a_slide_is_made_of_uploads(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom)

    slide = with_slide(tom, case_id, name="Smear 1", scanner="S1", stain="MGG")

    assert (slide["name"], slide["kind"]) == ("Smear 1", "file")
    assert (slide["scanner"], slide["stain"], slide["n_bytes"]) == ("S1", "MGG", len(SLIDE))
    assert slide["added_by_name"] == "Tom Invented"
    digest = hashlib.sha256(SLIDE).hexdigest()
    assert slide["files"] == [{"name": "smear.tif", "n_bytes": len(SLIDE), "sha256": digest}]
    assert tom.ask("GET", f"/api/cases/{case_id}").json()["slides"] == [slide]


def test_fields_are_one_slide_of_many_files(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom)
    names = ["field 1.jpg", "field 2.jpg"]
    uploads = [uploaded(tom, case_id, name, name.encode()) for name in names]

    answer = tom.ask(
        "POST", f"/api/cases/{case_id}/slides", {"kind": "fields", "upload_ids": uploads}
    )

    assert answer.status_code == 201, answer.text
    assert [one["name"] for one in answer.json()["files"]] == names
    assert answer.json()["kind"] == "fields"


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "folder"},
        {"kind": None},
        {"upload_ids": []},
        {"upload_ids": ["x"]},
        {"path": "/etc/passwd"},
        {"name": "bell\u0007"},
        {"name": "n" * 129},
    ],
)
def test_slides_that_will_not_do(laboratory: Laboratory, change: dict[str, object]) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom)
    body = {"kind": "file", "upload_ids": [uploaded(tom, case_id)], **change}

    assert tom.ask("POST", f"/api/cases/{case_id}/slides", body).status_code == 422
    assert tom.ask("GET", f"/api/cases/{case_id}").json()["slides"] == []


def test_an_upload_becomes_a_slide_of_its_own_case_once(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id, other = opened(tom), opened(tom)
    body = {"kind": "file", "upload_ids": [uploaded(tom, case_id)]}
    unknown = {"kind": "file", "upload_ids": [str(uuid4())]}

    assert tom.ask("POST", f"/api/cases/{other}/slides", body).status_code in {404, 422}
    assert tom.ask("POST", f"/api/cases/{case_id}/slides", unknown).status_code in {404, 422}
    assert tom.ask("POST", f"/api/cases/{case_id}/slides", body).status_code == 201
    assert tom.ask("POST", f"/api/cases/{case_id}/slides", body).status_code in {404, 422}
    assert len(tom.ask("GET", f"/api/cases/{case_id}").json()["slides"]) == 1


def test_a_slide_is_taken_out_with_its_files(laboratory: Laboratory, tmp_path: Path) -> None:
    tom = laboratory.browser("tom")
    case_id, other = opened(tom), opened(tom)
    slide_id = with_slide(tom, case_id)["slide_id"]

    def files() -> list[Path]:
        return [one for one in tmp_path.rglob("smear.tif") if one.is_file()]

    assert len(files()) == 1
    foreign = tom.ask("DELETE", f"/api/cases/{other}/slides/{slide_id}")
    assert code_of(foreign) == (404, "not_found")
    assert tom.ask("DELETE", f"/api/cases/{case_id}/slides/{slide_id}").status_code == 204
    assert files() == []
    gone = tom.ask("DELETE", f"/api/cases/{case_id}/slides/{slide_id}")
    assert code_of(gone) == (404, "not_found")


def test_uploads_end_with_their_case(laboratory: Laboratory) -> None:
    from web_laboratory import PASSWORD

    tom = laboratory.browser("tom")
    case_id = opened(tom)
    upload_id = begun(tom, case_id, 10)
    body = {"reason": "double", "password": PASSWORD}

    laboratory.browser("ada").ask("DELETE", f"/api/cases/{case_id}", body)

    assert code_of(tom.ask("GET", f"/api/uploads/{upload_id}")) == (404, "not_found")
    assert code_of(sent(tom, upload_id, 0, b"x")) == (404, "not_found")
    answer = tom.ask("POST", f"/api/cases/{case_id}/uploads", {"name": "a", "n_bytes": 1})
    assert code_of(answer) == (404, "not_found")


def test_new_slides_make_a_result_outdated(laboratory: Laboratory) -> None:
    from uuid import UUID

    tom = laboratory.browser("tom")
    case_id = opened(tom)
    with_slide(tom, case_id)
    analysis_id = asked(tom, case_id)
    laboratory.jobs.start(UUID(case_id), UUID(analysis_id))
    laboratory.jobs.finish(UUID(case_id), UUID(analysis_id))

    with_slide(tom, case_id)

    case = tom.ask("GET", f"/api/cases/{case_id}").json()
    assert (case["is_result_outdated"], case["result_id"]) == (True, analysis_id)
