"""Geometry of the interval charts: percent of cells to percent of the drawing's width."""

from dataclasses import dataclass

from marrowscope.reports.document import CategoryRow, FindingEntry

_ENDS = (2, 5, 10, 20, 30, 40, 50, 60, 80, 100)
_STEPS = {2: 1, 5: 1, 10: 5, 20: 5, 30: 10, 40: 10, 50: 10, 60: 20, 80: 40, 100: 50}


@dataclass(frozen=True, slots=True)
class Axis:
    """From zero to `end`, both in percent of the cells; `ticks` are the labelled values."""

    end: float
    ticks: tuple[int, ...]

    def place(self, value: float) -> str:
        """Where a value lies on the drawing, as a length in percent of its width."""
        return f"{min(max(value / self.end, 0.0), 1.0) * 100:.2f}%"


def axis_reaching(highest: float) -> Axis:
    """The shortest round axis that holds `highest`."""
    end = next((end for end in _ENDS if end >= highest), _ENDS[-1])
    return Axis(float(end), tuple(range(0, end + 1, _STEPS[end])))


def differential_axis(rows: tuple[CategoryRow, ...]) -> Axis:
    """One axis for all rows, so that lengths compare."""
    bounds = [bound for row in rows for bound in (row.high, row.upper_percent) if bound is not None]
    return axis_reaching(max(bounds, default=0.0))


def finding_axis(finding: FindingEntry) -> Axis:
    """An axis with the threshold well inside."""
    bounds = (finding.high, finding.upper_percent, finding.percent)
    highest = max((bound for bound in bounds if bound is not None), default=0.0)
    return axis_reaching(max(highest, (finding.threshold or 0.0) * 1.2))
