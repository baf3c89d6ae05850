"""The direction of imports is kept, and the checker knows every room there is."""

import ast
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "marrowscope"
CONTRACTS = ROOT / ".importlinter"
BESIDE = {"evaluation", "phantom", "sites", "training"}
NOT_ROOMS = {"__init__", "__main__", "assembly", "weights"}


def contract(name: str) -> ConfigParser:
    parser = ConfigParser()
    parser.read(CONTRACTS, encoding="utf-8")
    assert parser.has_section(f"importlinter:contract:{name}")
    return parser


def rooms_in_order() -> list[str]:
    layers = contract("direction")["importlinter:contract:direction"]["layers"]
    return [name.strip(" ()") for line in layers.split("\n") for name in line.split("|") if name]


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_imports_point_down_the_flow() -> None:
    importlinter = pytest.importorskip("importlinter.cli", reason="needs import-linter")

    assert importlinter.lint_imports(config_filename=str(CONTRACTS), no_cache=True) == 0


def test_every_room_is_under_contract() -> None:
    rooms = {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if holds_code(path)}

    assert rooms - NOT_ROOMS <= set(rooms_in_order()) | BESIDE


def holds_code(path: Path) -> bool:
    return path.suffix == ".py" or (path / "__init__.py").exists()


def test_the_flow_is_that_of_the_architecture() -> None:
    flow = "cli assembly pipeline findings differential cells regions slides vocabulary errors"
    ordered = [room for room in rooms_in_order() if room in flow.split()]

    assert ordered == flow.split()


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        path.relative_to(PACKAGE).as_posix()
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}
    }

    assert readers == {"settings.py"}
