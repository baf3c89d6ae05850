"""What a reader did with the cells of an earlier analysis, said of the same cells in a later one.

Each reader takes over what they did themselves: who named or saw a cell stays true. Cells are the
same where they lie in the same place of the same picture, whatever the later analysis calls them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np
from scipy.spatial import cKDTree

from marrowscope.cases.events import Stamp
from marrowscope.cases.machine_cells import MachineCells
from marrowscope.cases.review import Review
from marrowscope.cases.review_events import (
    CellAdded,
    CellsNamed,
    CellsSeen,
    CellsTagged,
    ReviewEvent,
    Tag,
    added_cell_id,
)
from marrowscope.geometry import DoubleArray, IntArray

_DECIMALS: Final = 2
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ReviewedAnalysis:
    """slide_ids: of the case's slides it read, in the order of the slides of `cells`."""

    cells: MachineCells
    review: Review
    slide_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What can be said of cells of the later analysis, none of which was said there already.

    named: cells by the class they are given. seen: cells that were looked at and not named.
    tagged: cells by tag. added: cells that neither analysis found, as they were added, in the names
    of the later one. n_lost: cells that a reader named, and that are not there any more.
    """

    named: Mapping[str, tuple[str, ...]]
    seen: tuple[str, ...]
    tagged: Mapping[Tag, tuple[str, ...]]
    added: tuple[CellAdded, ...]
    n_lost: int

    @property
    def n_cells(self) -> int:
        """How many cells something is said of."""
        named = {one for cell_ids in self.named.values() for one in cell_ids}
        tagged = {one for cell_ids in self.tagged.values() for one in cell_ids}
        return len(named | tagged | {*self.seen}) + len(self.added)


def taken_over(
    earlier: ReviewedAnalysis, later: ReviewedAnalysis, account_id: UUID | None
) -> TakenOver:
    """account_id: whose acts are taken over. What the later review says of a cell stays."""
    pictures = _same_pictures(earlier, later)
    same = _same_cells(earlier.cells, later.cells, pictures)
    names, n_lost = _names(earlier, later, same, account_id)
    added: list[CellAdded] = []
    for one in _added_by(earlier.review, account_id):
        key = pictures.get((one.slide, one.source))
        if key is None:
            n_lost += 1
            continue
        found = later.cells.cell_at(key, one.x_px, one.y_px)
        if found is None:
            moved = _moved(one, key, earlier, later)
            if not later.cells.is_among(moved, later.review.added.values()):
                added.append(moved)
        elif _is_free(later.review, found):
            names.setdefault(found, earlier.review.class_of(one))
    named: dict[str, list[str]] = {}
    for cell_id, class_id in names.items():
        named.setdefault(class_id, []).append(cell_id)
    seen = (
        same[cell_id]
        for cell_id, first in earlier.review.seen.items()
        if first.by == account_id and cell_id in same
    )
    return TakenOver(
        named={class_id: tuple(cell_ids) for class_id, cell_ids in sorted(named.items())},
        seen=tuple(one for one in seen if one not in later.review.seen and one not in names),
        tagged=_tagged(earlier, later, same, account_id),
        added=tuple(added),
        n_lost=n_lost,
    )


def events_of_taken_over(
    taken: TakenOver, cells: MachineCells, stamp: Callable[[], Stamp]
) -> tuple[ReviewEvent, ...]:
    """The events that say it of an analysis. cells: of that one. stamp: a new one each time."""

    def made() -> Iterator[ReviewEvent]:
        for class_id, cell_ids in taken.named.items():
            yield CellsNamed(stamp(), cell_ids, class_id)
        if taken.seen:
            yield CellsSeen(stamp(), taken.seen)
        for tag, cell_ids in taken.tagged.items():
            yield CellsTagged(stamp(), cell_ids, tag, is_set=True)
        for one in taken.added:
            now = stamp()
            yield CellAdded(
                stamp=now,
                cell_id=added_cell_id(now.event_id),
                slide=one.slide,
                source=one.source,
                x_px=one.x_px,
                y_px=one.y_px,
                w_px=one.w_px,
                h_px=one.h_px,
                class_id=one.class_id,
                in_count=cells.is_counted_place(one.slide, one.source, one.x_px, one.y_px),
            )

    return tuple(made())


def _same_pictures(earlier: ReviewedAnalysis, later: ReviewedAnalysis) -> dict[_Key, _Key]:
    """The pictures of the earlier analysis that the later one read too, and what it calls them.

    An analysis calls a slide otherwise where another of the same name came to the case.
    """
    now = _pictures_of(later)
    return {
        key: now[slide_id, name]
        for (slide_id, name), key in _pictures_of(earlier).items()
        if (slide_id, name) in now
    }


def _pictures_of(analysis: ReviewedAnalysis) -> dict[tuple[UUID, str], _Key]:
    """By slide of the case and picture; the only picture of a slide needs no name."""
    slide_id_of = dict(zip(analysis.cells.slides, analysis.slide_ids, strict=False))
    keys = [key for key in analysis.cells.pictures if key[0] in slide_id_of]
    slides = [slide for slide, _ in keys]
    return {
        (slide_id_of[slide], "" if slides.count(slide) == 1 else name): (slide, name)
        for slide, name in keys
    }


def _same_cells(
    earlier: MachineCells, later: MachineCells, pictures: Mapping[_Key, _Key]
) -> dict[str, str]:
    """Ids of the later analysis by those of the earlier one; each at most once."""
    same: dict[str, str] = {}
    for key, new_key in pictures.items():
        if key not in earlier.centres or new_key not in later.centres:
            continue
        pairs = _nearest_pairs(earlier.centres[key], later.centres[new_key], earlier.reach_px(key))
        places, new_places = earlier.places_on[key], later.places_on[new_key]
        for old, new in pairs.tolist():
            same[earlier.cell_ids[places[old]]] = later.cell_ids[new_places[new]]
    return same


def _nearest_pairs(old: DoubleArray, new: DoubleArray, reach_px: float) -> IntArray:
    """(p, 2) rows of `old` and `new`, (k, 2) centres, that are each other's nearest in reach."""
    distance, nearest_new = cKDTree(new).query(old)
    _, nearest_old = cKDTree(old).query(new)
    rows = np.arange(len(old))
    is_pair = (nearest_old[nearest_new] == rows) & (distance <= reach_px)
    return np.stack([rows[is_pair], nearest_new[is_pair]], axis=1).astype(np.int64)


