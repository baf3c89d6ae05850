"""A data folder in the layout of `cells.csv`, `fields.csv`, `boxes.csv`, with drawn cells."""

import csv
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
from PIL import Image

NUCLEUS = (95, 50, 140)
GLASS = (226, 220, 228)
RED_CELL = (205, 180, 182)
CELL_LABELS = {
    "mll-marrow": ("BLA", "PMO", "EOS", "LYT", "MON", "NGS", "NIF", "ART"),
    "acevedo-blood": ("MY", "MMY", "BNE", "SNE", "BA", "ERB", "PLATELET"),
}


def drawn_cell(side: int, number: int) -> np.ndarray:
    pixels = np.full((side, side, 3), GLASS, dtype=np.uint8)
    cv2.circle(pixels, (side // 2, side // 2), side // 4 + number % 7, (170, 160, 205), -1)
    cv2.circle(pixels, (side // 2, side // 2), side // 6 + number % 5, NUCLEUS, -1)
    return pixels


def _bytes(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def _write_table(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _crops(folder: Path, all_labels: Mapping[str, tuple[str, ...]]) -> None:
    rows = []
    with zipfile.ZipFile(folder / "cells.zip", "w") as archive:
        for image_set, labels in all_labels.items():
            for label in labels:
                for number, split in enumerate(["train"] * 4 + ["val"] * 2 + ["test"] * 2):
                    path = f"{image_set}/{label}_{number}.png"
                    archive.writestr(path, _bytes(drawn_cell(120, number)))
                    row = {"path": path, "set": image_set, "label": label, "um_per_px": 0.2}
                    rows.append(row | {"split": split, "licence": "made"})
    _write_table(folder / "cells.csv", rows)


def _field(image_set: str, side: int) -> tuple[np.ndarray, list[tuple[str, int, int, int]]]:
    pixels = np.full((side, side, 3), GLASS, dtype=np.uint8)
    boxes = []
    for n, (x, y) in enumerate([(60, 60), (180, 70), (90, 200), (220, 210)]):
        radius = 30 + 3 * n
        cv2.circle(pixels, (x, y), radius, (175, 165, 210), -1)
        cv2.circle(pixels, (x, y), radius // 2 + 6, NUCLEUS, -1)
        boxes.append(("PLASMA" if image_set.startswith("segpc") else "LY", x, y, radius))
    for x, y in [(130, 130), (260, 130), (40, 130)]:
        cv2.circle(pixels, (x, y), 22, RED_CELL, -1)
        if not image_set.startswith("segpc"):
            boxes.append(("RBC", x, y, 22))
    return pixels, boxes


def _fields(folder: Path) -> None:
    rows, box_rows = [], []
    with zipfile.ZipFile(folder / "fields.zip", "w") as archive:
        for image_set in ("segpc-marrow", "acevedo-blood-fields", "txl-blood-fields"):
            for number, split in enumerate(["train", "train", "val", "test"]):
                path = f"{image_set}/{number}.png"
                pixels, boxes = _field(image_set, 300)
                archive.writestr(path, _bytes(pixels))
                scale = 0.16 if image_set == "acevedo-blood-fields" else ""
                row = {"path": path, "set": image_set, "um_per_px": scale}
                rows.append(row | {"split": split, "licence": "made"})
                for label, x, y, radius in boxes:
                    corner = {"x": x - radius, "y": y - radius, "w": 2 * radius, "h": 2 * radius}
                    box_rows.append({"path": path, "label": label} | corner)
    _write_table(folder / "fields.csv", rows)
    _write_table(folder / "boxes.csv", box_rows)


def write_sets(
    folder: Path, all_labels: Mapping[str, tuple[str, ...]] = MappingProxyType(CELL_LABELS)
) -> Path:
    """Writes the whole folder, its cells with the labels of each set, and returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    _crops(folder, all_labels)
    _fields(folder)
    return folder
