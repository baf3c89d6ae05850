"""The built page, and the sentence that is shown where there is none."""

from pathlib import Path

import pytest
from web_laboratory import Browser, Laboratory

from marrowscope.web.app import create_app
from marrowscope.web.web_settings import WebSettings

FILES = {
    "index.html": "<!doctype html><title>built</title>",
    "mark.svg": "<svg/>",
    "assets/index-Ab3_x-9Z.js": "go()",
    "assets/index-12345678.css": "p{}",
    "assets/sans-abcdefgh.woff2": "font",
}


@pytest.fixture
def browser(laboratory: Laboratory, tmp_path: Path) -> Browser:
    folder = tmp_path / "page"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    app = create_app(
        laboratory.accounts, laboratory.audit, laboratory.rooms, WebSettings("9.9"), page=folder
    )
    return Browser(laboratory.portal, app)


@pytest.mark.parametrize("path", ["/", "/people", "/audit/deep/er", "/index.html", "/a.b"])
def test_every_path_of_the_page_is_its_index(browser: Browser, path: str) -> None:
    answer = browser.ask("GET", path)

    assert (answer.status_code, answer.text) == (200, FILES["index.html"])
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert browser.ask("HEAD", path).status_code == 200


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("mark.svg", "image/svg+xml"),
        ("assets/index-Ab3_x-9Z.js", "text/javascript; charset=utf-8"),
        ("assets/index-12345678.css", "text/css; charset=utf-8"),
        ("assets/sans-abcdefgh.woff2", "font/woff2"),
    ],
)
def test_files_are_what_they_are(browser: Browser, name: str, kind: str) -> None:
    answer = browser.ask("GET", f"/{name}")

    assert (answer.status_code, answer.text) == (200, FILES[name])
    assert answer.headers["content-type"] == kind
    is_for_good = "immutable" in answer.headers["cache-control"]
    assert is_for_good is name.startswith("assets/")


@pytest.mark.parametrize("path", ["/assets/index-00000000.js", "/favicon.ico", "/x.css"])
def test_a_file_of_another_build_is_not_a_page(browser: Browser, path: str) -> None:
    answer = browser.ask("GET", path)

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/../../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/%00",
    ],
)
def test_nothing_beside_the_page_is_served(browser: Browser, path: str) -> None:
    answer = browser.ask("GET", path)

    assert "secret" not in answer.text
    assert "root:" not in answer.text
    assert answer.status_code in {200, 404}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_page_takes_nothing(browser: Browser, method: str) -> None:
    answer = browser.ask(method, "/people")

    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "not_found"


def test_a_page_that_is_not_built_says_how(laboratory: Laboratory, tmp_path: Path) -> None:
    app = create_app(
        laboratory.accounts,
        laboratory.audit,
        laboratory.rooms,
        WebSettings("9.9"),
        page=tmp_path / "none",
    )

    answer = Browser(laboratory.portal, app).ask("GET", "/people")

    assert answer.status_code == 503
    assert "npm run build" in answer.text
    assert "style=" not in answer.text
    assert "<script" not in answer.text
