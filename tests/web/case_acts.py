"""What somebody does with cases through the API, and how a case becomes ready."""

from typing import Any
from uuid import UUID

from web_laboratory import Browser, Laboratory

SLIDE = b"not a slide, but nobody looks here" * 9


def opened(browser: Browser, **facts: Any) -> str:
    """The id of a new case."""
    answer = browser.ask("POST", "/api/cases", facts)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case_id"])


def uploaded(
    browser: Browser, case_id: str, name: str = "smear.tif", content: bytes = SLIDE
) -> str:
    """The id of a finished upload."""
    body = {"name": name, "n_bytes": len(content)}
    upload_id = browser.ask("POST", f"/api/cases/{case_id}/uploads", body).json()["upload_id"]
    part = sent(browser, upload_id, 0, content)
    assert part.json()["offset"] == len(content), part.text
    done = browser.ask("POST", f"/api/uploads/{upload_id}/finish")
    assert done.status_code == 200, done.text
    return str(upload_id)


def sent(browser: Browser, upload_id: str, offset: int, part: bytes) -> Any:
    """The answer to a part of an upload."""
    return browser.ask(
        "PATCH",
        f"/api/uploads/{upload_id}",
        content=part,
        headers={"Upload-Offset": str(offset), "Content-Type": "application/octet-stream"},
    )


def with_slide(browser: Browser, case_id: str, **given: Any) -> dict[str, Any]:
    """A slide that was added to a case."""
    body = {"kind": "file", "upload_ids": [uploaded(browser, case_id)], **given}
    answer = browser.ask("POST", f"/api/cases/{case_id}/slides", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def asked(browser: Browser, case_id: str, **given: Any) -> str:
    """The id of an analysis that waits."""
    answer = browser.ask("POST", f"/api/cases/{case_id}/analyses", given)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["analysis_id"])


def ready(laboratory: Laboratory, **facts: Any) -> tuple[str, str]:
    """Case and analysis of one whose analysis is finished."""
    browser = laboratory.browser("tom")
    case_id = opened(browser, **facts)
    with_slide(browser, case_id)
    analysis_id = asked(browser, case_id)
    laboratory.jobs.start(UUID(case_id), UUID(analysis_id))
    laboratory.jobs.finish(UUID(case_id), UUID(analysis_id))
    return case_id, analysis_id


def code_of(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["error"]["code"]
