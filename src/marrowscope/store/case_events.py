"""Cases in the database, as the events that happened to them; each with its audit entry."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine

from marrowscope.accounts.account import Account
from marrowscope.cases.case_event import CaseEvent
from marrowscope.cases.event_json import facts_json
from marrowscope.cases.events import CaseDeleted, CaseOpened, FactsChanged, Stamp
from marrowscope.cases.facts import CaseFacts, checked
from marrowscope.cases.fold import check_next, fold
from marrowscope.cases.refusals import CaseChangedError, UnknownCaseError
from marrowscope.cases.signing import SigningFacts
from marrowscope.cases.state import CaseState
from marrowscope.store.account_rows import account_of_id
from marrowscope.store.audit_chain import Act
from marrowscope.store.audit_records import COMMAND_LINE, act_by, append_act
from marrowscope.store.case_files import CaseFiles
from marrowscope.store.case_rows import insert_events
from marrowscope.store.database import path_of, reading, writing
from marrowscope.store.seen_cases import SeenCases
from marrowscope.store.upload_rows import delete_uploads_of

SigningFactsOf: TypeAlias = Callable[[CaseState], SigningFacts]

MACHINE: Final = "machine"
"""Who acts where a job does."""


class CaseRecords:
    """The cases of one database. `by` is who acts: None is nobody who signed in.

    unattended: what such a one is called. seen: what was read of the cases, where others look at
    them too; None for one of its own.

    Every method that changes something gives back the case as it is then. Raises UsageError where
    what is asked makes no sense: UnknownCaseError where there is no such case, CaseChangedError
    where `version` is not the case's (None: whatever it is); OutputError where the database cannot
    be used.
    """

    def __init__(
        self,
        engine: Engine,
        now: Callable[[], datetime],
        seen: SeenCases | None = None,
        unattended: str = COMMAND_LINE,
    ) -> None:
        self._engine = engine
        self._now = now
        self._unattended = unattended
        self._files = CaseFiles(path_of(engine).parent)
        self._seen = SeenCases() if seen is None else seen

    def open_case(
        self, facts: CaseFacts, *, by: Account | None, case_id: UUID | None = None
    ) -> CaseState:
        """Makes a case. facts: are checked. case_id: None for a new one."""
        opened = CaseOpened(self.stamp(by), case_id or uuid4(), checked(facts))
        details = {"purpose": opened.facts.purpose.value}
        return self._append(opened.case_id, None, [opened], "case_opened", details)

    def change_facts(
        self, case_id: UUID, version: int | None, facts: CaseFacts, *, by: Account | None
    ) -> CaseState:
        """Replaces all facts; nothing is written where none is another. facts: are checked."""
        new = checked(facts)
        old = self._known(case_id)
        if version in (None, old.version) and not old.is_deleted and new == old.facts:
            return old
        # Which facts, not what they say: the audit trail names no patient.
        before, after = facts_json(old.facts), facts_json(new)
        changed = [name for name in after if after[name] != before[name]]
        events = [FactsChanged(self.stamp(by), new)]
        return self._append(case_id, version, events, "case_facts_changed", {"facts": changed})

    def append(
        self,
        case_id: UUID,
        version: int | None,
        events: Sequence[CaseEvent],
        *,
        act: str,
        details: Mapping[str, Any] | None = None,
        signing: SigningFactsOf | None = None,
    ) -> CaseState:
        """Adds events made with `stamp`, all of them or none, and one audit entry `act`.

        details: of the audit entry; no patient. signing: what a signature is checked with, asked
        while nobody else can write.
        """
        return self._append(case_id, version, events, act, details or {}, signing)

    def stamp(self, by: Account | None) -> Stamp:
        """For an event that happens now."""
        if by is None:
            return self._stamp_of_nobody(self._unattended)
        return Stamp(uuid4(), self._now().astimezone(UTC), by.account_id, by.full_name)

    def machine_stamp(self) -> Stamp:
        """For what a job does."""
        return self._stamp_of_nobody(MACHINE)

    def case(self, case_id: UUID) -> CaseState | None:
        """Also a deleted one (`is_deleted`); None where there never was such a case."""
        return self._all().get(case_id)

    def cases(self) -> tuple[CaseState, ...]:
        """All that are not deleted, oldest first."""
        return tuple(case for case in self._all().values() if not case.is_deleted)

    def open_analyses(self) -> tuple[tuple[UUID, UUID], ...]:
        """Case and analysis of all that wait or run, in the order in which they were asked for."""
        with reading(self._engine) as connection:
            self._seen.catch_up(connection)
        return self._seen.open_analyses()

    def has_ever_had_cases(self) -> bool:
        """Whether there is a case, be it a deleted one."""
        return bool(self._all())

    def delete(
        self, case_id: UUID, version: int | None, reason: str, *, by: Account | None
    ) -> None:
        """Deletes a case with its files. Who may is for the caller to check.

        Files that cannot be removed now are swept away later.
        """
        event = CaseDeleted(self.stamp(by), " ".join(reason.split()))
        self._append(case_id, version, [event], "case_deleted", {"reason": event.reason})
        with writing(self._engine) as connection:
            delete_uploads_of(connection, case_id)
        self._files.remove_case(case_id)

    def _append(
        self,
        case_id: UUID,
        version: int | None,
        events: Sequence[CaseEvent],
        act: str,
        details: Mapping[str, Any],
        signing: SigningFactsOf | None = None,
    ) -> CaseState:
        with writing(self._engine) as connection:
            state = self._seen.catch_up(connection).get(case_id)
            if state is not None and version not in (None, state.version):
                raise CaseChangedError(state.version)
            n_before = 0 if state is None else state.version
            facts = None if state is None or signing is None else signing(state)
            for event in events:
                check_next(state, event, facts)
                state = fold([event], state)
            if state is None:
                raise ValueError("no event")
            insert_events(connection, case_id, n_before, events)
            done = _act(connection, events[0].stamp, act, case_id, details)
            append_act(connection, done, self._now())
        return state

    def _all(self) -> Mapping[UUID, CaseState]:
        with reading(self._engine) as connection:
            return self._seen.catch_up(connection)

    def _stamp_of_nobody(self, name: str) -> Stamp:
        return Stamp(uuid4(), self._now().astimezone(UTC), None, name)

    def _known(self, case_id: UUID) -> CaseState:
        state = self.case(case_id)
        if state is None:
            raise UnknownCaseError("there is no such case; look in the worklist")
        return state


def _act(
    connection: Connection, stamp: Stamp, act: str, case_id: UUID, details: Mapping[str, Any]
) -> Act:
    """The trail knows people by the names they sign in with, events by what they are called."""
    account = None if stamp.by is None else account_of_id(connection, stamp.by)
    if account is None:
        actor = None if stamp.by is None else str(stamp.by)
        return Act(actor, stamp.by_name, act, str(case_id), details)
    return act_by(account, act, str(case_id), details)
