"""How the page of the reading room is built and packed, and what a build may not contain."""

import json
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
FRONTEND = ROOT / "frontend"
PAGE = ROOT / "src" / "marrowscope" / "web" / "page"
BACKEND = runpy.run_path(str(ROOT / "build_backend.py"))
STALE = "the built page is not that of these sources; cd frontend; npm run build"

is_page_current = BACKEND["is_page_current"]


def frontend_json(name: str) -> dict[str, Any]:
    return dict(json.loads((FRONTEND / name).read_text(encoding="utf-8")))


def test_the_lock_names_no_host() -> None:
    text = (FRONTEND / "package-lock.json").read_text(encoding="utf-8")

    assert "://" not in text
    assert '"resolved"' not in text


def test_everything_locked_has_a_digest() -> None:
    packages = frontend_json("package-lock.json")["packages"]

    assert len(packages) > 50
    assert [name for name, one in packages.items() if name and "integrity" not in one] == []


def test_the_lock_is_that_of_the_package() -> None:
    package, lock = frontend_json("package.json"), frontend_json("package-lock.json")

    for kind in ("dependencies", "devDependencies", "engines"):
        assert lock["packages"][""][kind] == package[kind]


def test_the_api_is_described_as_the_server_does() -> None:
    described = runpy.run_path(str(FRONTEND / "describe_api.py"))["description"]()

    assert (FRONTEND / "openapi.json").read_text(encoding="utf-8") == described, (
        "the API has changed: python frontend/describe_api.py; npm --prefix frontend run api"
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small source tree whose page is built."""
    frontend, page = tmp_path / "frontend", tmp_path / BACKEND["PAGE"]
    (frontend / "src" / "deep").mkdir(parents=True)
    page.mkdir(parents=True)
    (frontend / "package.json").write_text('{"files": ["index.html", "src"]}', encoding="utf-8")
    for name in ("package-lock.json", "index.html", "src/main.ts", "src/deep/look.css"):
        (frontend / name).write_text(name, encoding="utf-8")
    built_from = json.dumps(BACKEND["digests"](frontend))
    (page / BACKEND["BUILT_FROM"]).write_text(built_from, encoding="utf-8")
    return tmp_path


def test_a_page_of_these_sources_is_current(tree: Path) -> None:
    assert is_page_current(tree)


@pytest.mark.parametrize(
    "name", ["src/main.ts", "src/new.ts", "package-lock.json", "src/deep/look.css"]
)
def test_a_page_of_other_sources_is_not(tree: Path, name: str) -> None:
    (tree / "frontend" / name).write_text("changed", encoding="utf-8")

    assert not is_page_current(tree)


def test_what_is_no_source_makes_no_page_old(tree: Path) -> None:
    (tree / "frontend" / "README.md").write_text("more words", encoding="utf-8")

    assert is_page_current(tree)


def test_a_page_whose_source_is_gone_is_not_current(tree: Path) -> None:
    (tree / "frontend" / "src" / "main.ts").unlink()

    assert not is_page_current(tree)


@pytest.mark.parametrize("text", ["", "not JSON", "[]"])
def test_a_page_that_does_not_say_what_it_is_of_is_not_current(tree: Path, text: str) -> None:
    (tree / BACKEND["PAGE"] / BACKEND["BUILT_FROM"]).write_text(text, encoding="utf-8")

    assert not is_page_current(tree)


def test_a_page_without_its_sources_is_taken_as_it_is(tree: Path) -> None:
    shutil.rmtree(tree / "frontend")

    assert is_page_current(tree)


def test_neither_page_nor_sources_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"neither the built page .* nor its sources"):
        BACKEND["build_page_where_needed"](tmp_path)


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ("v18.20.4\n", False),
        ("v20.18.9\n", False),
        ("v20.19.0\n", True),
        ("v21.7.0\n", False),
        ("v22.11.0\n", False),
        ("v22.12.0\n", True),
        ("v24.1.0\n", True),
        ("", False),
        ("something else", False),
    ],
)
def test_which_node_fits(version: str, fits: bool) -> None:
    assert BACKEND["is_fitting_node"](version) is fits


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def built_with(programs: Path, tree: Path) -> subprocess.CompletedProcess[str]:
    """Builds the page of `tree` where only these programs are to be found."""
    code = (
        f"import runpy; from pathlib import Path; b = runpy.run_path({str(ROOT)!r} + "
        f"'/build_backend.py'); b['build_page_where_needed'](Path({str(tree)!r}))"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_without_node_it_says_how_to_get_it(tree: Path, tmp_path: Path) -> None:
    (tree / BACKEND["PAGE"] / BACKEND["BUILT_FROM"]).unlink()
    programs = tmp_path / "bin"
    programs.mkdir()

    done = built_with(programs, tree)

    assert done.returncode == 1
    assert "needs Node.js 20.19, 22.12 or later" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_failing_npm_is_said_in_a_sentence(tree: Path, tmp_path: Path) -> None:
    (tree / BACKEND["PAGE"] / BACKEND["BUILT_FROM"]).unlink()
    programs = tmp_path / "bin"
    programs.mkdir()
    program(programs, "node", "echo v22.12.0")
    program(programs, "npm", "echo no registry >&2; exit 7")

    done = built_with(programs, tree)

    assert done.returncode == 1
    assert "no registry" in done.stderr
    assert "npm ci failed in frontend (exit code 7)" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def page() -> Path:
    """The built page of this tree."""
    if not (PAGE / "index.html").exists():
        pytest.skip("needs the built page (cd frontend; npm ci; npm run build)")
    assert is_page_current(ROOT), STALE
    return PAGE


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere(page: Path) -> None:
    index = (page / "index.html").read_text(encoding="utf-8")

    assert "<style" not in index
    assert " style=" not in index
    assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", index))
    assert re.findall(r"(?:href|src)=\"(?!/)[^\"]*\"", index) == []
    for sheet in page.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert "@import" not in text
        assert re.findall(r"url\((?!/assets/)[^)]*\)", text) == []


def test_the_page_brings_the_licences_of_what_is_in_it(page: Path) -> None:
    licences = (page / "licences.txt").read_text(encoding="utf-8")

    assert "SIL OPEN FONT LICENSE Version 1.1" in licences
    assert re.search(r"^svelte \S+ \(MIT\)$", licences, re.MULTILINE)


def test_the_page_is_small_enough_for_a_slow_network(page: Path) -> None:
    scripts_and_styles = [*page.rglob("*.js"), *page.rglob("*.css")]

    # 350,000 of them are the viewer of slides, which is loaded when a slide is looked at.
    assert sum(path.stat().st_size for path in scripts_and_styles) < 850_000
