"""Training crops of the classifier: what each shows, or at least what it does not."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from marrowscope.cells.model import Detector
from marrowscope.cells.stain import brightest_rgb, white_balanced
from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.crop_layouts import open_crop_sources
from marrowscope.evaluation.crop_source import CropSource
from marrowscope.evaluation.image_sets import FIELDS_TABLE, ImageSets, LabelledCrop
from marrowscope.evaluation.labels import entry_of
from marrowscope.evaluation.named_cells import named_cells
from marrowscope.geometry import BoolArray, FloatArray, UInt8Array
from marrowscope.training.cell_cutouts import cut_out, ground_of
from marrowscope.training.crop_example import CROP_PX, STORED_PX, CropExample, stored_crop
from marrowscope.training.field_examples import examples_on_fields
from marrowscope.vocabulary import in_reading_order

MOST_OF_A_GROUP = 6000
"""Crops of one class and set that are kept, evenly spread, so that memory stays bounded."""
GROUNDS_OF_A_SET = 1500
HANDFUL = 20


@dataclass(frozen=True, slots=True)
class CropSet:
    """Crops with partial labels.

    class_ids: the classes of the columns. pixels: (n, 104, 104, 3) white-balanced RGB at 0.25
    µm/px. allowed: (n, classes), True for each class the crop may show; one True is a full label.
    own: (n, classes), the classes its own set distinguishes. weight: (n,), how often to draw it,
    sum 1. groups: (n,) "set CLASS". sets: (n,). cells: (n, 104, 13), the central cell, packed
    bits. nuclear_density: (n, 3). grounds: what lies around cells, by set: (m, 104, 104, 3).
    """

    class_ids: tuple[str, ...]
    pixels: UInt8Array
    allowed: BoolArray
    own: BoolArray
    weight: FloatArray
    groups: tuple[str, ...]
    sets: tuple[str, ...]
    cells: UInt8Array
    nuclear_density: FloatArray
    grounds: dict[str, UInt8Array]


def centre_crop(pixels: UInt8Array) -> UInt8Array:
    """The middle (n, 96, 96, 3) of stored crops, as used when nothing is to be varied."""
    edge = (STORED_PX - CROP_PX) // 2
    return pixels[:, edge : edge + CROP_PX, edge : edge + CROP_PX]


def modelled_classes(
    sources: Iterable[CropSource], fewest_of_a_class: int, *, with_fields: bool
) -> tuple[str, ...]:
    """Classes of which the training split of all sources has enough, in reading order."""
    n_of: Counter[str] = Counter()
    for source in sources:
        for crop in source.crops:
            entry = entry_of(crop.image_set, crop.label)
            if crop.split == "train" and entry is not None:
                n_of[entry.class_ids[0]] += 1
    enough = [class_id for class_id, n in n_of.items() if n >= fewest_of_a_class]
    return in_reading_order([*enough, *(["PLASMA"] if with_fields else [])])


def _group(crop: LabelledCrop) -> str:
    entry = entry_of(crop.image_set, crop.label)
    return f"{crop.image_set} {entry.class_ids[0] if entry else '-'}"


def _kept(crops: Sequence[LabelledCrop]) -> list[LabelledCrop]:
    """At most `MOST_OF_A_GROUP` of each class and set, evenly spread over their order."""
    by_group: dict[str, list[LabelledCrop]] = {}
    for crop in crops:
        by_group.setdefault(_group(crop), []).append(crop)
    kept: list[LabelledCrop] = []
    for members in by_group.values():
        n = min(len(members), MOST_OF_A_GROUP)
        kept += [members[round(i)] for i in np.linspace(0, len(members) - 1, n)]
    return kept


def _labelled(source: CropSource, split: str, class_ids: Collection[str]) -> list[CropExample]:
    """The crops of a split whose label names at least one modelled class."""
    examples = []
    for crop in _kept([crop for crop in source.crops if crop.split == split]):
        entry = entry_of(crop.image_set, crop.label)
        possible = tuple(one for one in (entry.class_ids if entry else ()) if one in class_ids)
        if entry is None or entry.class_ids[0] not in class_ids:
            continue
        pixels = source.crop_pixels(crop)
        small = stored_crop(pixels, pixels.shape[1] / 2, pixels.shape[0] / 2, crop.um_per_px)
        small = white_balanced(small, brightest_rgb(pixels))
        examples.append(CropExample(small, possible, crop.image_set, _group(crop)))
    return examples


def load_crops(
    data: Path,
    split: str,
    detector: Detector | None,
    *,
    class_ids: Sequence[str] | None = None,
    fewest_of_a_class: int = 1,
) -> CropSet:
    """Every crop of a split; marrow fields are left out without a detector (permissive licence).

    class_ids: the columns; None takes every class with at least `fewest_of_a_class` training
    crops. Raises UnreadableInputError.
    """
    sources = open_crop_sources(data)
    if class_ids is None:
        with_fields = detector is not None
        class_ids = modelled_classes(sources, fewest_of_a_class, with_fields=with_fields)
    examples = [one for source in sources for one in _labelled(source, split, class_ids)]
    if (data / FIELDS_TABLE).exists():
        sets = ImageSets(data)
        examples += examples_on_fields(sets, split, detector, class_ids, named_cells())
    if not examples:
        raise UnreadableInputError(f"the data folder has nothing of the split {split} to use")
    return _crop_set(examples, tuple(class_ids))


def _crop_set(examples: Sequence[CropExample], class_ids: tuple[str, ...]) -> CropSet:
    known = np.array(class_ids)
    allowed = np.stack([np.isin(known, one.class_ids) for one in examples])
    sets = tuple(one.image_set for one in examples)
    groups = tuple(one.group for one in examples)
    cutouts = [cut_out(one.pixels) for one in examples]
    grounds: dict[str, UInt8Array] = {}
    for name in dict.fromkeys(sets):
        rows = [i for i, one in enumerate(sets) if one == name]
        chosen = rows[:: max(1, len(rows) // GROUNDS_OF_A_SET)]
        grounds[name] = np.stack(
            [ground_of(examples[i].pixels, cutouts[i].cell) for i in chosen], dtype=np.uint8
        )
    return CropSet(
        class_ids=class_ids,
        pixels=np.stack([one.pixels for one in examples]),
        allowed=allowed,
        own=_own_classes(allowed, sets),
        weight=_weights(groups),
        groups=groups,
        sets=sets,
        cells=np.stack([np.packbits(one.cell, axis=-1) for one in cutouts]),
        nuclear_density=np.stack([one.nuclear_density for one in cutouts]),
        grounds=grounds,
    )


def _own_classes(allowed: BoolArray, sets: Sequence[str]) -> BoolArray:
    """For each crop the classes that its set can teach; all of them where it teaches one or none.

    A set with three myelocytes among thousands of other cells would only teach that there are none.
    """
    names = np.array(sets)
    own = np.ones(allowed.shape, dtype=np.bool_)
    for name in dict.fromkeys(sets):
        here = names == name
        full = here & (allowed.sum(axis=1) == 1)
        taught = allowed[full].sum(axis=0) >= HANDFUL
        if taught.sum() > 1:
            own[here] = taught
    return own | allowed


def _weights(groups: Sequence[str]) -> FloatArray:
    """Square-root balance between the groups; handfuls are not repeated to death."""
    sizes = Counter(groups)
    drawn = {group: np.sqrt(n) if n >= HANDFUL else n / 5 for group, n in sizes.items()}
    weight = np.array([drawn[group] / sizes[group] for group in groups])
    return np.asarray(weight / weight.sum(), dtype=np.float32)


def selected(
    crops: CropSet,
    *,
    without_groups: Collection[str] = (),
    without_sets: Collection[str] = (),
) -> CropSet:
    """The other crops, weighed anew, and the grounds of the sets that stay.

    Raises UnreadableInputError where nothing is left.
    """
    pairs = zip(crops.sets, crops.groups, strict=True)
    rows = np.array(
        [name not in without_sets and group not in without_groups for name, group in pairs]
    )
    if not rows.any():
        raise UnreadableInputError("nothing is left to learn from: the sets have too few classes")
    groups = tuple(np.array(crops.groups)[rows].tolist())
    sets = tuple(np.array(crops.sets)[rows].tolist())
    allowed = crops.allowed[rows]
    return replace(
        crops,
        pixels=crops.pixels[rows],
        allowed=allowed,
        own=_own_classes(allowed, sets),
        weight=_weights(groups),
        groups=groups,
        sets=sets,
        cells=crops.cells[rows],
        nuclear_density=crops.nuclear_density[rows],
        grounds={name: pixels for name, pixels in crops.grounds.items() if name in sets},
    )
