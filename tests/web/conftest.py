"""A laboratory with its people, made once and copied for every test; and one nobody set up."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from web_laboratory import Laboratory, copied, laboratory_in, make_home


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, tuple[str, str]]]:
    home = tmp_path_factory.mktemp("made") / "home"
    return home, make_home(home)


@pytest.fixture
def laboratory(
    made_home: tuple[Path, dict[str, tuple[str, str]]], tmp_path: Path
) -> Iterator[Laboratory]:
    home, tokens = made_home
    with laboratory_in(copied(home, tmp_path / "home"), tokens) as made:
        yield made


@pytest.fixture
def empty_laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    with laboratory_in(tmp_path / "home", {}) as made:
        yield made
