"""Diagrams of a classifier's page as points of small drawings; the template only places them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from marrowscope.evaluation.classifier_calibration import CalibrationBin
from marrowscope.evaluation.classifier_evaluation import SetResult
from marrowscope.evaluation.classifier_set_score import CountTable
from marrowscope.evaluation.detector_charts import CURVE_H, CURVE_W, N_COLOURS, Line

MIN_OF_BIN = 5
"""Bins with fewer guesses say nothing and are not drawn."""
HIGHEST_ALPHA = 0.55
"""Of the colour behind a figure: dark text stays readable on it, and light text on dark paper."""

Tick = tuple[float, str]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines with their axes, `CURVE_W` wide and `CURVE_H` high. x_ticks, y_ticks: place, text."""

    lines: tuple[Line, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class HeatCell:
    """n cells, their share of the row, and how strongly that is coloured, from 0 to 1."""

    n: int
    share: float
    alpha: float
    is_right: bool


@dataclass(frozen=True, slots=True)
class HeatTable:
    """A table of counts. rows: name and cells in column order."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, int, tuple[HeatCell, ...]], ...]


def heat_table(table: CountTable) -> HeatTable:
    """Each row coloured by its shares."""
    rows = []
    for name, counts in zip(table.rows, table.counts.tolist(), strict=True):
        n = sum(counts)
        cells = tuple(
            HeatCell(k, k / n if n else 0.0, _alpha(k / n if n else 0.0), name == column)
            for column, k in zip(table.columns, counts, strict=True)
        )
        rows.append((name, n, cells))
    return HeatTable(table.columns, tuple(rows))


def _alpha(share: float) -> float:
    # By the root, so that a few in a hundred can still be seen.
    return round(HIGHEST_ALPHA * math.sqrt(share), 3)


def calibration_chart(sets: Sequence[SetResult]) -> Chart | None:
    """The share of right guesses over their probability, a line a set; None without guesses."""
    lines = []
    for place, one in enumerate(sets):
        bins = [b for b in one.score.calibration.bins if b.n >= MIN_OF_BIN]
        if bins:
            lines.append(_line(one.cells.name, place, [_of_bin(b) for b in bins], (1.0, 1.0)))
    ticks = _ticks(1.0, 0.2)
    return Chart(tuple(lines), *ticks) if lines else None


def _of_bin(found: CalibrationBin) -> tuple[float, float]:
    return (found.probability or 0.0, found.right or 0.0)


def risk_coverage_chart(sets: Sequence[SetResult]) -> Chart | None:
    """The error among the decided cells over their share, with a dot at the threshold in use."""
    curves = [
        (place, one.cells.name, one.score.risk_coverage)
        for place, one in enumerate(sets)
        if one.score.risk_coverage is not None
    ]
    errors = [point.error or 0.0 for _, _, curve in curves for point in curve.points]
    if not errors:
        return None
    step = 0.05 if max(errors) <= 0.3 else 0.2
    top = max(step, math.ceil(max(errors) / step - 1e-9) * step)
    lines = []
    for place, name, curve in curves:
        points = [(p.coverage, p.error) for p in curve.points if p.error is not None]
        line = _line(name, place, points, (1.0, top))
        in_use = curve.in_use
        dots = () if in_use.error is None else (_at(in_use.coverage, in_use.error, (1.0, top)),)
        lines.append(Line(line.name, line.colour, line.points, dots))
    return Chart(tuple(lines), *_ticks(top, step))


def _line(
    name: str, place: int, points: Sequence[tuple[float, float]], most: tuple[float, float]
) -> Line:
    dots = tuple(_at(x, y, most) for x, y in points)
    return Line(name, place % N_COLOURS, " ".join(f"{x:g},{y:g}" for x, y in dots), dots)


def _at(x: float, y: float, most: tuple[float, float]) -> tuple[float, float]:
    return (round(CURVE_W * x / most[0], 1), round(CURVE_H * (1 - y / most[1]), 1))


def _ticks(top: float, step: float) -> tuple[tuple[Tick, ...], tuple[Tick, ...]]:
    """Along x from 0 to 1, and along y from 0 to `top`."""
    x_ticks = tuple((round(CURVE_W * v / 5, 1), f"{v / 5:.1f}") for v in range(6))
    values = [step * place for place in range(round(top / step) + 1)]
    y_ticks = tuple((round(CURVE_H * (1 - v / top), 1), f"{v:.2g}") for v in values)
    return x_ticks, y_ticks
