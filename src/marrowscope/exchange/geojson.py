"""cells.geojson: cells and regions as QuPath (0.4 and later) opens them.

Cells are QuPath's cells with their nucleus, or detections where no nucleus was outlined; regions
are locked annotations; all in level-0 pixels. A feature's `id` is a UUID made from its name,
because QuPath drops ids of any other form; `name` is the cell's id.
"""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np

from marrowscope.analysis import COUNTABLE, Analysis, RegionRecord
from marrowscope.cell_table import POSITION_NAMES
from marrowscope.geometry import DoubleArray
from marrowscope.vocabulary import cell_class, in_reading_order

RGB = tuple[int, int, int]

LINEAGE_RGB: Mapping[str, RGB] = {
    "granulocytic": (47, 111, 176),
    "monocytic": (138, 109, 0),
    "lymphoid": (106, 79, 163),
    "plasma": (106, 79, 163),
    "erythroid": (176, 68, 60),
    "mast": (11, 110, 105),
    "megakaryocytic": (11, 110, 105),
}
"""Hues that stay apart for the common kinds of colour blindness; the class name is beside them."""

OTHER_RGB: RGB = (93, 96, 100)
UNDECIDED_RGB: RGB = (161, 92, 0)
BLAST_RGB: RGB = (28, 29, 31)
COUNTED_REGION_RGB: RGB = (26, 95, 180)
COUNTABLE_REGION_RGB: RGB = (125, 177, 240)
REJECTED_REGION_RGB: RGB = (137, 140, 144)

_CORNERS = 16
_CELLS_PER_BATCH = 4096
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "marrowscope:feature")


def write_geojson(analysis: Analysis, file: BinaryIO, source: str | None = None) -> None:
    """Streams the regions and cells of an analysis, or of one of its pictures, to `file`.

    Memory does not grow with the number of cells beyond one batch of outlines.
    """
    file.write(b'{"type":"FeatureCollection","features":[')
    separator = b"\n"
    for feature in _features(analysis, source):
        file.write(separator + feature.encode("utf-8", errors="backslashreplace"))
        separator = b",\n"
    file.write(b"\n]}\n")


def _features(analysis: Analysis, source: str | None) -> Iterator[str]:
    for region in analysis.regions:
        if source is None or region.source == source:
            yield _region_feature(region)
    yield from _cell_features(analysis, source)


def _cell_features(analysis: Analysis, source: str | None) -> Iterator[str]:
    classifications = _classifications(analysis)
    arrow = analysis.cells.arrow.drop_columns(["probabilities", "um_per_px", "slide"])
    if source is not None:
        arrow = arrow.filter(analysis.cells.texts("source") == source)
    for batch in arrow.to_batches(max_chunksize=_CELLS_PER_BATCH):
        columns = batch.to_pydict()
        x_px, y_px, w_px, h_px = (np.array(columns[name]) for name in POSITION_NAMES)
        outlines = _outlines(x_px, y_px, w_px, h_px)
        for place, outline in enumerate(outlines):
            row = {key: values[place] for key, values in columns.items()}
            kind = "" if row["abstained"] else row["class_id"]
            yield _cell_feature(row, outline, classifications[kind])


def _outlines(
    x_px: DoubleArray, y_px: DoubleArray, w_px: DoubleArray, h_px: DoubleArray
) -> list[list[list[float]]]:
    """Closed rings of 16 corners on the ellipse inside each box, to 0.1 px: (n, 17, 2)."""
    angles = np.linspace(0.0, 2.0 * np.pi, _CORNERS, endpoint=False)
    x = x_px[:, None] + w_px[:, None] / 2 * np.cos(angles)
    y = y_px[:, None] + h_px[:, None] / 2 * np.sin(angles)
    rings = np.round(np.stack([x, y], axis=-1), 1) + 0.0
    closed: list[list[list[float]]] = np.concatenate([rings, rings[:, :1]], axis=1).tolist()
    return closed


