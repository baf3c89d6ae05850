"""Curves of the page as points of small drawings; the template only places them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from marrowscope.evaluation.detector_evaluation import Robustness, SetResult
from marrowscope.evaluation.detector_scores import RecallPrecision
from marrowscope.evaluation.perturbations import PERTURBATIONS, Perturbation

N_COLOURS = 6
CHART_W, CHART_H = 220.0, 96.0
CURVE_W, CURVE_H = 300.0, 220.0
_MAX_POINTS = 240


@dataclass(frozen=True, slots=True)
class Line:
    """A line in drawing units: `points` as SVG wants them, dots at some of them."""

    name: str
    colour: int
    points: str
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class PerturbationChart:
    """F1 and recall over the strengths of one perturbation, a line a set.

    ticks, levels: place and text of each strength along x, of some shares along y. neutral_x:
    place of what changes nothing, or None.
    """

    perturbation: Perturbation
    ticks: tuple[tuple[float, str], ...]
    levels: tuple[tuple[float, str], ...]
    neutral_x: float | None
    f1: tuple[Line, ...]
    recall: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class CurveChart:
    """Precision over recall, with a dot at the model's threshold; both axes end at 1."""

    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, float, str], ...]


def perturbation_charts(robustness: Sequence[Robustness]) -> tuple[PerturbationChart, ...]:
    """A chart for each perturbation; none where nothing was perturbed."""
    lowest = _lowest(robustness)
    return tuple(_chart(way, robustness, lowest) for way in PERTURBATIONS) if robustness else ()


def _lowest(robustness: Sequence[Robustness]) -> float:
    """Where the y axis of all charts begins: at one half, or at 0 if something lies below."""
    levels = [level for one in robustness for way in one.levels.values() for level in way]
    values = [value for level in levels for value in (level.f1, level.recall) if value is not None]
    return 0.5 if all(value >= 0.5 for value in values) else 0.0


def _chart(way: Perturbation, robustness: Sequence[Robustness], lowest: float) -> PerturbationChart:
    places = [CHART_W * (i + 0.5) / len(way.strengths) for i in range(len(way.strengths))]
    return PerturbationChart(
        perturbation=way,
        ticks=tuple(
            (x, f"{value:g}".replace("-", "−"))
            for x, value in zip(places, way.strengths, strict=True)
        ),
        levels=tuple(
            (_height(value, lowest), f"{value:g}") for value in (lowest, (1 + lowest) / 2, 1.0)
        ),
        neutral_x=None if way.neutral is None else places[way.strengths.index(way.neutral)],
        f1=tuple(
            _line(one.image_set, i, lowest, places, (level.f1 for level in one.levels[way.name]))
            for i, one in enumerate(robustness)
        ),
        recall=tuple(
            _line(
                one.image_set, i, lowest, places, (level.recall for level in one.levels[way.name])
            )
            for i, one in enumerate(robustness)
        ),
    )


def _line(
    name: str,
    colour: int,
    lowest: float,
    places: Sequence[float],
    values: Iterable[float | None],
) -> Line:
    dots = tuple(
        (round(x, 1), _height(value, lowest))
        for x, value in zip(places, values, strict=True)
        if value is not None
    )
    return Line(name, colour % N_COLOURS, _points(dots), dots)


def _height(value: float, lowest: float) -> float:
    return round(CHART_H * (1 - value) / (1 - lowest), 1)


def recall_precision_chart(sets: Sequence[SetResult]) -> CurveChart | None:
    """The curves of the fully boxed sets; None where there is none."""
    fully = [one for one in sets if one.curve is not None and one.score.precision is not None]
    if not fully:
        return None
    used = [(one.score.recall or 0.0, one.score.precision or 0.0) for one in fully]
    lowest = 0.5 if min(min(pair) for pair in used) >= 0.5 else 0.0
    lines = tuple(
        _curve(one, at, i % N_COLOURS, lowest)
        for i, (one, at) in enumerate(zip(fully, used, strict=True))
    )
    values = np.linspace(lowest, 1.0, 6).round(1).tolist()
    ticks = tuple((_along(v, lowest), _up(v, lowest), f"{v:.1f}") for v in values)
    return CurveChart(lines, ticks)


def _curve(one: SetResult, used: tuple[float, float], colour: int, lowest: float) -> Line:
    """The curve of one set above `lowest`, with a dot at the recall and precision in use."""
    curve = one.curve or RecallPrecision(np.zeros(0), np.zeros(0))
    shown = (curve.recall >= lowest) & (curve.precision >= lowest)
    recall, precision = curve.recall[shown], curve.precision[shown]
    thin = np.unique(np.linspace(0, max(len(recall) - 1, 0), _MAX_POINTS).astype(int))
    thin = thin[thin < len(recall)]
    places = [
        (_along(r, lowest), _up(p, lowest))
        for r, p in zip(recall[thin].tolist(), precision[thin].tolist(), strict=True)
    ]
    dot = (_along(used[0], lowest), _up(used[1], lowest))
    return Line(one.fields.name, colour, _points(places), (dot,))


def _along(recall: float, lowest: float) -> float:
    return round(CURVE_W * (recall - lowest) / (1 - lowest), 1)


def _up(precision: float, lowest: float) -> float:
    return round(CURVE_H * (1 - precision) / (1 - lowest), 1)


def _points(dots: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in dots)
