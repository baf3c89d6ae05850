"""Puts together what the page *Settings* shows of a server, and which cases are due on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from marrowscope.assembly_shown_settings import StartedAs, shown_groups
from marrowscope.cases.retention import DueCase, due
from marrowscope.cases.state import CaseState
from marrowscope.errors import MarrowscopeError
from marrowscope.settings import Licence, Settings, sources_of, unknown_variables
from marrowscope.store.case_files import free_bytes
from marrowscope.store.case_parts import CaseParts
from marrowscope.store.case_sizes import bytes_in
from marrowscope.store.review_records import ReviewRecords
from marrowscope.web.settings_ports import ModelInForce, ServerFacts, SettingsGroup

TASKS = ("detector", "classifier")
LEAST_FREE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Installation:
    """version: of the software. revision: of the database. started_as: as it was started."""

    version: str
    revision: str
    started_as: StartedAs


class ServerRecords:
    """The server of a home folder. settings: as it started with. now: the clock, aware."""

    def __init__(
        self,
        parts: CaseParts,
        settings: Settings,
        installation: Installation,
        now: Callable[[], datetime],
    ) -> None:
        self._parts = parts
        self._settings = settings
        self._installation = installation
        self._now = now
        # Made once: what is in force is what was read when the server started.
        self._groups = shown_groups(settings, sources_of(settings), installation.started_as)
        self._unknown = unknown_variables()

    @property
    def retention_years(self) -> int | None:
        """For how long cases are kept; None where nobody said."""
        return self._settings.retention_years

    def groups(self) -> Sequence[SettingsGroup]:
        """Every setting, as it was when the server started."""
        return self._groups

    def models(self) -> Sequence[ModelInForce]:
        """Empty where they cannot be used; the remarks of `facts` say why."""
        try:
            return _models(self._settings.licence)
        except MarrowscopeError:
            return ()

    def facts(self) -> ServerFacts:
        """As they are now."""
        home = self._settings.home
        try:
            free = free_bytes(home)
        except OSError:
            free = None
        return ServerFacts(
            version=self._installation.version,
            home=str(home),
            free_bytes=free,
            revision=self._installation.revision,
            n_cases=len(self._parts.records.cases()),
            remarks=self._remarks(free),
        )

    def due(self) -> Sequence[DueCase]:
        """Cases that need not be kept any longer, the longest kept first."""
        years = self.retention_years
        if years is None:
            return ()
        today = self._now().astimezone(UTC).date()
        reviewed = partial(last_reviewed, self._parts.reviews)
        return due(self._parts.records.cases(), today, years, reviewed)

    def n_bytes(self, case_id: UUID) -> int:
        """That the files of a case take on the disk."""
        return bytes_in(self._parts.files.case_folder(case_id))

    def _remarks(self, free: int | None) -> tuple[str, ...]:
        remarks = [f"{name} is set, but is no setting; correct its name" for name in self._unknown]
        if free is not None and free < LEAST_FREE_BYTES:
            remarks.append(f"only {free // 1_000_000} MB are free on this disk; make room")
        try:
            _models(self._settings.licence)
        except MarrowscopeError as error:
            remarks.append(str(error))
        return tuple(f"{one[:1].upper()}{one[1:]}." for one in remarks)


def last_reviewed(reviews: ReviewRecords, case: CaseState) -> datetime | None:
    """When readers last worked on the cells of a case; None where never."""
    times = []
    for analysis in case.analyses:
        n_events = reviews.version(case.case_id, analysis.analysis_id)
        if n_events:
            newest = reviews.events(case.case_id, analysis.analysis_id, n_events - 1)
            times += [event.stamp.at for event in newest]
    return max(times, default=None)


def _models(licence: Licence) -> tuple[ModelInForce, ...]:
    # Loaded when needed: most requests look at no model.
    from marrowscope.cells.manifest import shipped_model  # noqa: PLC0415

    is_permissive = licence is Licence.PERMISSIVE
    cards = [shipped_model(task, permissive=is_permissive) for task in TASKS]
    return tuple(ModelInForce(one.task, one.name, one.version, one.licence) for one in cards)
