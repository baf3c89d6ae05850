"""Which cases a session's worklist showed: a page that asks every few seconds is audited once."""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import Final
from uuid import UUID

MOST_SESSIONS: Final = 1000
"""Of those that asked last; one that is forgotten is audited again."""


class ShownCases:
    """Remembers while the server runs. May be asked from any thread."""

    def __init__(self) -> None:
        self._shown: OrderedDict[str, set[UUID]] = OrderedDict()
        self._lock = Lock()

    def not_yet(self, session: str, case_ids: Iterable[UUID]) -> tuple[UUID, ...]:
        """Those of the cases that this session was not shown, in their order."""
        with self._lock:
            before = self._shown.get(session, frozenset[UUID]())
            return tuple(one for one in case_ids if one not in before)

    def add(self, session: str, case_ids: Iterable[UUID]) -> None:
        """They were shown to it, and that is written down."""
        with self._lock:
            self._shown.setdefault(session, set()).update(case_ids)
            self._shown.move_to_end(session)
            while len(self._shown) > MOST_SESSIONS:
                self._shown.popitem(last=False)
