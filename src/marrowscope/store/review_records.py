"""Reviews of analyses in the database, as the events of their readers."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine

from marrowscope.accounts.account import Account
from marrowscope.cases.events import Stamp
from marrowscope.cases.machine_cells import MachineCells
from marrowscope.cases.review import (
    EMPTY_REVIEW,
    Review,
    ReviewFolding,
    fold_review,
)
from marrowscope.cases.review_access import check_open
from marrowscope.cases.review_events import CellAdded, ReviewEvent, ReviewRedone, ReviewUndone
from marrowscope.cases.review_json import review_kind_of
from marrowscope.errors import OutputError, UnreadableInputError, UsageError
from marrowscope.store.audit_records import COMMAND_LINE, act_by, append_act
from marrowscope.store.database import reading, writing
from marrowscope.store.review_rows import (
    insert_review_events,
    known_review_events,
    n_review_events,
    review_events_after,
)
from marrowscope.store.seen_cases import SeenCases

ACT: Final = "cells_reviewed"
_KEPT: Final = 16
"""Reviews of as many analyses stay at hand."""
_Key = tuple[UUID, UUID]


class ReviewRecords:
    """The reviews of one database. now: the clock, aware. seen: as in `CaseRecords`.

    Raises OutputError where the database cannot be used, or an event in it is damaged or of a newer
    Marrowscope.
    """

    def __init__(
        self, engine: Engine, now: Callable[[], datetime], seen: SeenCases | None = None
    ) -> None:
        self._engine = engine
        self._now = now
        self._seen = SeenCases() if seen is None else seen
        self._kept = _KeptReviews(_KEPT)

    def stamp(self, by: Account | None, event_id: UUID) -> Stamp:
        """For an event that happens now. event_id: chosen by whoever asks for it."""
        at = self._now().astimezone(UTC)
        if by is None:
            return Stamp(event_id, at, None, COMMAND_LINE)
        return Stamp(event_id, at, by.account_id, by.full_name)

    def review(self, case_id: UUID, analysis_id: UUID) -> Review:
        """All that readers did so far; empty where nobody did anything."""
        with _faults_are_ours(), reading(self._engine) as connection:
            review = self._caught_up(connection, case_id, analysis_id)
        self._kept.keep((case_id, analysis_id), review)
        return review

    def version(self, case_id: UUID, analysis_id: UUID) -> int:
        """`n_events` of the review, without reading them."""
        with reading(self._engine) as connection:
            return n_review_events(connection, case_id, analysis_id)

    def events(self, case_id: UUID, analysis_id: UUID, after: int) -> tuple[ReviewEvent, ...]:
        """Those after the first `after`, in their order."""
        with _faults_are_ours(), reading(self._engine) as connection:
            return tuple(review_events_after(connection, case_id, analysis_id, after))

    def append(
        self,
        case_id: UUID,
        analysis_id: UUID,
        events: Sequence[ReviewEvent],
        cells: MachineCells,
        *,
        by: Account | None,
    ) -> Review:
        """Adds events made with `stamp`, all of them or none, and one audit entry.

        An event that was written before is skipped, so that what was sent twice is done once; what
        an undo took back was settled the first time. Gives back the review as it is then. Raises
        UsageError where the analysis cannot be reviewed, an event makes no sense, or its id is
        that of another one; UnknownCaseError where case, analysis, cell or act is not there.
        """
        account_id = None if by is None else by.account_id
        if any(event.stamp.by != account_id for event in events):
            raise ValueError("an event of somebody else")
        with _faults_are_ours(), writing(self._engine) as connection:
            check_open(self._seen.catch_up(connection).get(case_id), analysis_id)
            before = self._caught_up(connection, case_id, analysis_id)
            new = _new_events(connection, case_id, analysis_id, events)
            after = _checked(before, new, cells)
            if new:
                digest = insert_review_events(
                    connection, case_id, analysis_id, before.n_events, new
                )
                act = act_by(by, ACT, str(case_id), _details(analysis_id, new, digest))
                append_act(connection, act, self._now())
        self._kept.keep((case_id, analysis_id), after)
        return after

    def _caught_up(self, connection: Connection, case_id: UUID, analysis_id: UUID) -> Review:
        """What is kept and what came since. To be called before the transaction adds events."""
        kept = self._kept.of((case_id, analysis_id))
        new = tuple(review_events_after(connection, case_id, analysis_id, kept.n_events))
        return fold_review(new, kept) if new else kept


class _KeptReviews:
    """The reviews that were asked for last. Only what is committed may be kept."""

    def __init__(self, most: int) -> None:
        self._lock = Lock()
        self._most = most
        self._reviews: OrderedDict[_Key, Review] = OrderedDict()

    def of(self, key: _Key) -> Review:
        """Empty where none is kept."""
        with self._lock:
            if key in self._reviews:
                self._reviews.move_to_end(key)
            return self._reviews.get(key, EMPTY_REVIEW)

    def keep(self, key: _Key, review: Review) -> None:
        """Unless a later one is kept already."""
        with self._lock:
            kept = self._reviews.get(key, EMPTY_REVIEW)
            self._reviews[key] = review if review.n_events > kept.n_events else kept
            self._reviews.move_to_end(key)
            if len(self._reviews) > self._most:
                self._reviews.popitem(last=False)


@contextmanager
def _faults_are_ours() -> Iterator[None]:
    """Who asks gave no file: what cannot be read is the database."""
    try:
        yield
    except UnreadableInputError as error:
        raise OutputError(str(error)) from error


def _new_events(
    connection: Connection, case_id: UUID, analysis_id: UUID, events: Sequence[ReviewEvent]
) -> list[ReviewEvent]:
    """Those that were not written yet, in their order."""
    ids = list(dict.fromkeys(event.stamp.event_id for event in events))
    known = dict(known_review_events(connection, ids))
    new = []
    for event in events:
        event_id = event.stamp.event_id
        if event_id not in known:
            known[event_id] = (case_id, analysis_id, event)
            new.append(event)
        elif known[event_id][:2] != (case_id, analysis_id) or not _is_same(
            known[event_id][2], event
        ):
            raise UsageError("something else was done under this id; load the review again")
    return new


def _is_same(written: ReviewEvent, sent: ReviewEvent) -> bool:
    """Whether an event is the one that was written, be it asked for again at a later time."""
    if type(written) is not type(sent) or written.stamp.by != sent.stamp.by:
        return False
    if isinstance(written, ReviewUndone | ReviewRedone):
        return True
    return replace(sent, stamp=written.stamp) == written


def _checked(review: Review, events: Sequence[ReviewEvent], cells: MachineCells) -> Review:
    """The review after these events, each of which makes sense after those before it."""
    folding = ReviewFolding(review)
    for event in events:
        folding.check_and_add(event, cells.has)
        act = folding.act_of[event.redone] if isinstance(event, ReviewRedone) else event
        if isinstance(act, CellAdded):
            cells.check_added(act, folding.added.values())
    return folding.review()


def _details(analysis_id: UUID, events: Sequence[ReviewEvent], digest: str) -> Mapping[str, Any]:
    """Of the audit entry: how many of each kind, and what proves which."""
    kinds = Counter(review_kind_of(event) for event in events)
    return {
        "analysis_id": str(analysis_id),
        "acts": dict(sorted(kinds.items())),
        "sha256": digest,
    }
