"""How each class of nucleated cell is drawn: size, nucleus, cytoplasm, granules.

Sizes and colours are those of Romanowsky-stained marrow as haematology atlases describe them,
rounded. They are good enough to exercise the software; no accuracy may be claimed from them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Rgb = tuple[float, float, float]

BODY_RGB: Final[Rgb] = (226.0, 221.0, 229.0)
"""Stained plasma film between the cells; every other colour is drawn as absorbing it."""


class NucleusShape(StrEnum):
    """Outline of the nucleus."""

    ROUND = "round"
    OVAL = "oval"
    KIDNEY = "kidney"
    BAND = "band"
    TWO_LOBES = "two lobes"
    LOBES = "three or four lobes"
    SMUDGED = "smudged"


@dataclass(frozen=True, slots=True)
class Granules:
    """Specks in the cytoplasm: colour, diameter, and how many a µm² of cell."""

    rgb: Rgb
    diameter_um: float
    per_um2: float
    over_nucleus: bool = False


@dataclass(frozen=True, slots=True)
class CellLook:
    """One class as drawn.

    diameter_um: mean of the whole cell; spread_um: its standard deviation.
    nucleus_fraction: diameter of the nucleus, or of the arc that carries it, over the cell's.
    offset_fraction: distance of nucleus centre from cell centre over the cell's radius.
    chromatin_contrast: standard deviation of the nuclear density; chromatin_um: clump size.
    elongation: long over short axis of the cell. ruffle: wobble of the outline over the radius.
    hof: a pale zone beside the nucleus.
    """

    class_id: str
    diameter_um: float
    spread_um: float
    shape: NucleusShape
    nucleus_fraction: float
    offset_fraction: float
    nucleus_rgb: Rgb
    chromatin_contrast: float
    chromatin_um: float
    cytoplasm_rgb: Rgb
    granules: Granules | None = None
    n_nucleoli: int = 0
    n_vacuoles: int = 0
    elongation: float = 1.06
    ruffle: float = 0.02
    hof: bool = False


_AZUROPHIL = Granules((118, 48, 128), 0.45, 1.3, over_nucleus=True)
_FINE_PINK = Granules((190, 140, 175), 0.4, 1.2)
_EOSINOPHIL = Granules((196, 128, 146), 0.7, 1.1)
_BASOPHIL = Granules((62, 26, 98), 0.9, 0.75, over_nucleus=True)

LOOKS: Final[tuple[CellLook, ...]] = (
    CellLook(
        "BLAST_NOS", 14.5, 1.2, NucleusShape.ROUND, 0.80, 0.08,
        (112, 70, 155), 0.15, 0.5, (158, 162, 206), n_nucleoli=2,
    ),
    CellLook(
        "PROMY", 17.5, 1.2, NucleusShape.OVAL, 0.62, 0.24,
        (106, 64, 151), 0.20, 0.6, (160, 158, 206), _AZUROPHIL, n_nucleoli=1,
    ),
    CellLook(
        "MYELO", 15.0, 1.2, NucleusShape.OVAL, 0.60, 0.28,
        (96, 54, 143), 0.27, 0.8, (194, 180, 208), _FINE_PINK,
    ),
    CellLook(
        "META", 14.0, 1.0, NucleusShape.KIDNEY, 0.58, 0.20,
        (92, 50, 139), 0.30, 0.9, (206, 188, 206), _FINE_PINK,
    ),
    CellLook(
        "BAND", 13.0, 0.8, NucleusShape.BAND, 0.56, 0.05,
        (88, 48, 135), 0.30, 0.9, (210, 191, 204), _FINE_PINK,
    ),
    CellLook(
        "SEG", 13.0, 0.8, NucleusShape.LOBES, 0.56, 0.04,
        (82, 44, 131), 0.30, 0.9, (211, 191, 203), _FINE_PINK,
    ),
    CellLook(
        "EOS_MAT", 13.5, 0.8, NucleusShape.TWO_LOBES, 0.60, 0.12,
        (88, 48, 135), 0.27, 0.9, (214, 176, 192), _EOSINOPHIL,
    ),
    CellLook(
        "BASO", 12.5, 0.8, NucleusShape.KIDNEY, 0.46, 0.05,
        (106, 66, 149), 0.22, 0.8, (188, 164, 202), _BASOPHIL,
    ),
    CellLook(
        "MONO", 16.5, 1.2, NucleusShape.KIDNEY, 0.62, 0.10,
        (108, 68, 151), 0.26, 0.8, (172, 172, 204), n_vacuoles=3, ruffle=0.05,
    ),
    CellLook(
        "LYMPH", 9.8, 0.7, NucleusShape.ROUND, 0.83, 0.06,
        (86, 48, 137), 0.27, 1, (160, 172, 216),
    ),
    CellLook(
        "PLASMA", 15.0, 1.2, NucleusShape.ROUND, 0.50, 0.42,
        (90, 50, 137), 0.39, 1.1, (156, 156, 202), elongation=1.25, hof=True,
    ),
    CellLook(
        "PROERY", 17.0, 1.0, NucleusShape.ROUND, 0.78, 0.06,
        (108, 62, 151), 0.21, 0.6, (130, 136, 194), n_nucleoli=1,
    ),
    CellLook(
        "ERY_BASO", 13.5, 0.8, NucleusShape.ROUND, 0.72, 0.06,
        (90, 50, 139), 0.36, 0.9, (138, 144, 196),
    ),
    CellLook(
        "ERY_POLY", 11.5, 0.7, NucleusShape.ROUND, 0.64, 0.08,
        (78, 44, 129), 0.39, 1, (178, 172, 200),
    ),
    CellLook(
        "ERY_ORTHO", 9.6, 0.5, NucleusShape.ROUND, 0.58, 0.14,
        (62, 38, 113), 0.12, 0.8, (204, 182, 190),
    ),
    CellLook(
        "SMUDGE", 15.0, 1.2, NucleusShape.SMUDGED, 0.90, 0.0,
        (150, 100, 175), 0.33, 1.4, (196, 170, 206), ruffle=0.07,
    ),
)  # fmt: skip

CLASS_IDS: Final[tuple[str, ...]] = tuple(look.class_id for look in LOOKS)
"""Classes that can be drawn, in the order that placement indexes them."""

NORMAL_MARROW_PERCENT: Final[tuple[tuple[str, float], ...]] = (
    ("BLAST_NOS", 1.5),
    ("PROMY", 4.0),
    ("MYELO", 11.0),
    ("META", 12.0),
    ("BAND", 14.0),
    ("SEG", 14.6),
    ("EOS_MAT", 3.0),
    ("BASO", 0.5),
    ("MONO", 2.0),
    ("LYMPH", 12.0),
    ("PLASMA", 2.0),
    ("PROERY", 1.0),
    ("ERY_BASO", 4.0),
    ("ERY_POLY", 10.0),
    ("ERY_ORTHO", 8.0),
    ("SMUDGE", 0.4),
)
"""A mix within published adult intervals; percent of nucleated objects, smudges included."""
