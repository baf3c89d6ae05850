"""A laboratory whose application is served on a socket, and a reading room in it."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

# The laboratory and its people are those of the web's tests.
sys.path.append(str(Path(__file__).resolve().parents[1] / "web"))

from served_laboratory import Way, listening
from web_laboratory import PASSWORD, Laboratory, copied, laboratory_in, make_home

from marrowscope.client import ReadingRoom

Tokens: TypeAlias = dict[str, tuple[str, str]]


@pytest.fixture(scope="session")
def client_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tokens]:
    home = tmp_path_factory.mktemp("client") / "home"
    return home, make_home(home)


@pytest.fixture
def laboratory(client_home: tuple[Path, Tokens], tmp_path: Path) -> Iterator[Laboratory]:
    home, tokens = client_home
    with laboratory_in(copied(home, tmp_path / "home"), tokens) as made:
        yield made


@pytest.fixture
def way(laboratory: Laboratory) -> Iterator[Way]:
    with listening(laboratory.app()) as port, Way(port) as made:
        yield made
    # What the server took for a bug of its own.
    assert laboratory.notices == []


@pytest.fixture
def enter(way: Way) -> Callable[..., ReadingRoom]:
    """A reading room for somebody, not signed in yet."""

    def made(user_name: str = "tom", **given: object) -> ReadingRoom:
        return ReadingRoom(way.url, user_name, PASSWORD, **given)  # type: ignore[arg-type]

    return made


@pytest.fixture
def room(enter: Callable[..., ReadingRoom]) -> Iterator[ReadingRoom]:
    """Of the technologist."""
    with enter() as signed_in:
        yield signed_in
