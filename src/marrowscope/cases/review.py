"""What readers made of an analysis: the fold of their events, and what may come next."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import singledispatch, singledispatchmethod
from math import isfinite
from typing import Final, Protocol
from uuid import UUID

from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.cases.review_events import (
    Act,
    CellAdded,
    CellsNamed,
    CellsSeen,
    CellsTagged,
    ReviewEvent,
    ReviewRedone,
    ReviewUndone,
    Tag,
    added_cell_id,
)
from marrowscope.errors import UsageError
from marrowscope.vocabulary import cell_class

NEVER_NAMED: Final = "RBC"
"""A red cell has no nucleus: what was found there is an artefact or a smudge."""
MOST_AT_ONCE: Final = 100_000
"""Cells of one event."""


class ReviewMovedOnError(UsageError):
    """What was to be taken back or done again stands otherwise by now."""


@dataclass(frozen=True, slots=True)
class Naming:
    """A class that a person gave a cell."""

    class_id: str
    event_id: UUID
    by: UUID | None
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Tagging:
    """A tag that a person set on a cell, or took off it."""

    tag: Tag
    is_set: bool
    event_id: UUID


@dataclass(frozen=True, slots=True)
class Seen:
    """Who saw a cell first, and when."""

    by: UUID | None
    by_name: str
    at: datetime


class ReviewSoFar(Protocol):
    """What is asked of a review before something is added to it; see `Review`."""

    @property
    def event_ids(self) -> Collection[UUID]: ...  # noqa: D102
    @property
    def undone(self) -> Collection[UUID]: ...  # noqa: D102
    @property
    def seen(self) -> Mapping[str, Seen]: ...  # noqa: D102
    @property
    def added(self) -> Mapping[str, CellAdded]: ...  # noqa: D102
    @property
    def act_of(self) -> Mapping[UUID, Act]: ...  # noqa: D102
    @property
    def undone_by(self) -> Mapping[UUID | None, tuple[UUID, ...]]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Review:
    """The state of a review. Cells are known by their ids; nothing here is ever changed.

    n_events: all there were, which is the version. event_ids: theirs. named: the class of a person
    in force. namings: all of them, oldest first, undone ones too. undone: acts not in force.
    seen: who saw a cell first; also cells that were named or added. tags: in force; no cell
    without a tag. taggings: as namings. added: cells in force, by id; one that was renamed has
    its class in `named`. act_of: every act by its event, oldest first. undone_by: acts that an
    account can redo, the latest last.
    """

    n_events: int = 0
    event_ids: frozenset[UUID] = frozenset()
    named: Mapping[str, Naming] = field(default_factory=dict)
    namings: Mapping[str, tuple[Naming, ...]] = field(default_factory=dict)
    undone: frozenset[UUID] = frozenset()
    seen: Mapping[str, Seen] = field(default_factory=dict)
    tags: Mapping[str, frozenset[Tag]] = field(default_factory=dict)
    taggings: Mapping[str, tuple[Tagging, ...]] = field(default_factory=dict)
    added: Mapping[str, CellAdded] = field(default_factory=dict)
    act_of: Mapping[UUID, Act] = field(default_factory=dict)
    undone_by: Mapping[UUID | None, tuple[UUID, ...]] = field(default_factory=dict)

    @property
    def acts(self) -> tuple[Act, ...]:
        """All that could be undone, oldest first, undone ones too."""
        return tuple(self.act_of.values())

    def class_of(self, added: CellAdded) -> str:
        """Class of a cell that was added, as it is now."""
        naming = self.named.get(added.cell_id)
        return added.class_id if naming is None else naming.class_id


EMPTY_REVIEW: Final = Review()


def fold_review(events: Iterable[ReviewEvent], review: Review = EMPTY_REVIEW) -> Review:
    """The review after these events. review: after those before them.

    The events are taken as they are: whether they make sense is asked by `check_review_event`
    before they are written.
    """
    folding = ReviewFolding(review)
    for event in events:
        folding.add(event)
    return folding.review()


def next_undo(review: ReviewSoFar, account_id: UUID | None) -> Act | None:
    """The latest act of an account that is in force; None where there is none."""
    for act in reversed(tuple(review.act_of.values())):
        if act.stamp.by == account_id and act.stamp.event_id not in review.undone:
            return act
    return None


def next_redo(review: ReviewSoFar, account_id: UUID | None) -> Act | None:
    """The act that an account undid last; None where it undid none or did another since."""
    undone = review.undone_by.get(account_id)
    return review.act_of[undone[-1]] if undone else None


def check_review_event(
    review: ReviewSoFar, event: ReviewEvent, has_cell: Callable[[str], bool]
) -> None:
    """Raises where an event makes no sense after those of `review`.

    has_cell: whether the machine found a cell of this id. UnknownCaseError where it speaks of a
    cell or act that is not there, ReviewMovedOnError where it takes back or does again what stands
    otherwise by now, UsageError else.
    """
    if event.stamp.event_id in review.event_ids:
        raise UsageError("this was done already; load the review again")
    _check(event, review, has_cell)


class ReviewFolding:
    """A review that is being added to: its mappings are copied once, however much is added.

    It is a `ReviewSoFar`, whose collections grow with it and are not for others to change.
    """

    def __init__(self, review: Review) -> None:
        self._n_events = review.n_events
        self.event_ids = set(review.event_ids)
        self._named = dict(review.named)
        self._namings = dict(review.namings)
        self.undone = set(review.undone)
        self.seen = dict(review.seen)
        self._tags = dict(review.tags)
        self._taggings = dict(review.taggings)
        self.added = dict(review.added)
        self.act_of = dict(review.act_of)
        self.undone_by = dict(review.undone_by)
        # Of cells whose names were taken back: namings in force, oldest first. Ones that were
        # undone may be among them, but not at the end.
        self._standing: dict[str, list[Naming]] = {}

    def review(self) -> Review:
        """As it is now; nothing may be added after it."""
        return Review(
            n_events=self._n_events,
            event_ids=frozenset(self.event_ids),
            named=self._named,
            namings=self._namings,
            undone=frozenset(self.undone),
            seen=self.seen,
            tags=self._tags,
            taggings=self._taggings,
            added=self.added,
            act_of=self.act_of,
            undone_by=self.undone_by,
        )

    def check_and_add(self, event: ReviewEvent, has_cell: Callable[[str], bool]) -> None:
        """As `check_review_event`, and adds an event that makes sense."""
        check_review_event(self, event, has_cell)
        self.add(event)

    def add(self, event: ReviewEvent) -> None:
        """Adds an event that makes sense."""
        self._n_events += 1
        self.event_ids.add(event.stamp.event_id)
        if isinstance(event, Act):
            self.act_of[event.stamp.event_id] = event
            self.undone_by.pop(event.stamp.by, None)
        self._add(event)

    @singledispatchmethod
    def _add(self, event: ReviewEvent) -> None:
        raise TypeError(f"{type(event).__name__} is no event of a review")

    @_add.register
    def _(self, event: CellsNamed) -> None:
        stamp = event.stamp
        naming = Naming(event.class_id, stamp.event_id, stamp.by, stamp.by_name, stamp.at)
        for cell_id in event.cell_ids:
            self._namings[cell_id] = (*self._namings.get(cell_id, ()), naming)
            self._named[cell_id] = naming
            if cell_id in self._standing:
                self._standing[cell_id].append(naming)
        self._see(event, event.cell_ids)

    @_add.register
    def _(self, event: CellsSeen) -> None:
        self._see(event, event.cell_ids)

    @_add.register
    def _(self, event: CellsTagged) -> None:
        tagging = Tagging(event.tag, event.is_set, event.stamp.event_id)
        for cell_id in event.cell_ids:
            self._taggings[cell_id] = (*self._taggings.get(cell_id, ()), tagging)
            before = self._tags.get(cell_id, frozenset())
            self._tag(cell_id, before | {event.tag} if event.is_set else before - {event.tag})

    @_add.register
    def _(self, event: CellAdded) -> None:
        self.added[event.cell_id] = event
        self._see(event, (event.cell_id,))

    @_add.register
    def _(self, event: ReviewUndone) -> None:
        act = self.act_of[event.undone]
        self.undone.add(event.undone)
        waiting = self.undone_by.get(act.stamp.by, ())
        self.undone_by[act.stamp.by] = (*waiting, event.undone)
        self._settle(act)

    @_add.register
    def _(self, event: ReviewRedone) -> None:
        act = self.act_of[event.redone]
        self.undone.discard(event.redone)
        waiting = self.undone_by.get(act.stamp.by, ())
        self.undone_by[act.stamp.by] = tuple(one for one in waiting if one != event.redone)
        self._settle(act)

    def _see(self, event: ReviewEvent, cell_ids: Iterable[str]) -> None:
        stamp = event.stamp
        seen = Seen(stamp.by, stamp.by_name, stamp.at)
        for cell_id in cell_ids:
            self.seen.setdefault(cell_id, seen)

    def _settle(self, act: Act) -> None:
        """Finds anew what is in force of the cells of an act."""
        match act:
            case CellsNamed():
                for cell_id in act.cell_ids:
                    self._settle_name(cell_id, act.stamp.event_id in self.undone)
            case CellsTagged():
                for cell_id in act.cell_ids:
                    self._settle_tags(cell_id)
            case CellAdded() if act.stamp.event_id in self.undone:
                del self.added[act.cell_id]
            case CellAdded():
                self.added[act.cell_id] = act

    def _settle_name(self, cell_id: str, is_undone: bool) -> None:
        standing = self._standing.get(cell_id)
        if standing is None or not is_undone:
            standing = [one for one in self._namings[cell_id] if one.event_id not in self.undone]
            self._standing[cell_id] = standing
        while standing and standing[-1].event_id in self.undone:
            standing.pop()
        if standing:
            self._named[cell_id] = standing[-1]
        else:
            self._named.pop(cell_id, None)

    def _settle_tags(self, cell_id: str) -> None:
        is_set: dict[Tag, bool] = {}
        for tagging in self._taggings[cell_id]:
            if tagging.event_id not in self.undone:
                is_set[tagging.tag] = tagging.is_set
        self._tag(cell_id, frozenset(tag for tag, on in is_set.items() if on))

    def _tag(self, cell_id: str, tags: frozenset[Tag]) -> None:
        if tags:
            self._tags[cell_id] = tags
        else:
            self._tags.pop(cell_id, None)


HasCell = Callable[[str], bool]


@singledispatch
def _check(event: ReviewEvent, review: ReviewSoFar, has_cell: HasCell) -> None:
    raise TypeError(f"{type(event).__name__} is no event of a review")


@_check.register
def _(event: CellsNamed, review: ReviewSoFar, has_cell: HasCell) -> None:
    _check_class(event.class_id)
    _check_cells(event.cell_ids, review.added, has_cell)


@_check.register
def _(event: CellsSeen, review: ReviewSoFar, has_cell: HasCell) -> None:
    # A cell that somebody takes away again while another looks at it was seen all the same.
    _check_cells(event.cell_ids, review.seen, has_cell)


@_check.register
def _(event: CellsTagged, review: ReviewSoFar, has_cell: HasCell) -> None:
    _check_cells(event.cell_ids, review.added, has_cell)


@_check.register
def _(event: CellAdded, review: ReviewSoFar, has_cell: HasCell) -> None:
    _check_class(event.class_id)
    if event.cell_id != added_cell_id(event.stamp.event_id):
        raise UsageError("an added cell is named after its event; add it again")
    # Ids of added cells are short: another event may have given the same one.
    if has_cell(event.cell_id) or event.cell_id in review.seen:
        raise UsageError("there is a cell of this id already; add it again")
    if not (isfinite(event.x_px) and isfinite(event.y_px)):
        raise UsageError("an added cell lies nowhere; give its place in the picture")
    if not (0 < event.w_px < float("inf") and 0 < event.h_px < float("inf")):
        raise UsageError("an added cell has no size; give its box in pixels")


@_check.register
def _(event: ReviewUndone, review: ReviewSoFar, has_cell: HasCell) -> None:
    act = _own_act(review, event.undone, event.stamp.by)
    if act.stamp.event_id in review.undone:
        raise ReviewMovedOnError("this was taken back already")


@_check.register
def _(event: ReviewRedone, review: ReviewSoFar, has_cell: HasCell) -> None:
    act = _own_act(review, event.redone, event.stamp.by)
    if act.stamp.event_id not in review.undone:
        raise ReviewMovedOnError("this is in force already")
    if event.redone not in review.undone_by.get(event.stamp.by, ()):
        raise ReviewMovedOnError("something else was done since; do this one anew")


def _own_act(review: ReviewSoFar, event_id: UUID, account_id: UUID | None) -> Act:
    act = review.act_of.get(event_id)
    if act is None:
        raise UnknownCaseError("there is no such act in this review; load it again")
    if act.stamp.by != account_id:
        raise UsageError("this was done by somebody else, who alone can take it back")
    return act


def _check_class(class_id: str) -> None:
    if cell_class(class_id).class_id == NEVER_NAMED:
        raise UsageError("a red cell has no nucleus; name it ARTEFACT, which is not a cell")


def _check_cells(
    cell_ids: tuple[str, ...], others: Mapping[str, object], has_cell: HasCell
) -> None:
    """others: cells beside those that the machine found, by id."""
    if not 1 <= len(cell_ids) <= MOST_AT_ONCE:
        raise UsageError(f"choose between 1 and {MOST_AT_ONCE:,} cells")
    if len(set(cell_ids)) != len(cell_ids):
        raise UsageError("a cell is there twice; give each once")
    for cell_id in cell_ids:
        if not has_cell(cell_id) and cell_id not in others:
            raise UnknownCaseError("there is no such cell in this analysis; load the cells again")
