"""Events of a made log, numbered, and a made table of values: no number in it is anybody's RVU."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from marrowscope.coding.log_events import Act, Corrected, Entered, Restored, Withdrawn
from marrowscope.coding.log_service import Service
from marrowscope.coding.log_values import WorkValue

START = datetime(2025, 6, 1, 8, tzinfo=UTC)


@dataclass(frozen=True)
class MadeValues:
    """Values by code and modifier, in force in one year."""

    rows: Mapping[tuple[str, str | None], Decimal]
    year: int = 2025

    def value_of(self, code: str, modifier: str | None, on: date) -> WorkValue | None:
        work_rvu = self.rows.get((code, modifier)) if on.year == self.year else None
        return None if work_rvu is None else WorkValue(work_rvu, f"{self.year}A")

    def knows(self, code: str) -> bool:
        return any(code == known for known, _ in self.rows)


MADE_VALUES = MadeValues(
    {
        ("85097", None): Decimal("1.11"),
        ("85060", None): Decimal("0.37"),
        ("88305", None): Decimal("0.73"),
        ("88305", "26"): Decimal("0.73"),
        ("88305", "TC"): Decimal("0.00"),
        ("0855T", None): Decimal("0.00"),
    }
)


def service(
    code: str = "85097", day: date = date(2025, 3, 1), units: int = 1, **more: object
) -> Service:
    return Service(code, day, units, **more)  # type: ignore[arg-type]


def act(number: int, at: int = 0, reader: str = "me", undoes: int | None = None) -> Act:
    moment = START + timedelta(minutes=at)
    return Act(UUID(int=1000 + number), moment, reader, None if undoes is None else act_id(undoes))


def act_id(number: int) -> UUID:
    return UUID(int=1000 + number)


def entered(number: int, at: int = 0, values: Service | None = None, reader: str = "me") -> Entered:
    return Entered(UUID(int=number), act(number, at, reader), values or service())


def corrected(number: int, about: int, at: int, values: Service) -> Corrected:
    return Corrected(UUID(int=number), act(number, at), UUID(int=about), values)


def withdrawn(number: int, about: int, at: int = 1, reader: str = "me") -> Withdrawn:
    return Withdrawn(UUID(int=number), act(number, at, reader), UUID(int=about))


def restored(number: int, about: int, at: int = 2) -> Restored:
    return Restored(UUID(int=number), act(number, at), UUID(int=about))
