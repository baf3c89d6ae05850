"""What every sub-command of `coding log` works with: the log's file, the clock, the values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from uuid import UUID, uuid4

import typer

from marrowscope.cli.coding_log_values import values_in
from marrowscope.cli.options import services_of
from marrowscope.coding.log_events import Act, LogEvent
from marrowscope.coding.log_service import check_reader, tidied
from marrowscope.coding.log_values import WorkValues
from marrowscope.errors import UsageError
from marrowscope.store.log_events import LogFile

FOLDER = Path("coding") / "log"


@dataclass(frozen=True)
class LogDesk:
    """home: the home folder. today: as the user's clock has it. keep_accessions: whether entries
    may have an accession number.
    """

    home: Path
    reader: str
    now: datetime
    today: date
    keep_accessions: bool

    @cached_property
    def file(self) -> LogFile:
        """Where the events are."""
        return LogFile(self.home / FOLDER)

    @cached_property
    def values(self) -> WorkValues:
        """Of the fee files that were imported."""
        return values_in(self.home)

    def act(self, events: Sequence[LogEvent], undoes: UUID | None = None) -> Act:
        """A new act of the reader. It counts as later than all there is, even if a clock was
        set back, or a correction made now would lose against an older one.
        """
        times = [event.act.recorded_at + timedelta(microseconds=1) for event in events]
        return Act(uuid4(), max([self.now, *times]), self.reader, undoes)

    def check_accession(self, accession: str | None) -> None:
        """Raises UsageError where one is given and none may be kept."""
        if accession and not self.keep_accessions:
            raise UsageError("--accession: this laboratory's log keeps no accession numbers")


def log_desk(context: typer.Context, reader: str) -> LogDesk:
    """The desk of a reader. Raises UsageError where nobody can be called so."""
    settings = services_of(context).load_settings()
    name = tidied(reader)
    check_reader(name)
    now = datetime.now(UTC)
    today = now.astimezone().date()
    return LogDesk(settings.home, name, now, today, settings.log_accessions)
