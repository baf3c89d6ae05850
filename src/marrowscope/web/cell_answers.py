"""What the API answers about the cells of an analysis, and how that is made of its results."""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from pydantic import BaseModel

from marrowscope.cases.machine_cells import UNDECIDED, MachineCells
from marrowscope.cases.review import Review
from marrowscope.cases.review_events import CellAdded
from marrowscope.cases.viewing_order import abnormality
from marrowscope.cell_table import CellTable
from marrowscope.cells.nuclei import nucleus_area
from marrowscope.geometry import DoubleArray, IntArray
from marrowscope.vocabulary import Counting, all_classes, cell_class

_POSITION_DECIMALS: Final = 2
_PROBABILITY_DECIMALS: Final = 3


class SourceAnswer(BaseModel):
    """A picture that cells lie on. slide: its name. um_per_px: µm a level-0 pixel."""

    name: str
    slide: str
    um_per_px: float


class ClassAnswer(BaseModel):
    """A class of the vocabulary. category: of the ICSH, or why it has none.

    counting: what a decided cell of it does to the count. is_modelled: whether the machine can
    name it. mistaken_for: what such a cell is called where it cannot. reading_order: from 0.
    """

    class_id: str
    label: str
    category: str
    lineage: str
    counting: Counting
    is_modelled: bool
    mistaken_for: str
    reading_order: int


class CellsAnswer(BaseModel):
    """All cells that were found, in columns: one value a cell, in the order of cells.parquet.

    source: index into `sources`. x_px, y_px: centre, w_px, h_px: box, in level-0 pixels of its
    picture. class_index, second_index: into `class_ids`, the likeliest and the next one (-1 where
    there is none). is_undecided: the machine would not name it. in_count: chosen for the count by
    its place, before any class. why_not: why it is not counted, "" where it is. strangeness: above
    1 it is like nothing the classifier learnt from. abnormality: how much it would cost to
    overlook what it may be; the highest are to be seen first. classes: the whole vocabulary.
    """

    slides: list[str]
    sources: list[SourceAnswer]
    class_ids: list[str]
    cell_id: list[str]
    source: list[int]
    x_px: list[float]
    y_px: list[float]
    w_px: list[float]
    h_px: list[float]
    class_index: list[int]
    probability: list[float]
    second_index: list[int]
    second_probability: list[float]
    is_undecided: list[bool]
    in_count: list[bool]
    why_not: list[str]
    strangeness: list[float]
    abnormality: list[float]
    classes: list[ClassAnswer]


class ClassProbabilityAnswer(BaseModel):
    """What the classifier gave a class."""

    class_id: str
    label: str
    probability: float


class SeenAnswer(BaseModel):
    """Who first saw a cell, and when."""

    by_name: str
    at: datetime


class NamingAnswer(BaseModel):
    """A class that a person gave. is_undone: taken back since."""

    class_id: str
    label: str
    by_name: str
    at: datetime
    is_undone: bool


class CellAnswer(BaseModel):
    """One cell. probabilities: likeliest first, none for a cell that a person added.

    strangeness: null for such a one. nucleus_um: diameter of a circle as large as its nucleus,
    null where no nucleus was outlined. x_um, y_um: centre, from the picture's corner. history:
    what persons called it, oldest first.
    """

    cell_id: str
    probabilities: list[ClassProbabilityAnswer]
    strangeness: float | None
    nucleus_um: float | None
    slide: str
    source: str
    x_um: float
    y_um: float
    seen: SeenAnswer | None
    history: list[NamingAnswer]


class RegionAnswer(BaseModel):
    """A square that was judged at low power, in level-0 pixels of its picture.

    source: index into `sources` of the cells. verdict: "countable" or why not. counted: its cells
    are the count. read: looked at at high power.
    """

    region_id: str
    source: int
    slide: str
    x_px: float
    y_px: float
    w_px: float
    h_px: float
    verdict: str
    counted: bool
    read: bool


