"""COCO detection JSON: `images`, `annotations`, `categories`; `bbox` is x, y, width, height.

Outlines (`segmentation`) are not read. An annotation with `iscrowd` 1 becomes a region to ignore,
whatever its category. https://cocodataset.org/#format-data
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.box_formats.entries import Entry
from marrowscope.evaluation.box_formats.label_files import json_of, number_of
from marrowscope.evaluation.box_formats.picture_folder import PictureFolder
from marrowscope.evaluation.image_sets import Box
from marrowscope.slides.file_names import shown

_IGNORE = "ignore"
_Record = Mapping[str, object]


def is_coco(value: object) -> bool:
    """True for what a COCO file holds at its top."""
    return isinstance(value, dict) and "images" in value


def entries(source: Path, pictures: PictureFolder) -> Iterator[Entry]:
    """Every listed image, then every annotation. Raises UnreadableInputError."""
    name = shown(source.name)
    content = cast("_Record", json_of(source, name))
    images = _by_id(content, "images", name)
    categories = _by_id(content, "categories", name)
    picture_of: dict[str, str] = {}
    for image_id, (where, image) in images.items():
        picture_of[image_id] = _picture(image, pictures, where)
        yield Entry(picture_of[image_id], where)
    for where, annotation in _records(content, "annotations", name):
        image_id = _id(annotation, "image_id", where)
        if image_id not in picture_of:
            raise UnreadableInputError(
                f"{where}: image_id {shown(image_id)} is not among the images; export it again"
            )
        yield Entry(picture_of[image_id], where, _box(annotation, categories, where))


def _records(content: _Record, key: str, name: str) -> Iterator[tuple[str, _Record]]:
    """Each record of a list with its place."""
    records = content.get(key)
    if not isinstance(records, list):
        raise UnreadableInputError(
            f"{name}: the list {key} is missing; a COCO file needs images, annotations, categories"
        )
    for place, record in enumerate(records, start=1):
        where = f"{name}, {key} entry {place}"
        if not isinstance(record, dict):
            raise UnreadableInputError(f"{where}: is no record; export the file again")
        yield where, record


def _by_id(content: _Record, key: str, name: str) -> dict[str, tuple[str, _Record]]:
    records: dict[str, tuple[str, _Record]] = {}
    for where, record in _records(content, key, name):
        record_id = _id(record, "id", where)
        if record_id in records:
            raise UnreadableInputError(
                f"{where}: the id {shown(record_id)} was given before; export the file again"
            )
        records[record_id] = where, record
    return records


def _id(record: _Record, key: str, where: str) -> str:
    value = record.get(key)
    if not isinstance(value, int | str):
        raise UnreadableInputError(f"{where}: {key} is missing; export the file again")
    return str(value)


def _picture(image: _Record, pictures: PictureFolder, where: str) -> str:
    name = image.get("file_name")
    if not isinstance(name, str):
        raise UnreadableInputError(f"{where}: file_name is missing; export the file again")
    picture = pictures.named(name, where)
    width, height = (number_of(image.get(key) or 0, key, where) for key in ("width", "height"))
    pictures.check_size(picture, (width, height), where)
    return picture


def _box(annotation: _Record, categories: Mapping[str, tuple[str, _Record]], where: str) -> Box:
    numbers = annotation.get("bbox")
    if not isinstance(numbers, list) or len(numbers) != 4:
        raise UnreadableInputError(
            f"{where}: bbox is missing; it holds x, y, width and height in pixels"
        )
    x, y, w, h = (number_of(value, "a number of bbox", where) for value in numbers)
    return Box(_label(annotation, categories, where), x, y, w, h)


def _label(annotation: _Record, categories: Mapping[str, tuple[str, _Record]], where: str) -> str:
    category_id = _id(annotation, "category_id", where)
    name = categories[category_id][1].get("name") if category_id in categories else None
    if not isinstance(name, str):
        raise UnreadableInputError(
            f"{where}: category {shown(category_id)} has no name; add it to categories"
        )
    return _IGNORE if annotation.get("iscrowd") else name
