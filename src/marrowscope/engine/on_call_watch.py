"""Keeps watch for findings that come before anything else, and tells the readers on call."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeAlias
from uuid import UUID

from marrowscope.cases.on_call import PAGE, OnCall, Telling, due_tellings, is_called_for
from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.cases.sign_out_events import ReaderTold
from marrowscope.cases.signing import CriticalFinding
from marrowscope.cases.state import CaseState
from marrowscope.engine.ports import CaseLog, Notice
from marrowscope.engine.rounds import in_rounds

LOOKED_EVERY_S: Final = 10.0
FIRST_PAUSE: Final = timedelta(seconds=15)
LONGEST_PAUSE: Final = timedelta(minutes=5)

UrgentFindings: TypeAlias = Callable[[CaseState], tuple[UUID, Sequence[CriticalFinding]] | None]
"""Analysis and findings that nobody acknowledged; None where there is nothing to acknowledge."""

Send: TypeAlias = Callable[[UUID, Telling], None]
"""Hands on a message about a case. Raises MarrowscopeError where it was not taken."""


class CaseList(CaseLog, Protocol):
    """The cases, all of them too."""

    def cases(self) -> Sequence[CaseState]:
        """All that are not deleted."""


@dataclass(slots=True)
class OnCallWatch:
    """Looked through again and again by one thread. send: by means. now: the clock, aware.

    A message that was not taken is sent again, after longer and longer pauses; on the page whoever
    is on call sees it whatever happens to the message.
    """

    log: CaseList
    urgent: UrgentFindings
    on_call: OnCall
    send: Mapping[str, Send]
    now: Callable[[], datetime]
    notice: Notice
    _pauses: dict[tuple[UUID, Telling], tuple[datetime, timedelta]] = field(default_factory=dict)
    _said: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Tells whoever is to be told now. What goes wrong with one case does not stop others.

        On the pages first: messages may take their time.
        """
        for is_on_page in (True, False):
            for case in self.log.cases():
                if not is_called_for(case):
                    continue
                try:
                    self._look_at(case, is_on_page=is_on_page)
                except Exception as error:  # noqa: BLE001 - the next case waits for it
                    self._tell(error)

    def _look_at(self, case: CaseState, *, is_on_page: bool) -> None:
        found = self.urgent(case)
        if found is None:
            return
        analysis_id, urgent = found
        for telling in due_tellings(
            case.sign_out, analysis_id, urgent, self.on_call, self.send, self.now()
        ):
            if (telling.by_means == PAGE) is not is_on_page:
                continue
            if is_on_page or self._is_sent(case.case_id, telling):
                self._write(case.case_id, telling)

    def _is_sent(self, case_id: UUID, telling: Telling) -> bool:
        now = self.now()
        key = (case_id, telling)
        again_at, pause = self._pauses.get(key, (now, FIRST_PAUSE))
        if now < again_at:
            return False
        try:
            self.send[telling.by_means](case_id, telling)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, it is tried again
            self._pauses[key] = (now + pause, min(2 * pause, LONGEST_PAUSE))
            self._tell(error)
            return False
        self._pauses.pop(key, None)
        return True

    def _write(self, case_id: UUID, telling: Telling) -> None:
        event = ReaderTold(
            stamp=self.log.machine_stamp(),
            analysis_id=telling.analysis_id,
            turn=telling.turn,
            user_name=telling.user_name,
            urgency=telling.urgency,
            by_means=telling.by_means,
        )
        details = {
            "analysis_id": str(telling.analysis_id),
            "user_name": telling.user_name,
            "turn": telling.turn,
            "by_means": telling.by_means,
        }
        try:
            self.log.append(case_id, None, [event], act="reader_told", details=details)
        except UnknownCaseError:
            # Deleted while it was told of.
            return

    def _tell(self, error: Exception) -> None:
        """The same trouble is told once."""
        said = f"{type(error).__name__}: {error}"
        if said not in self._said:
            self._said.add(said)
            self.notice(error)


@contextmanager
def watching_for_calls(
    watch: OnCallWatch | None, every_s: float = LOOKED_EVERY_S
) -> Iterator[None]:
    """Looks until the block ends."""
    if watch is None:
        yield
        return
    with in_rounds(watch.look, every_s, "marrowscope-on-call", watch.notice):
        yield
