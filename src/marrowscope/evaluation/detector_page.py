"""The scores of a detector as one self-contained HTML page: no script, no request to anywhere."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from marrowscope.errors import EnvironmentProblemError
from marrowscope.evaluation.detector_charts import (
    PerturbationChart,
    perturbation_charts,
    recall_precision_chart,
)
from marrowscope.evaluation.detector_evaluation import DetectorEvaluation, FieldResult, SetResult
from marrowscope.evaluation.field_truth import field_truth
from marrowscope.evaluation.page_templates import rendered
from marrowscope.geometry import DoubleArray, UInt8Array

MAX_DRAWN_FIELDS = 40
MAX_PICTURE_PX = 900
JPEG_QUALITY = 82
_SMALL_FIELD_PX = 420
_FEW_BOXES = 3
"""Fields of this size, or with this few boxes on average, are drawn small."""


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """A box on a field, in its pixels. kind: found, missed, merged, false, unjudged, ignored."""

    kind: str
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class DrawnField:
    """A field with its picture as a data URI, the boxes drawn over it and the counts below."""

    path: str
    uri: str
    width_px: int
    height_px: int
    boxes: tuple[DrawnBox, ...]
    counts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DrawnSet:
    """The worst fields of a set. n_left_out: fields not drawn. is_small: of small pictures."""

    result: SetResult
    drawn: tuple[DrawnField, ...]
    n_left_out: int
    is_small: bool


def render_detector_page(evaluation: DetectorEvaluation, software_version: str) -> str:
    """The page; the same evaluation gives the same text.

    Raises UnreadableInputError if a picture can no longer be read.
    """
    charts: tuple[PerturbationChart, ...] = perturbation_charts(evaluation.robustness)
    return rendered(
        "detector",
        evaluation=evaluation,
        card=evaluation.card,
        headline=headline_set(evaluation.sets),
        curves=recall_precision_chart(evaluation.sets),
        charts=charts,
        sets=tuple(_drawn_set(one) for one in evaluation.sets),
        software_version=software_version,
    )


def headline_set(sets: Sequence[SetResult]) -> SetResult | None:
    """The set whose scores stand at the top: marrow before blood, fully boxed before partly."""
    ranked = sorted(
        sets,
        key=lambda one: (not one.fields.is_fully_boxed, "marrow" not in one.fields.name),
    )
    return ranked[0] if ranked else None


def worst_first(result: SetResult) -> tuple[FieldResult, ...]:
    """The fields with the most errors first; where not every cell is boxed, the most missed."""

    def errors(one: FieldResult) -> int:
        n_false = one.outcome.n_false if result.fields.is_fully_boxed else 0
        return one.outcome.n_missed + n_false

    return tuple(sorted(result.results, key=lambda one: (-errors(one), one.field.path)))


def _drawn_set(result: SetResult) -> DrawnSet:
    worst = worst_first(result)
    shown = worst[:MAX_DRAWN_FIELDS]
    drawn = tuple(_drawn_field(result, one) for one in shown)
    has_few_boxes = sum(len(one.boxes) for one in drawn) <= _FEW_BOXES * len(drawn)
    return DrawnSet(
        result=result,
        drawn=drawn,
        n_left_out=len(worst) - len(shown),
        is_small=has_few_boxes or all(one.width_px <= _SMALL_FIELD_PX for one in shown),
    )


def _drawn_field(result: SetResult, one: FieldResult) -> DrawnField:
    seen = one.outcome
    ignored = field_truth(one.field.boxes, one.width_px, one.height_px).ignored
    unmatched = "false" if result.fields.is_fully_boxed else "unjudged"
    boxes = (
        *_boxes("ignored", ignored),
        *_boxes(unmatched, seen.detections[~seen.is_true]),
        *_boxes("found", seen.cells[seen.is_found]),
        *_boxes("missed", seen.cells[~seen.is_found & ~seen.is_merged]),
        *_boxes("merged", seen.cells[seen.is_merged]),
    )
    counts = [
        ("found", f"{int(seen.is_found.sum())} found"),
        ("missed" if seen.n_missed else "unjudged", f"{seen.n_missed} missed"),
    ]
    if seen.is_merged.any():
        counts.append(("missed", f"{int(seen.is_merged.sum())} of them merged"))
    if result.fields.is_fully_boxed:
        counts.append(("false" if seen.n_false else "unjudged", f"{seen.n_false} false"))
    elif seen.n_false:
        counts.append(("unjudged", f"{seen.n_false} not judged"))
    if result.fields.is_fully_boxed and seen.is_split.any():
        counts.append(("false", f"{int(seen.is_split.sum())} split"))
    return DrawnField(
        path=one.field.path,
        uri=jpeg_uri(result.fields.read(one.field)),
        width_px=one.width_px,
        height_px=one.height_px,
        boxes=boxes,
        counts=tuple(counts),
    )


def _boxes(kind: str, centred: DoubleArray) -> list[DrawnBox]:
    return [
        DrawnBox(kind, round(x - w / 2, 1), round(y - h / 2, 1), round(w, 1), round(h, 1))
        for x, y, w, h in centred.tolist()
    ]


def jpeg_uri(pixels: UInt8Array) -> str:
    """The picture (rows, columns, 3), RGB, as a data URI, at most 900 px on its longer side."""
    rows, columns = pixels.shape[:2]
    factor = min(1.0, MAX_PICTURE_PX / max(rows, columns))
    size = (max(1, round(columns * factor)), max(1, round(rows * factor)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if factor < 1 else pixels
    bgr = np.ascontiguousarray(small[..., ::-1])
    is_written, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not is_written:
        raise EnvironmentProblemError("OpenCV cannot write JPEG here: install marrowscope again")
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")
