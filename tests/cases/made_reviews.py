"""Reviews and the cells they are of, made without a database or a slide. Synthetic throughout."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import numpy as np
from hypothesis import strategies as st

from cases.made_events import START, uid
from marrowscope.analysis import SCHEMA_VERSION
from marrowscope.cases.events import Stamp
from marrowscope.cases.machine_cells import CountRules, MachineCells, ReadPicture
from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.cases.review import EMPTY_REVIEW, Review, check_review_event, fold_review
from marrowscope.cases.review_events import (
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
from marrowscope.cell_table import CellColumns, CellTable, cell_ids
from marrowscope.errors import UsageError
from marrowscope.geometry import PixelBox
from marrowscope.vocabulary import class_ids

ADA, BOB = uid(1), uid(2)
NAMES = {ADA: "ada", BOB: "bob"}
SLIDES = ("smear-1", "smear-2", "empty")
SIDE_PX = 2000
UM_PER_PX = 0.5
COUNTED = PixelBox(0, 0, 1000, 2000)
GIVEN = tuple(name for name in class_ids() if name != "RBC")
MODELLED = (
    "BLAST_NOS", "PROMY", "MYELO", "META", "BAND", "SEG", "EOS_MAT", "BASO", "MONO", "LYMPH",
    "PLASMA", "ERY_NOS", "SMUDGE", "ARTEFACT",
)  # fmt: skip
RULES = CountRules(MODELLED, ("BAND",))


def stamp(n: int, by: UUID = ADA) -> Stamp:
    # The first digits of an event's id name the cell that it adds.
    return Stamp(UUID(int=(n + 1) << 96), START + timedelta(seconds=n), by, NAMES[by])


def event_id(n: int) -> UUID:
    return stamp(n).event_id


def named(n: int, cells: Sequence[str], class_id: str, by: UUID = ADA) -> CellsNamed:
    return CellsNamed(stamp(n, by), tuple(cells), class_id)


def seen(n: int, cells: Sequence[str], by: UUID = ADA) -> CellsSeen:
    return CellsSeen(stamp(n, by), tuple(cells))


def tagged(n: int, cells: Sequence[str], is_set: bool = True, by: UUID = ADA) -> CellsTagged:
    return CellsTagged(stamp(n, by), tuple(cells), Tag.AUER, is_set)


def added(n: int, class_id: str = "BLAST_NOS", by: UUID = ADA, x_px: float = 10.0) -> CellAdded:
    made = stamp(n, by)
    cell_id = added_cell_id(made.event_id)
    is_counted = COUNTED.contains(x_px, 20.0)
    return CellAdded(
        made, cell_id, SLIDES[0], source_of(0), x_px, 20.0, 30.0, 30.0, class_id, is_counted
    )


def undone(n: int, which: int, by: UUID = ADA) -> ReviewUndone:
    return ReviewUndone(stamp(n, by), event_id(which))


def redone(n: int, which: int, by: UUID = ADA) -> ReviewRedone:
    return ReviewRedone(stamp(n, by), event_id(which))


def source_of(slide: int) -> str:
    return f"{SLIDES[slide]}.svs"


def made_table(
    classes: Sequence[str],
    abstained: Sequence[bool],
    why_not: Sequence[str],
    slide: Sequence[int],
) -> CellTable:
    """A table with these columns, (n,) each; slide: index of SLIDES."""
    n = len(classes)
    flat = np.full(n, 0.5)
    columns = CellColumns(
        slide=[SLIDES[one] for one in slide],
        source=[source_of(one) for one in slide],
        cell_id=cell_ids(np.array(slide, dtype=np.int64)),
        x_px=np.arange(n, dtype=np.float64),
        y_px=np.arange(n, dtype=np.float64),
        w_px=flat + 30,
        h_px=flat + 30,
        um_per_px=flat,
        score=flat,
        class_id=list(classes),
        probability=flat.astype(np.float32),
        probabilities=np.full((n, len(MODELLED)), 0.5, dtype=np.float32),
        abstained=np.array(abstained, dtype=np.bool_),
        counted=np.array([not why for why in why_not], dtype=np.bool_),
        why_not=list(why_not),
        object_kind=["nucleated"] * n,
        nucleus=[()] * n,
        strangeness=flat.astype(np.float32),
    )
    return CellTable.from_columns(columns, MODELLED, SCHEMA_VERSION)


def machine_cells(table: CellTable, rules: CountRules = RULES) -> MachineCells:
    pictures = [
        ReadPicture(source_of(place), name, SIDE_PX, SIDE_PX, UM_PER_PX, (COUNTED,))
        for place, name in enumerate(SLIDES)
    ]
    return MachineCells.from_table(table, slides=SLIDES, pictures=pictures, rules=rules)


def random_table(n: int, seed: int = 7) -> CellTable:
    """Cells of all kinds: decided and not, in the count, removed from it, and outside of it."""
    rng = np.random.default_rng(seed)
    classes = rng.choice([*MODELLED, "UNCLASS"], n).tolist()
    abstained = rng.random(n) < 0.05
    outside = rng.random(n) < 0.2
    leaves = np.isin(classes, ["SMUDGE", "ARTEFACT"]) & ~abstained
    why_not = np.where(outside, "region", np.where(leaves, "class", "")).tolist()
    return made_table(classes, abstained.tolist(), why_not, sorted(rng.integers(0, 2, n).tolist()))


def allowed(events: Sequence[ReviewEvent], cells: Sequence[str]) -> list[ReviewEvent]:
    """Those that make sense after the ones before them."""
    kept: list[ReviewEvent] = []
    review: Review = EMPTY_REVIEW
    for event in events:
        try:
            check_review_event(review, event, set(cells).__contains__)
        except (UsageError, UnknownCaseError):
            continue
        review = fold_review([event], review)
        kept.append(event)
    return kept


def review_events(cells: Sequence[str], most: int = 30) -> st.SearchStrategy[list[ReviewEvent]]:
    """Events of two accounts in any order, as far as they make sense."""
    n_acts = most
    which = st.integers(0, n_acts - 1)
    by = st.sampled_from([ADA, BOB])
    some = st.lists(st.sampled_from(cells), min_size=1, max_size=4, unique=True)
    # Cells that earlier events of the list may have added.
    also = st.one_of(some, which.map(lambda n: [added_cell_id(event_id(n))]))
    kinds = st.one_of(
        st.tuples(st.just(named), also, st.sampled_from(GIVEN), by),
        st.tuples(st.just(named), also, st.sampled_from(GIVEN), by),
        st.tuples(st.just(seen), also, by),
        st.tuples(st.just(tagged), also, st.booleans(), by),
        st.tuples(st.just(added), st.sampled_from(GIVEN), by, st.sampled_from([10.0, 1500.0])),
        st.tuples(st.just(undone), which, by),
        st.tuples(st.just(undone), which, by),
        st.tuples(st.just(redone), which, by),
    )

    def made(drawn: list[tuple]) -> list[ReviewEvent]:
        return allowed([make(n, *given) for n, (make, *given) in enumerate(drawn)], cells)

    return st.lists(kinds, max_size=most).map(made)
