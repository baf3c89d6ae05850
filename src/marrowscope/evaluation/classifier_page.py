"""The scores of a classifier as one self-contained HTML page: no script, no request to anywhere."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from marrowscope.errors import EnvironmentProblemError
from marrowscope.evaluation.classifier_blasts import ALL_OTHERS
from marrowscope.evaluation.classifier_charts import (
    HeatTable,
    calibration_chart,
    heat_table,
    risk_coverage_chart,
)
from marrowscope.evaluation.classifier_evaluation import (
    MAX_MISTAKES,
    ClassifierEvaluation,
    Mistake,
    SetResult,
)
from marrowscope.evaluation.classifier_forced_choice import ONE_CLASS
from marrowscope.evaluation.classifier_naming import middle_of
from marrowscope.evaluation.classifier_set_score import CountTable
from marrowscope.evaluation.page_templates import rendered
from marrowscope.geometry import UInt8Array
from marrowscope.vocabulary import cell_class

SHOWN_UM = 28.0
"""Side of the part of a picture that is shown; a large marrow cell is 20 µm across."""
SHOWN_PX = 132
WEBP_QUALITY = 80


@dataclass(frozen=True, slots=True)
class DrawnMistake:
    """A cell decided wrongly, with its picture as a data URI."""

    mistake: Mistake
    uri: str


@dataclass(frozen=True, slots=True)
class DrawnSet:
    """A set with its tables; confusion: forced choice; as_named: with those abstained on."""

    result: SetResult
    confusion: HeatTable
    by_lineage: HeatTable
    as_named: HeatTable
    mistakes: tuple[DrawnMistake, ...]


def render_classifier_page(evaluation: ClassifierEvaluation, software_version: str) -> str:
    """The page; the same evaluation gives the same text.

    Raises UnreadableInputError if a picture of a data folder can no longer be read.
    """
    n_shown = MAX_MISTAKES // max(len(evaluation.sets), 1)
    ranked = in_order_of_interest(evaluation.sets)
    return rendered(
        "classifier",
        evaluation=evaluation,
        card=evaluation.card,
        headline=next(iter(ranked), None),
        calibration=calibration_chart(ranked),
        risk=risk_coverage_chart(ranked),
        sets=tuple(_drawn_set(one, n_shown) for one in ranked),
        all_others=ALL_OTHERS,
        one_class=ONE_CLASS,
        shown_um=SHOWN_UM,
        label_of=lambda class_id: cell_class(class_id).label,
        software_version=software_version,
    )


def in_order_of_interest(sets: Sequence[SetResult]) -> tuple[SetResult, ...]:
    """Sets with scored classes first, and marrow before blood; else as they are."""
    ranked = sorted(
        sets, key=lambda one: (one.score.forced is None, "marrow" not in one.cells.name)
    )
    return tuple(ranked)


def _drawn_set(one: SetResult, n_shown: int) -> DrawnSet:
    forced = one.score.forced
    fine = CountTable((), (), np.zeros((0, 0), dtype=np.int64))
    if forced is not None:
        fine = CountTable(forced.class_ids, forced.class_ids, forced.counts)
    return DrawnSet(
        result=one,
        confusion=heat_table(fine),
        by_lineage=heat_table(one.score.by_lineage),
        as_named=heat_table(one.score.as_named),
        mistakes=tuple(_drawn_mistake(one, mistake) for mistake in one.mistakes[:n_shown]),
    )


def _drawn_mistake(one: SetResult, mistake: Mistake) -> DrawnMistake:
    picture = one.cells.read(mistake.cell)
    # Read a moment ago; gone since then, it is shown as a blank.
    blank = np.full((SHOWN_PX, SHOWN_PX, 3), 255, dtype=np.uint8)
    pixels = blank if picture is None else picture.pixels
    return DrawnMistake(mistake, picture_uri(pixels, mistake.cell.um_per_px))


def picture_uri(pixels: UInt8Array, um_per_px: float) -> str:
    """The middle of a picture (rows, columns, 3), RGB, as a data URI; 132 px on its longer side."""
    middle = middle_of(pixels, SHOWN_UM / um_per_px)
    rows, columns = middle.shape[:2]
    factor = SHOWN_PX / max(rows, columns)
    size = (max(1, round(columns * factor)), max(1, round(rows * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    bgr = np.ascontiguousarray(cv2.resize(middle, size, interpolation=how)[..., ::-1])
    is_written, data = cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, WEBP_QUALITY])
    if not is_written:
        raise EnvironmentProblemError("OpenCV cannot write WebP here: install marrowscope again")
    return "data:image/webp;base64," + base64.b64encode(data.tobytes()).decode("ascii")
