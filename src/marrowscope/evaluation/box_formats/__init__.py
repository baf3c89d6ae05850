"""Boxes that a laboratory drew on its own fields, in any of five layouts.

`boxes.csv`, COCO, YOLO, Pascal VOC, and GeoJSON from QuPath: one module each, which reads its
layout into `Entry`s; `entries.py` checks them all alike.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.box_formats import coco, csv_table, pascal_voc, qupath_geojson, yolo
from marrowscope.evaluation.box_formats.entries import Entry, collected
from marrowscope.evaluation.box_formats.label_files import files_below, json_of
from marrowscope.evaluation.box_formats.picture_folder import PictureFolder, pictures_in
from marrowscope.evaluation.image_sets import Box
from marrowscope.slides.file_names import shown

__all__ = ["pictures_in", "read_boxes"]

_Reader = Callable[[Path, PictureFolder], Iterator[Entry]]
_KNOWN = "boxes.csv, COCO JSON, YOLO text, Pascal VOC XML, GeoJSON from QuPath"


def read_boxes(source: Path, pictures: Path) -> dict[str, tuple[Box, ...]]:
    """The boxes of every labelled picture, by its path below `pictures`, sorted by that path.

    source: file or folder of labels; its layout is told from extension and content. A picture
    stated to hold no cell has an empty tuple; one that the labels do not mention is left out.
    Boxes are in the picture's own pixels, clipped to it.
    Raises UnreadableInputError: unknown or damaged layout, a picture that is not there, a box
    that cannot be true, no box at all; and what opening a picture raises.
    """
    folder = PictureFolder(pictures)
    reader, path = _layout_of(source.absolute())
    return collected(reader(path, folder), folder)


def _layout_of(source: Path) -> tuple[_Reader, Path]:
    """How to read the labels, and the file or folder to read."""
    if source.is_dir():
        return _layout_of_folder(source)
    if not source.exists():
        raise UnreadableInputError(
            f"{shown(source.name)}: there is no such file or folder of labels; check the path"
        )
    return _layout_of_file(source), source


def _layout_of_file(source: Path) -> _Reader:
    match source.suffix.lower():
        case ".csv":
            return csv_table.entries
        case ".xml":
            return pascal_voc.entries
        case ".json" | ".geojson":
            value = json_of(source, shown(source.name))
            if coco.is_coco(value):
                return coco.entries
            if qupath_geojson.is_geojson(value):
                return qupath_geojson.entries
        case ".txt" | ".yaml" | ".yml" | ".names":
            raise UnreadableInputError(
                f"{shown(source.name)}: YOLO labels are a folder; give the folder that it lies in"
            )
    raise _unknown(source)


def _layout_of_folder(source: Path) -> tuple[_Reader, Path]:
    found: list[tuple[_Reader, str]] = []
    if files_below(source, ".xml"):
        found.append((pascal_voc.entries, "Pascal VOC"))
    if files_below(source, ".geojson"):
        found.append((qupath_geojson.entries, "GeoJSON"))
    if yolo.label_files(source):
        found.append((yolo.entries, "YOLO"))
    if len(found) > 1:
        raise UnreadableInputError(
            f"{shown(source.name)}: holds {found[0][1]} and {found[1][1]} labels; "
            "give a folder with one of them"
        )
    if found:
        return found[0][0], source
    files = sorted(path for path in source.iterdir() if path.suffix.lower() in (".csv", ".json"))
    if len(files) > 1:
        raise UnreadableInputError(
            f"{shown(source.name)}: holds {len(files)} tables or JSON files; "
            "give the one with the labels"
        )
    if files:
        return _layout_of_file(files[0]), files[0]
    raise _unknown(source)


def _unknown(source: Path) -> UnreadableInputError:
    return UnreadableInputError(
        f"{shown(source.name)}: holds labels in no layout that is read here; give {_KNOWN}"
    )
