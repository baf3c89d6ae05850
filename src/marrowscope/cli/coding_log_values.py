"""The values of the fee files that were imported, as the work log asks for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

from marrowscope.coding.fee_schedule import FeeEntry, in_force
from marrowscope.coding.log_values import WorkValue, WorkValues
from marrowscope.coding.release import Release


class Fees(Protocol):
    """Where imported rows are."""

    def entries(self, code: str) -> Sequence[FeeEntry]:
        """The rows of a code in every release."""


@dataclass(frozen=True)
class FeeValues:
    """Values by the release in force on the day. releases: all that were imported."""

    fees: Fees
    releases: Sequence[Release]
    _of_code: dict[str, tuple[FeeEntry, ...]] = field(default_factory=dict, init=False)

    def value_of(self, code: str, modifier: str | None, on: date) -> WorkValue | None:
        """The work RVU; None without a row, or where two variants of a release do not agree."""
        release = in_force(self.releases, on)
        found = {
            entry.row.work
            for entry in self._entries(code)
            if entry.release == release and entry.row.modifier == modifier
        }
        work = found.pop() if len(found) == 1 else None
        return None if work is None or release is None else WorkValue(work, release.label)

    def knows(self, code: str) -> bool:
        """Whether any release has the code."""
        return bool(self._entries(code))

    def _entries(self, code: str) -> tuple[FeeEntry, ...]:
        if code not in self._of_code:
            self._of_code[code] = tuple(self.fees.entries(code))
        return self._of_code[code]


def values_in(home: Path) -> WorkValues:
    """The values in force by the fee files of a home folder."""
    from marrowscope.store.fee_tables import FeeTables  # noqa: PLC0415 - keeps --help fast

    fees = FeeTables(home)
    return FeeValues(fees, [one.release for one in fees.releases()])
