"""What the machine can say under the headings of a report, and which state of the texts it is."""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from marrowscope.cases.reviewed_count import ReviewedCount
from marrowscope.differential import CategoryCount, printed_percent

_VERSION_BITS: Final = 48
"""Whole numbers of so many bits are exact in a browser."""
_LINES: Final[Mapping[str, tuple[str, ...]]] = {
    "erythropoiesis": ("erythroblasts",),
    "myelopoiesis": (
        "blasts",
        "promyelocytes",
        "myelocytes",
        "metamyelocytes",
        "band forms",
        "segmented neutrophils",
        "eosinophils",
        "basophils",
        "promonocytes+monocytes",
    ),
    "lymphocytes": ("lymphocytes",),
    "plasma_cells": ("plasma cells",),
    "other_cells": ("mast cells",),
}
"""By heading, the categories of the differential that it can be begun with."""


def texts_version(texts: Mapping[str, str]) -> int:
    """A number that differs between two states of the texts of a report."""
    plain = json.dumps(dict(texts), sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(plain.encode()).digest()
    return int.from_bytes(digest, "big") >> (8 * len(digest) - _VERSION_BITS)


def offered_texts(count: ReviewedCount) -> dict[str, str]:
    """Sentences with the numbers of the count, by heading; none before every cell was seen."""
    if not count.is_fully_seen:
        return {}
    rows = {row.category: row for row in count.pooled.categories}
    offered = {
        heading: _sentence([rows[category] for category in categories], count.pooled.total)
        for heading, categories in _LINES.items()
    }
    return {heading: text for heading, text in offered.items() if text}


def _sentence(rows: list[CategoryCount], total: int) -> str:
    """With both bounds while cells are undecided."""
    shares = [f"{row.label} {_share(row, total)} %" for row in rows if row.n]
    is_open = any(row.upper_n != row.n for row in rows)
    until = "; the higher figures with every undecided cell" if is_open else ""
    return f"{', '.join(shares)}{until}." if shares else ""


def _share(row: CategoryCount, total: int) -> str:
    if row.upper_n is None or row.upper_n == row.n:
        return row.printed_percent or ""
    return f"{row.printed_percent} to {printed_percent(row.upper_n, total)}"
