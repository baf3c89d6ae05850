"""What is promised about installing: pins, licence, declared imports, make, a wheel."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "marrowscope"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = ("run.txt", "test.txt")
WITHOUT_A_MODULE = {"openslide-bin"}
"""Distributions that another one loads: the compiled OpenSlide."""
MADE_BY_TOOLS = {"build", "dist", "node_modules", "runs", "marrowscope-demo", "__pycache__"}
# Parted, so that this file is not the one that holds them.
PACKAGE_HOSTS = tuple(
    "".join(parts)
    for parts in (
        ("pypi", ".org"),
        ("python", "hosted.org"),
        ("download.pytorch", ".org"),
        ("registry.", "npmjs"),
        ("registry.", "yarnpkg"),
        ("conda", ".anaconda"),
        ("deb.", "debian.org"),
        ("/simple", "/"),
        ("extra-", "index-url"),
        ("find-", "links = "),
    )
)


def normal(requirement: str) -> str:
    """Name of a distribution as indexes compare them."""
    name = re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(file: str) -> list[str]:
    """A block of text a pin: name, version, condition, hashes, and who asks for it.

    A library may be pinned twice, for different versions of Python.
    """
    text = (ROOT / "requirements" / file).read_text(encoding="utf-8")
    return [block for block in re.split(r"\n(?=\S)", text) if not block.startswith("#")]


def names_of(pins: list[str]) -> set[str]:
    return {normal(block) for block in pins}


def repository_files() -> Iterator[Path]:
    """Files that could be committed: without those of tools and virtual environments."""
    for folder, subfolders, names in os.walk(ROOT):
        subfolders[:] = [
            name
            for name in subfolders
            if name not in MADE_BY_TOOLS
            and not name.endswith(".egg-info")
            and (name == ".ci" or not name.startswith("."))
        ]
        yield from (Path(folder, name) for name in names)


def test_no_file_holds_the_address_of_a_package_host() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {host}"
        for path in repository_files()
        for host in PACKAGE_HOSTS
        if host.encode() in path.read_bytes()
    ]

    assert found == []


@pytest.mark.parametrize("file", PINS)
def test_pins_have_hashes_and_no_address(file: str) -> None:
    pins = pinned(file)

    assert len(pins) > 20
    assert [pin for pin in pins if "--hash=sha256:" not in pin or "==" not in pin] == []
    assert "://" not in "".join(pins)


@pytest.mark.parametrize("file", PINS)
def test_pins_bring_no_pytorch_and_no_cuda(file: str) -> None:
    brought = names_of(pinned(file))

    assert [name for name in brought if re.match("torch|nvidia|cuda|triton", name)] == []


def test_everything_declared_is_pinned() -> None:
    extras = PROJECT["optional-dependencies"]
    run = {normal(one) for one in PROJECT["dependencies"]}
    test = {normal(one) for one in (*extras["test"], *extras["dev"])}

    assert run <= names_of(pinned("run.txt"))
    assert run | test <= names_of(pinned("test.txt"))


def test_both_files_pin_the_same_versions() -> None:
    run, test = ({pin.split()[0] for pin in pinned(file)} for file in PINS)

    assert run - test == set()


def imported_libraries(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"marrowscope"}


def test_every_import_is_declared() -> None:
    of_module = packages_distributions()
    run = {normal(one) for one in PROJECT["dependencies"]}
    train = {normal(one) for one in PROJECT["optional-dependencies"]["train"]}
    undeclared = set()
    for path in PACKAGE.rglob("*.py"):
        inside = path.relative_to(PACKAGE)
        allowed = run | train if inside.parts[0] == "training" else run
        for library in imported_libraries(path):
            names = {normal(name) for name in of_module.get(library, [library])}
            if not names & allowed:
                undeclared.add(f"{inside}: {library}")

    assert undeclared == set()


def test_everything_declared_is_imported() -> None:
    imported = set().union(*(imported_libraries(path) for path in PACKAGE.rglob("*.py")))
    of_module = packages_distributions()
    used = {normal(name) for library in imported for name in of_module.get(library, [])}
    run = {normal(one) for one in PROJECT["dependencies"]}

    assert run - used == WITHOUT_A_MODULE


def test_the_licence_is_apache_and_the_notice_tells_of_the_weights() -> None:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")

    assert "Apache License" in licence
    assert "Version 2.0, January 2004" in licence
    assert "END OF TERMS AND CONDITIONS" in licence
    assert PROJECT["license"] == "Apache-2.0"
    assert "SegPC-2021" in notice
    assert "CC BY-NC-SA 4.0" in notice


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


def test_make_help_lists_every_target() -> None:
    done = make("help")

    assert done.returncode == 0
    for target in ("demo", "test", "check", "bench", "clean", "pins"):
        assert f"make {target} " in done.stdout


def program(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_make_says_that_python_is_too_old(tmp_path: Path) -> None:
    old = program(tmp_path, "python3", f'exec "{sys.executable}" "$@"')
    script = old.read_text(encoding="utf-8").replace(
        "exec", 'case "$2" in *print*) echo 3.9; exit;; *exit*) exit 1;; esac; exec'
    )
    old.write_text(script, encoding="utf-8")

    done = make("demo", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}")

    assert done.returncode != 0
    assert "needs Python 3.11 or later" in done.stderr
    assert "is Python 3.9, too old" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_make_says_that_the_module_venv_is_missing(tmp_path: Path) -> None:
    bare = program(
        tmp_path,
        "python3",
        f'case "$2" in *ensurepip*) exit 1;; esac; exec "{sys.executable}" "$@"',
    )

    done = make("demo", f"PYTHON={bare}", f"VENV={tmp_path / 'venv'}")

    assert done.returncode != 0
    assert "lacks the module venv" in done.stderr


def test_make_says_that_there_is_no_such_python(tmp_path: Path) -> None:
    done = make("test", "PYTHON=no-such-python", f"VENV={tmp_path / 'venv'}")

    assert done.returncode != 0
    assert "None of no-such-python is here" in done.stderr


def run(*command: str | Path, cwd: Path, home: Path) -> str:
    """Standard output of a command that must succeed."""
    environment = os.environ | {"MARROWSCOPE_HOME": str(home)}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(
    "MARROWSCOPE_CI" not in os.environ,
    reason="needs MARROWSCOPE_CI=1 and a package index: installs a wheel and all it rests on anew",
)
def test_a_wheel_works_in_an_empty_environment(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run(sys.executable, "-m", "build", "--outdir", tmp_path, ".", cwd=ROOT, home=home)
    (wheel,) = tmp_path.glob("*.whl")
    run(sys.executable, "-m", "venv", tmp_path / "empty", cwd=tmp_path, home=home)
    python = tmp_path / "empty" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path, home=home)

    said = run(python.with_name("marrowscope"), "demo", cwd=tmp_path, home=home)

    assert (tmp_path / "marrowscope-demo" / "report.html").stat().st_size > 10_000
    assert str(Path("marrowscope-demo") / "report.html") in said
