"""Cases as far as their events were read: events only come, so only new ones are read."""

from collections.abc import Mapping
from threading import Lock
from uuid import UUID

from sqlalchemy import Connection

from marrowscope.cases.fold import fold
from marrowscope.cases.state import CaseState
from marrowscope.store.case_rows import events_after


class SeenCases:
    """Shared by all who look at cases inside a transaction of one database."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seq = 0
        self._states: Mapping[UUID, CaseState] = {}
        self._open: Mapping[UUID, UUID] = {}

    def catch_up(self, connection: Connection) -> Mapping[UUID, CaseState]:
        """All cases by id, oldest first. To be called before the transaction adds events.

        What is given back is never changed: it is one state of the database.
        """
        with self._lock:
            new = list(events_after(connection, self._seq))
            if new:
                states, waiting = dict(self._states), dict(self._open)
                for _, case_id, event in new:
                    state = fold([event], states.get(case_id))
                    states[case_id] = state
                    _note_open(state, waiting)
                self._states, self._open, self._seq = states, waiting, new[-1][0]
            return self._states

    def open_analyses(self) -> tuple[tuple[UUID, UUID], ...]:
        """Case and analysis of all that wait or run, in the order in which they were asked for."""
        with self._lock:
            return tuple(self._open.items())


def _note_open(state: CaseState, waiting: dict[UUID, UUID]) -> None:
    analysis = state.open_analysis
    if analysis is None:
        waiting.pop(state.case_id, None)
    elif waiting.get(state.case_id) != analysis.analysis_id:
        waiting.pop(state.case_id, None)
        waiting[state.case_id] = analysis.analysis_id
