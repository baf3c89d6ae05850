"""Results of analyses, read from their files and kept at hand."""

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from marrowscope.analysis import ESTIMATED_SCALE
from marrowscope.cases.machine_cells import (
    CountRules,
    DamagedResultError,
    MachineCells,
    ReadPicture,
)
from marrowscope.cell_table import CellTable
from marrowscope.differential import me_formula_named
from marrowscope.errors import UnreadableInputError
from marrowscope.exchange.tables import read_cells
from marrowscope.geometry import PixelBox
from marrowscope.store.case_files import CaseFiles

CELLS: Final = "cells.parquet"
HEADER: Final = "analysis.json"
_KEPT: Final = 4
"""Results of as many analyses stay at hand: a large one takes some 100 MB."""
_NOT_ANSWERED: Final = "UNCLASS"
Value = TypeVar("Value")


class AnalysisResults:
    """What finished analyses left in their folders. They never change, so they are read once.

    Every method raises DamagedResultError where a file is gone or damaged: the one who asks can do
    nothing about it.
    """

    def __init__(self, files: CaseFiles) -> None:
        self._files = files
        self._cells = _Kept[CellTable](_KEPT)
        self._headers = _Kept[Mapping[str, Any]](_KEPT)
        self._machine = _Kept[MachineCells](_KEPT)

    def cells(self, case_id: UUID, analysis_id: UUID) -> CellTable:
        """Every cell that was found."""
        return self._cells.get(
            (case_id, analysis_id), lambda: _read_table(self._path(case_id, analysis_id, CELLS))
        )

    def header(self, case_id: UUID, analysis_id: UUID) -> Mapping[str, Any]:
        """analysis.json."""
        return self._headers.get(
            (case_id, analysis_id), lambda: _read_header(self._path(case_id, analysis_id, HEADER))
        )

    def machine_cells(self, case_id: UUID, analysis_id: UUID) -> MachineCells:
        """What counting a review needs of it."""
        return self._machine.get(
            (case_id, analysis_id),
            lambda: _machine_cells(
                self.cells(case_id, analysis_id), self.header(case_id, analysis_id)
            ),
        )

    def _path(self, case_id: UUID, analysis_id: UUID, name: str) -> Path:
        path = self._files.result(case_id, analysis_id, name)
        if path is None:
            raise DamagedResultError(f"{name} of this analysis is gone; analyse the case again")
        return path


class _Kept(Generic[Value]):
    """The values that were asked for last."""

    def __init__(self, most: int) -> None:
        self._lock = Lock()
        self._most = most
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """make: called where it is not kept, and then perhaps by several at once."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        with self._lock:
            value = self._values.setdefault(key, made)
            self._values.move_to_end(key)
            if len(self._values) > self._most:
                self._values.popitem(last=False)
        return value


def _read_table(path: Path) -> CellTable:
    try:
        return read_cells(path)
    except UnreadableInputError as error:
        raise _damaged(CELLS) from error


def _read_header(path: Path) -> Mapping[str, Any]:
    try:
        made = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _damaged(HEADER) from error
    if not isinstance(made, dict):
        raise _damaged(HEADER)
    return made


def _machine_cells(table: CellTable, header: Mapping[str, Any]) -> MachineCells:
    try:
        return MachineCells.from_table(
            table,
            slides=[str(slide["name"]) for slide in header["slides"]],
            pictures=_pictures(header),
            rules=_rules(header),
        )
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise _damaged(HEADER) from error


def _rules(header: Mapping[str, Any]) -> CountRules:
    classifier = next(model for model in header["models"] if model["role"] == "classifier")
    settings = header["settings"]
    estimated = header["scale"]["scale_is_estimated"]
    return CountRules(
        modelled=tuple(name for name in classifier["class_ids"] if name != _NOT_ANSWERED),
        blood_only=tuple(classifier["blood_only_class_ids"]),
        me_formula=me_formula_named(settings["me_formula"]),
        # Analyses from before the setting were made as it says by default.
        undetermined_blasts_are_myeloid=bool(settings.get("blast_nos_in_me", True)),
        scale_note=ESTIMATED_SCALE if estimated else None,
    )


def _pictures(header: Mapping[str, Any]) -> list[ReadPicture]:
    counted: dict[tuple[str, str], list[PixelBox]] = {}
    for region in header["regions"]:
        if region["counted"]:
            box = PixelBox(region["x_px"], region["y_px"], region["w_px"], region["h_px"])
            counted.setdefault((region["slide"], region["source"]), []).append(box)
    return [
        ReadPicture(
            name=picture["name"],
            slide=slide["name"],
            width_px=int(picture["width_px"]),
            height_px=int(picture["height_px"]),
            um_per_px=float(slide["scale"]["um_per_px"]),
            counted=tuple(counted.get((slide["name"], picture["name"]), ())),
        )
        for slide in header["slides"]
        for picture in slide["pictures"]
    ]


def _damaged(name: str) -> DamagedResultError:
    return DamagedResultError(f"{name} of this analysis is damaged; analyse the case again")
