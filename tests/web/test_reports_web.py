"""The machine's report in a frame that can do nothing, and the files of a result."""

from uuid import UUID

import pytest
from case_acts import asked, code_of, opened, ready, with_slide
from web_laboratory import Laboratory

from fakes.fake_cases import FILES


def test_the_report_runs_nothing_and_is_framed_by_our_page_alone(laboratory: Laboratory) -> None:
    case_id, analysis_id = ready(laboratory)

    answer = laboratory.browser("tom").ask(
        "GET", f"/api/cases/{case_id}/analyses/{analysis_id}/report"
    )

    assert answer.status_code == 200
    assert answer.content == FILES["report.html"]
    headers = answer.headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(
        (part.split(" ", 1) + [""])[:2]  # noqa: RUF005
        for part in headers["content-security-policy"].split("; ")
    )
    assert policy == {
        "sandbox": "allow-same-origin",
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }
    assert headers.get_list("x-frame-options") == ["SAMEORIGIN"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "content-disposition" not in headers


def test_the_page_may_frame_this_server_only(laboratory: Laboratory) -> None:
    policy = laboratory.stranger().ask("GET", "/").headers["content-security-policy"]

    assert "frame-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("analysis.json", "application/json"),
        ("cells.parquet", "application/vnd.apache.parquet"),
        ("cells.geojson", "application/geo+json"),
    ],
)
def test_a_file_is_saved_not_shown(laboratory: Laboratory, name: str, kind: str) -> None:
    case_id, analysis_id = ready(laboratory)

    answer = laboratory.browser("tom").ask(
        "GET", f"/api/cases/{case_id}/analyses/{analysis_id}/files/{name}"
    )

    assert answer.status_code == 200
    assert answer.content == FILES[name]
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "name", ["report.html", "nothing.json", "..%2fanalysis.json", "../analysis.json", "%00"]
)
def test_other_files_are_not_there(laboratory: Laboratory, name: str) -> None:
    case_id, analysis_id = ready(laboratory)

    answer = laboratory.browser("tom").ask(
        "GET", f"/api/cases/{case_id}/analyses/{analysis_id}/files/{name}"
    )

    assert answer.status_code in {404, 422}


def test_there_is_no_report_before_the_end(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom)
    with_slide(tom, case_id)
    analysis_id = asked(tom, case_id)
    path = f"/api/cases/{case_id}/analyses/{analysis_id}"
    folder = laboratory.jobs.files.analysis_folder(UUID(case_id), UUID(analysis_id))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.html").write_bytes(b"half a rep")
    (folder / "analysis.json").write_bytes(b"{")
    laboratory.jobs.start(UUID(case_id), UUID(analysis_id))

    for name in ("report", "files/analysis.json"):
        assert code_of(tom.ask("GET", f"{path}/{name}")) == (404, "not_found")
    assert "case_read" not in laboratory.acts()


def test_a_result_whose_files_are_gone(laboratory: Laboratory) -> None:
    case_id, analysis_id = ready(laboratory)
    folder = laboratory.jobs.files.analysis_folder(UUID(case_id), UUID(analysis_id))
    (folder / "report.html").unlink()

    answer = laboratory.browser("tom").ask(
        "GET", f"/api/cases/{case_id}/analyses/{analysis_id}/report"
    )

    assert code_of(answer) == (404, "not_found")


def test_an_older_report_can_still_be_read(laboratory: Laboratory) -> None:
    case_id, analysis_id = ready(laboratory)
    tom = laboratory.browser("tom")
    asked(tom, case_id)

    answer = tom.ask("GET", f"/api/cases/{case_id}/analyses/{analysis_id}/report")

    assert answer.status_code == 200
