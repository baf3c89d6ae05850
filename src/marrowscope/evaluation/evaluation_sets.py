"""The sets that a detector is scored on: those of a data folder, or any folder of fields."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from marrowscope.errors import UnknownScaleError, UnreadableInputError
from marrowscope.evaluation.box_formats import pictures_in
from marrowscope.evaluation.box_labels import is_red_cell
from marrowscope.evaluation.detector_scores import ONE_CLASS_BOXED
from marrowscope.evaluation.image_sets import FIELDS_TABLE, RED_CELL_UM, Box, BoxedField, ImageSets
from marrowscope.geometry import PixelBox, UInt8Array
from marrowscope.settings import UM_PER_PX_LIMITS
from marrowscope.slides.decoded_cache import DecodedCache
from marrowscope.slides.field_picture import CACHE_BYTES, open_field
from marrowscope.slides.file_names import natural_key, shown
from marrowscope.slides.opened_picture import OpenedPicture

MIN_RED_CELLS = 3
UNSTATED_LICENCE = "not stated"


@dataclass(frozen=True, slots=True)
class FieldSet:
    """Fields that are scored together. read: pixels (rows, columns, 3) of one of them, RGB.

    is_fully_boxed: whether every nucleated cell is boxed, so that what else is found is false.
    n_without_scale, n_without_boxes: pictures left out because nothing gives their scale, or
    because the labels do not name them.
    """

    name: str
    fields: tuple[BoxedField, ...]
    read: Callable[[BoxedField], UInt8Array]
    is_fully_boxed: bool = True
    n_without_scale: int = 0
    n_without_boxes: int = 0

    @property
    def scales(self) -> tuple[float, float]:
        """The finest and the coarsest scale of its fields as they were taken, µm/px."""
        scales = [field.um_per_px for field in self.fields]
        return (round(min(scales), 4), round(max(scales), 4))

    @property
    def licence(self) -> str:
        """Licences of its fields."""
        return "; ".join(sorted({field.licence for field in self.fields}))


def sets_of_data(sets: ImageSets, split: str) -> tuple[FieldSet, ...]:
    """Every set of the data folder that has fields of this split, by name.

    Raises UnreadableInputError where none has.
    """
    names = sorted({field.image_set for field in sets.fields if field.split == split})
    if not names:
        raise UnreadableInputError(
            f"fields.csv has no field of the split {split} with a scale; choose another --split"
        )
    found = []
    for name in names:
        fields = tuple(f for f in sets.fields if (f.image_set, f.split) == (name, split))
        found.append(
            FieldSet(
                name=name,
                fields=fields,
                read=sets.field_pixels,
                is_fully_boxed=name not in ONE_CLASS_BOXED,
                n_without_scale=sets.n_fields(name, split) - len(fields),
            )
        )
    return tuple(found)


def sets_if_any(data: Path, split: str) -> tuple[FieldSet, ...]:
    """As `sets_of_data` of a data folder; none where it has no fields of this split."""
    if not (data / FIELDS_TABLE).exists():
        return ()
    sets = ImageSets(data)
    has_fields = any(field.split == split for field in sets.fields)
    return sets_of_data(sets, split) if has_fields else ()


def set_of_pictures(
    folder: Path,
    boxes: Mapping[str, Sequence[Box]],
    *,
    um_per_px: float | None = None,
    is_fully_boxed: bool = True,
) -> FieldSet:
    """The pictures of a folder that the labels name, as one set named after the folder.

    boxes: by path below the folder, with forward slashes. um_per_px: scale of all of them; where
    None, at least three boxed red cells give that of each field, else its own metadata.
    Raises UnreadableInputError where a picture is missing or damaged or none is named,
    UnknownScaleError where nothing gives the scale of any.
    """
    name = folder.resolve().name or "fields"
    if not boxes:
        raise UnreadableInputError(
            f"the labels name no picture of {shown(name)}; check --fields and --boxes"
        )
    cache = DecodedCache(CACHE_BYTES)
    opened: dict[str, OpenedPicture] = {}
    fields = []
    for path in sorted(boxes, key=natural_key):
        if not (folder / path).is_file():
            raise UnreadableInputError(
                f"{shown(path)}: the labels name this picture, but it is not in "
                f"{shown(name)}; check --fields and --boxes"
            )
        opened[path] = open_field(folder / path, path, cache)
        scale = um_per_px or scale_from_red_cells(boxes[path]) or opened[path].picture.um_per_px
        if scale is not None:
            fields.append(BoxedField(path, name, "", scale, UNSTATED_LICENCE, tuple(boxes[path])))
    if not fields:
        raise UnknownScaleError(
            f"nothing gives the scale of the fields in {shown(name)}: fewer than "
            f"{MIN_RED_CELLS} red cells are boxed on each and their metadata state none; give it "
            "with --um-per-px"
        )
    return FieldSet(
        name=name,
        fields=tuple(fields),
        read=lambda field: _whole_picture(opened[field.path]),
        is_fully_boxed=is_fully_boxed,
        n_without_scale=len(boxes) - len(fields),
        n_without_boxes=len(pictures_in(folder)) - len(boxes),
    )


def scale_from_red_cells(boxes: Sequence[Box]) -> float | None:
    """µm/px at which the median boxed red cell is 7.2 µm across; None with fewer than three, or
    where no microscope has such a scale.
    """
    sizes = sorted((box.w_px + box.h_px) / 2 for box in boxes if is_red_cell(box.label))
    if len(sizes) < MIN_RED_CELLS:
        return None
    middle = len(sizes) // 2
    median = sizes[middle] if len(sizes) % 2 else (sizes[middle - 1] + sizes[middle]) / 2
    low, high = UM_PER_PX_LIMITS
    return RED_CELL_UM / median if RED_CELL_UM / high <= median <= RED_CELL_UM / low else None


def _whole_picture(opened: OpenedPicture) -> UInt8Array:
    picture = opened.picture
    width, height = picture.width_px, picture.height_px
    return picture.read(PixelBox(0, 0, width, height), width, height)
