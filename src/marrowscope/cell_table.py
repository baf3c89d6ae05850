"""The table of detected nucleated objects: one row a cell, in a fixed order of columns."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from marrowscope.geometry import DoubleArray, FloatArray, IntArray

StringArray: TypeAlias = npt.NDArray[np.str_]
MaskArray: TypeAlias = npt.NDArray[np.bool_]

WHY_NOT = ("", "region", "cut", "class", "limit")
"""Why a cell is not counted: outside the countable area, cut by a border, of a class outside
the differential, after the target was reached; empty where it is counted."""

POSITION_NAMES = ("x_px", "y_px", "w_px", "h_px")

CLASS_IDS_KEY = b"class_ids"
SCHEMA_VERSION_KEY = b"schema_version"

# Parquet calls the items of a list "element"; so named, a table read back equals the written one.
_PROBABILITIES = pa.list_(pa.field("element", pa.float32()))
_NUCLEUS = pa.list_(pa.field("element", pa.list_(pa.field("element", pa.float32()))))

CELL_FIELDS = (
    pa.field("cell_id", pa.string(), nullable=False),
    pa.field("source", pa.string(), nullable=False),
    pa.field("x_px", pa.float64(), nullable=False),
    pa.field("y_px", pa.float64(), nullable=False),
    pa.field("w_px", pa.float64(), nullable=False),
    pa.field("h_px", pa.float64(), nullable=False),
    pa.field("um_per_px", pa.float64(), nullable=False),
    pa.field("score", pa.float32(), nullable=False),
    pa.field("class_id", pa.string(), nullable=False),
    pa.field("probability", pa.float32(), nullable=False),
    pa.field("probabilities", _PROBABILITIES, nullable=False),
    pa.field("abstained", pa.bool_(), nullable=False),
    pa.field("counted", pa.bool_(), nullable=False),
    pa.field("why_not", pa.string(), nullable=False),
    pa.field("slide", pa.string(), nullable=False),
    pa.field("object_kind", pa.string(), nullable=False),
    pa.field("nucleus", _NUCLEUS, nullable=False),
    pa.field("strangeness", pa.float32(), nullable=False),
)


@dataclass(frozen=True, slots=True, eq=False)
class CellColumns:
    """The columns of a cell table before they are rounded and checked; all of length n.

    x_px, y_px: centres, w_px, h_px: boxes, in level-0 pixels of `source`. probabilities:
    (n, classes) in the order of `class_ids`. class_id is always the best guess; `abstained`
    says that it is not to be used. why_not: one of `WHY_NOT`. object_kind: what the detector took
    it for, whatever its class. nucleus: of each cell the rings (k, 2) of its outline, x and y in
    level-0 pixels; none where none was found. strangeness: above 1 the cell is like nothing the
    classifier learnt from.
    """

    slide: Sequence[str]
    source: Sequence[str]
    cell_id: Sequence[str]
    x_px: DoubleArray
    y_px: DoubleArray
    w_px: DoubleArray
    h_px: DoubleArray
    um_per_px: DoubleArray
    score: DoubleArray
    class_id: Sequence[str]
    probability: FloatArray
    probabilities: FloatArray
    abstained: MaskArray
    counted: MaskArray
    why_not: Sequence[str]
    object_kind: Sequence[str]
    nucleus: Sequence[Sequence[DoubleArray]]
    strangeness: FloatArray


class CellTable:
    """Immutable table of cells; `arrow` has the columns of `CELL_FIELDS` in that order.

    The order of the classes in `probabilities` is in the schema's metadata, key `class_ids`,
    as a JSON list.
    """

    def __init__(self, arrow: pa.Table) -> None:
        expected = [field.name for field in CELL_FIELDS]
        if arrow.column_names != expected:
            raise ValueError(f"cell table has columns {arrow.column_names}, expected {expected}")
        for field in CELL_FIELDS:
            found = arrow.schema.field(field.name).type
            if found != field.type:
                raise ValueError(f"column {field.name} is {found}, expected {field.type}")
        if CLASS_IDS_KEY not in (arrow.schema.metadata or {}):
            raise ValueError("cell table does not name the classes of its probabilities")
        self._arrow = arrow

    @classmethod
    def from_columns(
        cls, columns: CellColumns, class_ids: Sequence[str], schema_version: str
    ) -> "CellTable":
        """A table from arrays, rounded so that its bytes do not hang on the last float bit.

        Positions and sizes are kept to 0.01 px, probabilities and scores to 1e-6.
        Raises ValueError where the columns contradict each other.
        """
        _check(columns, class_ids)
        n_classes = len(class_ids)
        offsets = np.arange(len(columns.cell_id) + 1, dtype=np.int32) * n_classes
        probabilities = pa.ListArray.from_arrays(
            pa.array(offsets, pa.int32()),
            pa.array(_float32(columns.probabilities).ravel()),
            type=_PROBABILITIES,
        )
        arrays = [
            pa.array(columns.cell_id, pa.string()),
            pa.array(columns.source, pa.string()),
            *(pa.array(_hundredths(getattr(columns, name))) for name in POSITION_NAMES),
            pa.array(np.asarray(columns.um_per_px, dtype=np.float64)),
            pa.array(_float32(columns.score)),
            pa.array(columns.class_id, pa.string()),
            pa.array(_float32(columns.probability)),
            probabilities,
            pa.array(np.asarray(columns.abstained, dtype=np.bool_)),
            pa.array(np.asarray(columns.counted, dtype=np.bool_)),
            pa.array(columns.why_not, pa.string()),
            pa.array(columns.slide, pa.string()),
            pa.array(columns.object_kind, pa.string()),
            pa.array([[_tenths(ring) for ring in rings] for rings in columns.nucleus], _NUCLEUS),
            pa.array(_float32(columns.strangeness)),
        ]
        metadata = {
            CLASS_IDS_KEY: json.dumps(list(class_ids)).encode(),
            SCHEMA_VERSION_KEY: schema_version.encode(),
        }
        return cls(pa.Table.from_arrays(arrays, schema=pa.schema(CELL_FIELDS, metadata=metadata)))

    @property
    def arrow(self) -> pa.Table:
        """The table itself."""
        return self._arrow

    @property
    def n_cells(self) -> int:
        """Rows: every nucleated object that was detected."""
        return int(self._arrow.num_rows)

    @property
    def n_counted(self) -> int:
        """Rows that belong to N."""
        return int(np.count_nonzero(self.mask("counted")))

    @property
    def class_ids(self) -> tuple[str, ...]:
        """Order of the classes in `probabilities`."""
        return tuple(json.loads(self._arrow.schema.metadata[CLASS_IDS_KEY]))

    def texts(self, name: str) -> StringArray:
        """A column of strings: (n,)."""
        values = self._arrow.column(name).to_pylist()
        return np.array(values, dtype=np.str_) if values else np.empty(0, dtype="<U1")

    def numbers(self, name: str) -> DoubleArray:
        """A column of numbers as float64: (n,)."""
        column: npt.NDArray[Any] = self._arrow.column(name).to_numpy()
        return column.astype(np.float64)

    def probabilities(self) -> DoubleArray:
        """What the classifier gave each class of `class_ids`: (n, classes)."""
        values = self._arrow.column("probabilities").combine_chunks().flatten().to_numpy()
        shape = (self.n_cells, len(self.class_ids))
        return np.asarray(values, dtype=np.float64).reshape(shape)

    def mask(self, name: str) -> MaskArray:
        """A column of booleans: (n,)."""
        column: npt.NDArray[Any] = self._arrow.column(name).to_numpy()
        return column.astype(np.bool_)

    def sources(self) -> tuple[str, ...]:
        """Names of the pictures that cells lie on, in order of first appearance."""
        return tuple(str(name) for name in self._arrow.column("source").unique().to_pylist())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CellTable):
            return NotImplemented
        return bool(self._arrow.equals(other.arrow, check_metadata=True))

    __hash__ = None  # type: ignore[assignment]


def reading_order(
    slide_index: IntArray, source_index: IntArray, x_px: DoubleArray, y_px: DoubleArray
) -> IntArray:
    """Permutation that sorts cells by slide, picture, row (y), column (x): (n,).

    It hangs on where a cell lies, never on which thread found it first, and gives cells their
    place in the table and their ids. Positions are compared as stored, to 0.01 px.
    """
    keys = (_hundredths(x_px), _hundredths(y_px), source_index, slide_index)
    return np.lexsort(keys).astype(np.int64)


def cell_ids(slide_index: IntArray) -> tuple[str, ...]:
    """Ids of cells that are in reading order: "s1-000123" is the 124th of the first slide."""
    seen: dict[int, int] = {}
    ids = []
    for slide in np.asarray(slide_index).tolist():
        place = seen.get(slide, 0)
        seen[slide] = place + 1
        ids.append(f"s{slide + 1}-{place:06d}")
    return tuple(ids)


def _hundredths(values: DoubleArray) -> DoubleArray:
    # Adding zero turns -0.0 into 0.0, which would be other bytes for the same place.
    return np.asarray(np.round(np.asarray(values, dtype=np.float64), 2) + 0.0, dtype=np.float64)


def _tenths(ring: DoubleArray) -> list[float]:
    """A ring (k, 2) as x, y, x, y …, to 0.1 px."""
    rounded: list[float] = (np.round(ring, 1) + 0.0).ravel().tolist()
    return rounded


def _float32(values: DoubleArray | FloatArray) -> FloatArray:
    return np.round(np.asarray(values, dtype=np.float64), 6).astype(np.float32)


def _check(columns: CellColumns, class_ids: Sequence[str]) -> None:
    n = len(columns.cell_id)
    for name in CellColumns.__dataclass_fields__:
        if len(getattr(columns, name)) != n:
            raise ValueError(f"column {name} has {len(getattr(columns, name))} rows, expected {n}")
    if np.shape(columns.probabilities) != (n, len(class_ids)):
        shape = np.shape(columns.probabilities)
        raise ValueError(f"probabilities have shape {shape}, expected {(n, len(class_ids))}")
    if len(set(columns.cell_id)) != n:
        raise ValueError("two cells have the same id")
    unknown = set(columns.why_not) - set(WHY_NOT)
    if unknown:
        raise ValueError(f"why_not is {sorted(unknown)[0]!r}, expected one of {WHY_NOT}")
    for counted, why_not in zip(columns.counted, columns.why_not, strict=True):
        if bool(counted) == bool(why_not):
            raise ValueError("a cell is counted and has a reason not to be, or neither")
    for name in (
        *POSITION_NAMES,
        "um_per_px",
        "score",
        "probability",
        "probabilities",
        "strangeness",
    ):
        if not np.all(np.isfinite(getattr(columns, name))):
            raise ValueError(f"column {name} holds a value that is not a number")
