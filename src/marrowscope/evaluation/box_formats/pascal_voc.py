"""Pascal VOC: one XML file a picture, with `filename`, `size` and `object`s with a `bndbox`.

Corners are taken as edges counted from 0, so that a box is xmax - xmin wide, as labelling programs
write them today. In files that count pixels from 1, as the first VOC sets did, boxes lie at most
1 px off. `difficult`, `truncated` and parts of objects are not read.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree

from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.box_formats.entries import Entry
from marrowscope.evaluation.box_formats.label_files import files_below, number_of
from marrowscope.evaluation.box_formats.picture_folder import PictureFolder
from marrowscope.evaluation.image_sets import Box
from marrowscope.slides.file_names import shown

_MAX_BYTES = 50_000_000
"""Some hundred thousand boxes; beyond that it is no label file of a field."""


class _HasDoctypeError(Exception):
    """The XML declares a document type, with which entities come."""


class _WithoutDoctype(ElementTree.TreeBuilder):
    def doctype(self, _name: str, _public_id: str | None, _system: str | None) -> NoReturn:
        raise _HasDoctypeError


def entries(source: Path, pictures: PictureFolder) -> Iterator[Entry]:
    """Every XML file, or the one given, and its objects. Raises UnreadableInputError."""
    folder = source if source.is_dir() else source.parent
    files = files_below(source, ".xml") if source.is_dir() else [source]
    for path in files:
        yield from _entries_of_file(path, path.relative_to(folder).as_posix(), pictures)


def _entries_of_file(path: Path, name: str, pictures: PictureFolder) -> Iterator[Entry]:
    root = _root(path, shown(name))
    picture = _picture(root, name, pictures)
    size = (_number(root, f"size/{side}", shown(name), 0.0) for side in ("width", "height"))
    pictures.check_size(picture, (next(size), next(size)), shown(name))
    yield Entry(picture, shown(name))
    for place, element in enumerate(root.findall("object"), start=1):
        where = f"{shown(name)}, object {place}"
        yield Entry(picture, where, _box(element, where))


def _root(path: Path, where: str) -> ElementTree.Element:
    try:
        data = path.read_bytes()
        if len(data) > _MAX_BYTES:
            raise UnreadableInputError(f"{where}: is too large for the labels of one picture")
        root = ElementTree.fromstring(data, ElementTree.XMLParser(target=_WithoutDoctype()))
    except _HasDoctypeError as error:
        raise UnreadableInputError(
            f"{where}: declares a document type or entities, which are not read; "
            "take the DOCTYPE out"
        ) from error
    except ElementTree.ParseError as error:
        line = error.position[0]
        raise UnreadableInputError(
            f"{where}, line {line}: is damaged XML; export it again"
        ) from error
    except (ValueError, LookupError) as error:
        raise UnreadableInputError(f"{where}: is XML in an encoding that is not read") from error
    if root.tag != "annotation":
        raise UnreadableInputError(
            f"{where}: is XML, but no Pascal VOC annotation; take the file out of the folder"
        )
    return root


def _picture(root: ElementTree.Element, name: str, pictures: PictureFolder) -> str:
    written = (root.findtext("filename") or "").strip()
    if written:
        return pictures.named(written, shown(name))
    return pictures.beside(name, shown(name))


def _box(element: ElementTree.Element, where: str) -> Box:
    corners = element.find("bndbox")
    if corners is None:
        raise UnreadableInputError(f"{where}: bndbox is missing; draw the object as a box")
    left, top, right, bottom = (
        _number(corners, corner, where) for corner in ("xmin", "ymin", "xmax", "ymax")
    )
    return Box(element.findtext("name") or "", left, top, right - left, bottom - top)


def _number(
    element: ElementTree.Element, path: str, where: str, missing: float | None = None
) -> float:
    text = element.findtext(path)
    if missing is not None and not (text or "").strip():
        return missing
    return number_of(text, path, where)
