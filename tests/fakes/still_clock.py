"""A clock that stands still until it is told to go on."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class StillClock:
    time: datetime = datetime(2025, 6, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def go_on(self, **much: float) -> None:
        """much: as `timedelta` takes it; below 0 the clock is set back."""
        self.time += timedelta(**much)
