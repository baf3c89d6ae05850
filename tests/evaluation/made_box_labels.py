"""The same boxes written in each layout that `box_formats` reads, beside blank pictures."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from PIL import Image

from marrowscope.evaluation.image_sets import Box

SIZE = (320, 240)
Labels = Mapping[str, Sequence[Box]]
"""Boxes by picture; a picture without any is stated to hold none."""


def write_pictures(folder: Path, *names: str, size: tuple[int, int] = SIZE) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, (226, 220, 228)).save(path)
    return folder


def write_text(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def write_json(path: Path, value: object) -> Path:
    return write_text(path, json.dumps(value))


def corners(box: Box) -> tuple[float, float, float, float]:
    return box.x_px, box.y_px, box.x_px + box.w_px, box.y_px + box.h_px


def as_csv(folder: Path, labels: Labels) -> Path:
    folder.mkdir(parents=True)
    path = folder / "boxes.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label", "x", "y", "w", "h"])
        for picture, boxes in labels.items():
            rows = [[box.label, box.x_px, box.y_px, box.w_px, box.h_px] for box in boxes]
            writer.writerows([picture, *row] for row in rows or [[""] * 5])
    return path


def as_coco(folder: Path, labels: Labels) -> Path:
    names = sorted({box.label for boxes in labels.values() for box in boxes})
    return write_json(
        folder / "instances.json",
        {
            "images": [
                {"id": n, "file_name": picture, "width": SIZE[0], "height": SIZE[1]}
                for n, picture in enumerate(labels)
            ],
            "annotations": [
                {
                    "id": 100 * n + m,
                    "image_id": n,
                    "category_id": names.index(box.label) + 1,
                    "bbox": [box.x_px, box.y_px, box.w_px, box.h_px],
                    "segmentation": [[0, 0, 1, 0, 1, 1]],
                    "iscrowd": 0,
                }
                for n, boxes in enumerate(labels.values())
                for m, box in enumerate(boxes)
            ],
            "categories": [{"id": n, "name": name} for n, name in enumerate(names, start=1)],
        },
    )


def as_yolo(folder: Path, labels: Labels) -> Path:
    names = sorted({box.label for boxes in labels.values() for box in boxes})
    write_text(folder / "classes.txt", *names)
    for picture, boxes in labels.items():
        rows = []
        for box in boxes:
            x, y = box.x_px + box.w_px / 2, box.y_px + box.h_px / 2
            shares = (x / SIZE[0], y / SIZE[1], box.w_px / SIZE[0], box.h_px / SIZE[1])
            rows.append(f"{names.index(box.label)} " + " ".join(f"{value:.6f}" for value in shares))
        write_text((folder / picture).with_suffix(".txt"), *rows)
    return folder


def as_voc(folder: Path, labels: Labels) -> Path:
    for picture, boxes in labels.items():
        objects = [
            f"<object><name>{escape(box.label)}</name><difficult>0</difficult><bndbox>"
            f"<xmin>{left}</xmin><ymin>{top}</ymin><xmax>{right}</xmax><ymax>{bottom}</ymax>"
            "</bndbox></object>"
            for box in boxes
            for left, top, right, bottom in [corners(box)]
        ]
        write_text(
            (folder / picture).with_suffix(".xml"),
            f"<annotation><folder>x</folder><filename>{Path(picture).name}</filename>",
            f"<size><width>{SIZE[0]}</width><height>{SIZE[1]}</height><depth>3</depth></size>",
            *objects,
            "</annotation>",
        )
    return folder


def feature(ring: Sequence[Sequence[float]], label: str | None, **more: object) -> object:
    properties: dict[str, object] = {"objectType": "annotation", "isLocked": True}
    if label is not None:
        properties["classification"] = {"name": label, "color": [1, 2, 3]}
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "geometry": geometry, "properties": properties} | more


def as_geojson(folder: Path, labels: Labels) -> Path:
    for picture, boxes in labels.items():
        features = []
        for box in boxes:
            left, top, right, bottom = corners(box)
            ring = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
            nucleus = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
            features.append(feature(ring, box.label, nucleusGeometry=nucleus))
        collection = {"type": "FeatureCollection", "features": features}
        write_json((folder / picture).with_suffix(".geojson"), collection)
    return folder


WRITERS: dict[str, Callable[[Path, Labels], Path]] = {
    "csv": as_csv,
    "coco": as_coco,
    "yolo": as_yolo,
    "voc": as_voc,
    "geojson": as_geojson,
}
