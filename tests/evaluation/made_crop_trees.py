"""Small trees of drawn cells in the layouts of published sets. Nothing in them is a real cell."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

GLASS = (226, 220, 228)


def drawn_crop(side: int, seed: int) -> Image.Image:
    """A dark disc on glass, its radius and shade by the seed."""
    y, x = np.mgrid[0:side, 0:side] - side / 2 + 0.5
    pixels = np.full((side, side, 3), GLASS, dtype=np.uint8)
    pixels[np.hypot(x, y) < side / 6 + seed % 9] = (95, 50 + seed % 40, 140)
    return Image.fromarray(pixels)


def write_crop(path: Path, side: int = 40, mode: str = "RGB") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn_crop(side, sum(path.name.encode())).convert(mode).save(path)
    return path


def write_crops(root: Path, names: Iterable[str], side: int = 40, mode: str = "RGB") -> Path:
    for name in names:
        write_crop(root / name, side, mode)
    return root


def as_mll(root: Path, codes: Iterable[str] = ("ABE", "BLA", "KSC", "MYB", "NIF")) -> Path:
    """Folders of a thousand for most, flat for the rarest, as TCIA has them."""
    for code in codes:
        part = "" if code == "ABE" else "0001-1000/"
        write_crops(root, [f"{code}/{part}{code}_{n:05}.jpg" for n in (1, 2)])
    return root


def as_lmu(root: Path, codes: Iterable[str] = ("BAS", "MYB", "MYO", "PMB")) -> Path:
    write_crops(root, [f"{code}/{code}_{n:04}.tiff" for code in codes for n in (1, 2)], mode="RGBA")
    (root / "annotations.dat").write_text("BAS/BAS_0001.tiff BAS nan nan\n", encoding="utf-8")
    return root


def as_acevedo(root: Path) -> Path:
    return write_crops(
        root,
        (
            "basophil/BA_47.jpg",
            "ig/IG_1.jpg",
            "ig/MMY_2.jpg",
            "ig/MY_3.jpg",
            "ig/PMY_4.jpg",
            "neutrophil/BNE_5.jpg",
            "neutrophil/NEUTROPHIL_6.jpg",
            "neutrophil/SNE_7.jpg",
            "platelet/PLATELET_8.jpg",
        ),
    )


def as_deepheme(root: Path, codes: Iterable[str] = ("B1", "ER5", "M5", "U4")) -> Path:
    return write_crops(root, [f"{code}/{n}.png" for code in codes for n in (34687, 9)])
