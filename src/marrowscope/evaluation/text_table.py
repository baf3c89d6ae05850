"""Numbers and tables as text for a terminal."""

from collections.abc import Sequence

MISSING = "–"


def share_text(value: float | None) -> str:
    """0.98474 -> "0.985"; a missing value is a dash, never a zero."""
    return MISSING if value is None else f"{value:.3f}"


def number_text(value: float) -> str:
    """0.25 -> "0.25", 90.0 -> "90"."""
    return f"{value:g}"


def table_lines(rows: Sequence[Sequence[str]], n_left: int = 1) -> list[str]:
    """Lines with columns as wide as their longest entry; the first `n_left` flush left."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            text.ljust(width) if column < n_left else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