def _cell_feature(row: Mapping[str, Any], outline: list[list[float]], kind: str) -> str:
    source = json.dumps(row["source"], ensure_ascii=False)
    cell_id = str(row["cell_id"])
    name = json.dumps(cell_id)
    why_not = json.dumps(row["why_not"] or "counted")
    nucleus = _nucleus_geometry(row["nucleus"])
    # QuPath draws a nucleus only in an object of the type "cell".
    object_type = "cell" if nucleus else "detection"
    # Assembled by hand: a hundred thousand cells through the general encoder take minutes.
    return (
        f'{{"type":"Feature","id":"{_feature_id("cell", cell_id)}",'
        f'"geometry":{{"type":"Polygon","coordinates":[{_ring(outline)}]}},{nucleus}'
        f'"properties":{{"objectType":"{object_type}","name":{name},"classification":{kind},'
        f'"source":{source},"isLocked":false,'
        f'"measurements":{{"probability":{row["probability"]:.6f},"score":{row["score"]:.6f},"strangeness":{row["strangeness"]:.6f}}},'
        f'"metadata":{{"source":{source},"count":{why_not},"object":"{row["object_kind"]}"}}}}}}'
    )


def _nucleus_geometry(rings: Sequence[Sequence[float]]) -> str:
    """The member `nucleusGeometry` and its comma, "" without rings (each x, y, x, y, …)."""
    if not rings:
        return ""
    polygons = [
        [[x, y] for x, y in zip((*ring[::2], ring[0]), (*ring[1::2], ring[1]), strict=True)]
        for ring in rings
    ]
    if len(polygons) == 1:
        return f'"nucleusGeometry":{{"type":"Polygon","coordinates":[{_ring(polygons[0])}]}},'
    parts = ",".join(f"[{_ring(polygon)}]" for polygon in polygons)
    return f'"nucleusGeometry":{{"type":"MultiPolygon","coordinates":[{parts}]}},'


def _ring(outline: list[list[float]]) -> str:
    return "[" + ",".join(f"[{x:.1f},{y:.1f}]" for x, y in outline) + "]"


def _classifications(analysis: Analysis) -> dict[str, str]:
    """The JSON of a cell's classification by class id; under "" that of an undecided cell."""
    result = {"": _classification("Undecided", UNDECIDED_RGB)}
    present = set(analysis.cells.texts("class_id").tolist())
    for class_id in in_reading_order(present):
        known = cell_class(class_id)
        color = LINEAGE_RGB.get(known.lineage, OTHER_RGB)
        if known.icsh_category == "blasts":
            color = BLAST_RGB
        result[class_id] = _classification(known.label, color)
    return result


def _classification(name: str, color: RGB) -> str:
    # A colon would make QuPath read a class and a subclass.
    plain = name.replace(":", " ")
    return json.dumps({"name": plain, "color": list(color)}, ensure_ascii=False)


def _region_feature(region: RegionRecord) -> str:
    box = region.box
    left, top = round(box.x_px, 2), round(box.y_px, 2)
    right, bottom = round(box.x_px + box.w_px, 2), round(box.y_px + box.h_px, 2)
    color = REJECTED_REGION_RGB
    if region.verdict == COUNTABLE:
        color = COUNTED_REGION_RGB if region.counted else COUNTABLE_REGION_RGB
    name = "Counted" if region.counted else region.verdict[:1].upper() + region.verdict[1:]
    feature = {
        "type": "Feature",
        "id": str(_feature_id("region", region.region_id)),
        "geometry": {
            "type": "Polygon",
            "coordinates": [
                [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
            ],
        },
        "properties": {
            "objectType": "annotation",
            "name": region.region_id,
            "classification": {"name": name.replace(":", " "), "color": list(color)},
            "source": region.source,
            "isLocked": True,
            "metadata": {"source": region.source, "verdict": region.verdict},
        },
    }
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":"))


def _feature_id(kind: str, name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{kind}/{name}"))