class RegionsAnswer(BaseModel):
    """All that were judged."""

    regions: list[RegionAnswer]


@dataclass(frozen=True, slots=True)
class SourcePlaces:
    """The pictures of an analysis, and where to find each by the names of slide and picture."""

    sources: tuple[SourceAnswer, ...]
    places: Mapping[tuple[str, str], int]


def source_places(header: Mapping[str, Any]) -> SourcePlaces:
    """Of the slides in an analysis.json, in its order, also pictures without a cell."""
    sources = tuple(
        SourceAnswer(
            name=str(picture["name"]),
            slide=str(slide["name"]),
            um_per_px=float(slide["scale"]["um_per_px"]),
        )
        for slide in header["slides"]
        for picture in slide["pictures"]
    )
    places = {(one.slide, one.name): place for place, one in enumerate(sources)}
    return SourcePlaces(sources, places)


def encoded_cells(table: CellTable, machine: MachineCells, header: Mapping[str, Any]) -> bytes:
    """`CellsAnswer` as JSON in UTF-8, without looking at each value: there may be 100,000 cells.

    Positions are rounded to 0.01 px, probabilities and what is made of them to 0.001.
    """
    found = source_places(header)
    class_ids = table.class_ids
    likeliest, second = _best_two(table)
    probabilities = table.probabilities()
    pairs = zip(table.texts("slide").tolist(), table.texts("source").tolist(), strict=True)
    columns: dict[str, Any] = {
        "slides": [str(slide["name"]) for slide in header["slides"]],
        "sources": [one.model_dump() for one in found.sources],
        "class_ids": list(class_ids),
        "cell_id": table.texts("cell_id").tolist(),
        "source": [found.places[pair] for pair in pairs],
        **{
            name: _rounded(table.numbers(name), _POSITION_DECIMALS)
            for name in ("x_px", "y_px", "w_px", "h_px")
        },
        "class_index": likeliest.tolist(),
        "probability": _rounded(table.numbers("probability"), _PROBABILITY_DECIMALS),
        "second_index": second.tolist(),
        "second_probability": _rounded(_picked(probabilities, second), _PROBABILITY_DECIMALS),
        "is_undecided": (machine.outcome == UNDECIDED).tolist(),
        "in_count": machine.in_count.tolist(),
        "why_not": table.texts("why_not").tolist(),
        "strangeness": _rounded(table.numbers("strangeness"), _PROBABILITY_DECIMALS),
        "abnormality": _rounded(abnormality(probabilities, class_ids), _PROBABILITY_DECIMALS),
        "classes": [one.model_dump(mode="json") for one in class_answers(machine.rules.modelled)],
    }
    text = json.dumps(columns, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # A file name that is not valid Unicode is kept as an escape rather than refused.
    return text.encode("utf-8", errors="backslashreplace")


def class_answers(modelled: Collection[str]) -> list[ClassAnswer]:
    """The whole vocabulary in reading order. modelled: the classes that the machine can answer."""
    return [
        ClassAnswer(
            class_id=known.class_id,
            label=known.label,
            category=known.icsh_category,
            lineage=known.lineage,
            counting=known.counting,
            is_modelled=known.class_id in modelled,
            mistaken_for=known.mistaken_for,
            reading_order=known.reading_order,
        )
        for known in all_classes()
    ]


def cell_answer(table: CellTable, place: int, review: Review) -> CellAnswer:
    """Of the cell in one row of the table."""
    row = table.arrow.slice(place, 1).to_pylist()[0]
    um_per_px = float(row["um_per_px"])
    named = sorted(zip(table.class_ids, row["probabilities"], strict=True), key=lambda one: -one[1])
    return CellAnswer(
        cell_id=row["cell_id"],
        probabilities=[
            ClassProbabilityAnswer(
                class_id=class_id,
                label=cell_class(class_id).label,
                probability=round(probability, _PROBABILITY_DECIMALS),
            )
            for class_id, probability in named
        ],
        strangeness=round(row["strangeness"], _PROBABILITY_DECIMALS),
        nucleus_um=_nucleus_um(row["nucleus"], um_per_px),
        slide=row["slide"],
        source=row["source"],
        x_um=round(row["x_px"] * um_per_px, _POSITION_DECIMALS),
        y_um=round(row["y_px"] * um_per_px, _POSITION_DECIMALS),
        seen=_seen_answer(review, row["cell_id"]),
        history=_history(review, row["cell_id"]),
    )


def added_cell_answer(added: CellAdded, header: Mapping[str, Any], review: Review) -> CellAnswer:
    """Of a cell that a person added."""
    found = source_places(header)
    um_per_px = found.sources[found.places[added.slide, added.source]].um_per_px
    first = NamingAnswer(
        class_id=added.class_id,
        label=cell_class(added.class_id).label,
        by_name=added.stamp.by_name,
        at=added.stamp.at,
        is_undone=False,
    )
    return CellAnswer(
        cell_id=added.cell_id,
        probabilities=[],
        strangeness=None,
        nucleus_um=None,
        slide=added.slide,
        source=added.source,
        x_um=round(added.x_px * um_per_px, _POSITION_DECIMALS),
        y_um=round(added.y_px * um_per_px, _POSITION_DECIMALS),
        seen=SeenAnswer(by_name=added.stamp.by_name, at=added.stamp.at),
        history=[first, *_history(review, added.cell_id)],
    )


def regions_answer(header: Mapping[str, Any]) -> RegionsAnswer:
    """Of the regions in an analysis.json."""
    places = source_places(header).places
    return RegionsAnswer(
        regions=[
            RegionAnswer(**{**region, "source": places[region["slide"], region["source"]]})
            for region in header["regions"]
        ]
    )


def _best_two(table: CellTable) -> tuple[IntArray, IntArray]:
    """(n,) each: place of a cell's class among the classifier's, and of the next likeliest."""
    probabilities = table.probabilities()
    place_of = {class_id: place for place, class_id in enumerate(table.class_ids)}
    likeliest = np.array(
        [place_of[name] for name in table.texts("class_id").tolist()], dtype=np.int64
    )
    if len(place_of) < 2 or not len(likeliest):
        return likeliest, np.full(len(likeliest), -1, dtype=np.int64)
    rows = np.arange(len(likeliest))
    others = probabilities.copy()
    others[rows, likeliest] = -1.0
    return likeliest, others.argmax(axis=1).astype(np.int64)


def _picked(probabilities: DoubleArray, column: IntArray) -> DoubleArray:
    """(n,) the value of each row in its column; 0 where that is -1."""
    picked = probabilities[np.arange(len(column)), column]
    return np.where(column < 0, 0.0, picked)


def _rounded(values: DoubleArray, decimals: int) -> list[float]:
    # Adding zero turns -0.0 into 0.0.
    rounded: list[float] = (np.round(values, decimals) + 0.0).tolist()
    return rounded


def _nucleus_um(rings: Sequence[Sequence[float]], um_per_px: float) -> float | None:
    outlines = tuple(np.asarray(ring, dtype=np.float64).reshape(-1, 2) for ring in rings)
    area_px = nucleus_area(outlines)
    return round(2 * math.sqrt(area_px / math.pi) * um_per_px, 1) if area_px > 0 else None


def _seen_answer(review: Review, cell_id: str) -> SeenAnswer | None:
    seen = review.seen.get(cell_id)
    return None if seen is None else SeenAnswer(by_name=seen.by_name, at=seen.at)


def _history(review: Review, cell_id: str) -> list[NamingAnswer]:
    return [
        NamingAnswer(
            class_id=naming.class_id,
            label=cell_class(naming.class_id).label,
            by_name=naming.by_name,
            at=naming.at,
            is_undone=naming.event_id in review.undone,
        )
        for naming in review.namings.get(cell_id, ())
    ]
