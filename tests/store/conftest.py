"""An empty database, and a clock that stands still."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from fakes.still_clock import StillClock
from marrowscope.store.database import open_database


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()
