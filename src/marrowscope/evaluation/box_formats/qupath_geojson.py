"""GeoJSON as QuPath writes it: one file a picture, named after the picture.

Every polygon, multipolygon or rectangle becomes the box around it; its label is the name of its
classification. QuPath's own class `Region*` marks areas, not cells, and is left out. Object type,
locks, the outline of the nucleus and measurements are not read.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import cast

from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.box_formats.entries import NUCLEATED, Entry
from marrowscope.evaluation.box_formats.label_files import files_below, json_of, number_of
from marrowscope.evaluation.box_formats.picture_folder import PictureFolder
from marrowscope.evaluation.image_sets import Box
from marrowscope.slides.file_names import shown

_AREA_NOT_CELL = "Region*"
_Record = Mapping[str, object]


def is_geojson(value: object) -> bool:
    """True for a FeatureCollection, one feature, or a bare list of features."""
    first = value[0] if isinstance(value, list) and value else value
    is_record = isinstance(first, dict) and first.get("type") in ("FeatureCollection", "Feature")
    return is_record or value == []


def entries(source: Path, pictures: PictureFolder) -> Iterator[Entry]:
    """The features of the file, or of every file of the folder. Raises UnreadableInputError."""
    folder = source if source.is_dir() else source.parent
    files = files_below(source, ".geojson") if source.is_dir() else [source]
    for path in files:
        name = path.relative_to(folder).as_posix()
        picture = _picture(name, pictures, alone=not source.is_dir())
        yield Entry(picture, shown(name))
        for place, feature in enumerate(_features(path, shown(name)), start=1):
            where = f"{shown(name)}, feature {place}"
            entry = _entry(feature, picture, where)
            if entry is not None:
                yield entry


def _picture(name: str, pictures: PictureFolder, *, alone: bool) -> str:
    """The picture that the file is named after; or, for one file and one picture, that one."""
    if alone and len(pictures.names) == 1:
        return pictures.names[0]
    where = f"{shown(name)} (each file is named after its picture)"
    return pictures.beside(name, where)


def _features(path: Path, where: str) -> list[object]:
    value = json_of(path, where)
    if not is_geojson(value):
        raise UnreadableInputError(f"{where}: is no GeoJSON; export it from QuPath as GeoJSON")
    if isinstance(value, list):
        return value
    record = cast("_Record", value)
    features = record.get("features") if record["type"] == "FeatureCollection" else [record]
    if not isinstance(features, list):
        raise UnreadableInputError(f"{where}: the list of features is missing; export it again")
    return features


def _entry(feature: object, picture: str, where: str) -> Entry | None:
    if not isinstance(feature, dict) or not isinstance(feature.get("geometry"), dict):
        raise UnreadableInputError(f"{where}: is no feature with a geometry; export it again")
    label = _label(feature.get("properties"), where)
    if label == _AREA_NOT_CELL:
        return None
    return Entry(picture, where, _box_around(feature["geometry"], label, where))


def _label(properties: object, where: str) -> str:
    classification = properties.get("classification") if isinstance(properties, dict) else None
    if classification is None:
        return NUCLEATED
    if isinstance(classification, dict):
        name, names = classification.get("name"), classification.get("names")
        if isinstance(name, str):
            return name
        if isinstance(names, list) and names and all(isinstance(part, str) for part in names):
            return ": ".join(names)
    raise UnreadableInputError(f"{where}: its classification has no name; classify it again")


def _box_around(geometry: _Record, label: str, where: str) -> Box:
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind in ("Point", "MultiPoint"):
        raise UnreadableInputError(
            f"{where}: is a point, which has no size; draw an outline or a rectangle round the cell"
        )
    if kind not in ("Polygon", "MultiPolygon"):
        raise UnreadableInputError(
            f"{where}: is neither a polygon nor a rectangle; draw an outline round the cell"
        )
    polygons = coordinates if kind == "MultiPolygon" else [coordinates]
    try:
        rings = chain.from_iterable(cast("list[list[list[list[object]]]]", polygons))
        points = [(point[0], point[1]) for point in chain.from_iterable(rings)]
    except (TypeError, LookupError) as error:
        raise _damaged(where) from error
    if not points:
        raise _damaged(where)
    x = [number_of(point[0], "a coordinate", where) for point in points]
    y = [number_of(point[1], "a coordinate", where) for point in points]
    return Box(label, min(x), min(y), max(x) - min(x), max(y) - min(y))


def _damaged(where: str) -> UnreadableInputError:
    return UnreadableInputError(f"{where}: its coordinates are damaged; export it again")