def _names(
    earlier: ReviewedAnalysis,
    later: ReviewedAnalysis,
    same: Mapping[str, str],
    account_id: UUID | None,
) -> tuple[dict[str, str], int]:
    """Classes by cells of the later analysis, and how many named cells are not there."""
    names: dict[str, str] = {}
    n_lost = 0
    for cell_id, naming in earlier.review.named.items():
        if naming.by != account_id or not earlier.cells.has(cell_id):
            continue
        new = same.get(cell_id)
        if new is None:
            n_lost += 1
        elif _is_free(later.review, new):
            names[new] = naming.class_id
    return names, n_lost


def _is_free(review: Review, cell_id: str) -> bool:
    return cell_id not in review.named


def _tagged(
    earlier: ReviewedAnalysis,
    later: ReviewedAnalysis,
    same: Mapping[str, str],
    account_id: UUID | None,
) -> dict[Tag, tuple[str, ...]]:
    tagged: dict[Tag, list[str]] = {}
    for cell_id, tags in earlier.review.tags.items():
        new = same.get(cell_id)
        for tag in sorted(tags):
            by = _tagged_by(earlier.review, cell_id, tag)
            if new is not None and by == account_id and tag not in later.review.tags.get(new, ()):
                tagged.setdefault(tag, []).append(new)
    return {tag: tuple(cell_ids) for tag, cell_ids in tagged.items()}


def _tagged_by(review: Review, cell_id: str, tag: Tag) -> UUID | None:
    """Who set a tag that is in force."""
    event_ids = [
        one.event_id
        for one in review.taggings[cell_id]
        if one.tag is tag and one.is_set and one.event_id not in review.undone
    ]
    return review.act_of[event_ids[-1]].stamp.by


def _added_by(review: Review, account_id: UUID | None) -> Iterable[CellAdded]:
    return (one for one in review.added.values() if one.stamp.by == account_id)


def _moved(
    one: CellAdded, key: _Key, earlier: ReviewedAnalysis, later: ReviewedAnalysis
) -> CellAdded:
    """In the names of the later analysis; its box in µm stays."""
    old_key = (one.slide, one.source)
    ratio = earlier.cells.pictures[old_key].um_per_px / later.cells.pictures[key].um_per_px
    return CellAdded(
        stamp=one.stamp,
        cell_id=one.cell_id,
        slide=key[0],
        source=key[1],
        x_px=one.x_px,
        y_px=one.y_px,
        w_px=round(one.w_px * ratio, _DECIMALS),
        h_px=round(one.h_px * ratio, _DECIMALS),
        class_id=earlier.review.class_of(one),
        in_count=one.in_count,
    )
