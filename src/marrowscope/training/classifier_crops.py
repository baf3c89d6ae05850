"""Training crops of the classifier: what each shows, or at least what it does not."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from marrowscope.cells.stain import brightest_rgb, white_balanced
from marrowscope.evaluation.image_sets import ImageSets
from marrowscope.evaluation.labels import class_of
from marrowscope.geometry import BoolArray, FloatArray, UInt8Array
from marrowscope.training.detector_network import DetectorNetwork
from marrowscope.training.detector_tiles import TILE_UM_PER_PX, Source, Tile, field_tile
from marrowscope.training.stain_jitter import jitter_optics, jitter_stain

CLASS_IDS = (
    "BLAST_NOS",
    "PROMY",
    "MYELO",
    "META",
    "BAND",
    "SEG",
    "EOS_MAT",
    "BASO",
    "MONO",
    "LYMPH",
    "PLASMA",
    "ERY_NOS",
    "UNCLASS",
    "ARTEFACT",
    "PLT",
)
CROP_PX = 96
STORED_PX = 104
UM_PER_PX = TILE_UM_PER_PX


@dataclass(frozen=True, slots=True)
class CropSet:
    """Crops with partial labels.

    pixels: (n, 104, 104, 3) white-balanced RGB at 0.25 µm/px. allowed: (n, classes), True for
    each class the crop may show; one True is a full label. own: (n, classes), the classes its
    own source distinguishes. weight: (n,), how often to draw it.
    """

    pixels: UInt8Array
    allowed: BoolArray
    own: BoolArray
    weight: FloatArray


@dataclass(frozen=True, slots=True)
class _Example:
    pixels: UInt8Array
    allowed: BoolArray
    image_set: str
    group: str


def _one_hot(class_id: str) -> BoolArray:
    return np.array([known == class_id for known in CLASS_IDS])


def stored_crop(pixels: UInt8Array, x: float, y: float, um_per_px: float) -> UInt8Array:
    """A 104 px crop at 0.25 µm/px around (x, y), mirrored at the picture's edge, white-balanced."""
    factor = UM_PER_PX / um_per_px
    half = STORED_PX / 2 * factor
    if factor > 1:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.4 * factor), dtype=np.uint8)
    place = np.array([[factor, 0, x - half], [0, factor, y - half]], dtype=np.float32)
    crop = cv2.warpAffine(
        pixels,
        place,
        (STORED_PX, STORED_PX),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return np.asarray(crop, dtype=np.uint8)


def _labelled(sets: ImageSets, split: str) -> list[_Example]:
    examples = []
    for crop in sets.crops:
        class_id = class_of(crop.image_set, crop.label)
        if crop.split != split or class_id not in CLASS_IDS:
            continue
        pixels = sets.crop_pixels(crop)
        small = stored_crop(pixels, pixels.shape[1] / 2, pixels.shape[0] / 2, crop.um_per_px)
        small = white_balanced(small, brightest_rgb(pixels))
        examples.append(
            _Example(small, _one_hot(class_id), crop.image_set, f"{crop.image_set} {class_id}")
        )
    return examples


def _from_tile(tile: Tile, n_plasma: int) -> list[_Example]:
    white = brightest_rgb(tile.pixels)
    examples = []
    for number, (x, y, _, _) in enumerate(tile.cells):
        is_plasma = number < n_plasma
        allowed = _one_hot("PLASMA")
        if not is_plasma:
            allowed = ~allowed & ~_one_hot("PLT")
        pixels = white_balanced(stored_crop(tile.pixels, x, y, TILE_UM_PER_PX), white)
        group = "segpc-marrow PLASMA" if is_plasma else "segpc-marrow other"
        examples.append(_Example(pixels, allowed, "segpc-marrow", group))
    return examples


def _from_fields(sets: ImageSets, split: str, detector: DetectorNetwork) -> list[_Example]:
    """Plasma cells as boxed, and the other cells the detector is sure of as "not a plasma cell"."""
    from marrowscope.training.detector import with_own_labels  # noqa: PLC0415

    examples = []
    for field in sets.fields:
        if field.image_set == "segpc-marrow" and field.split == split:
            tile = field_tile(field, sets.field_pixels(field), Source.PARTLY)
            examples += _from_tile(with_own_labels(detector, tile), len(tile.cells))
    return examples


def load_crops(data: Path, split: str, detector: DetectorNetwork | None) -> CropSet:
    """Every crop of a split; fields are left out without a detector (permissive licence)."""
    sets = ImageSets(data)
    examples = _labelled(sets, split)
    if detector is not None:
        examples += _from_fields(sets, split, detector)
    full = [example for example in examples if example.allowed.sum() == 1]
    own_of: dict[str, BoolArray] = {}
    for example in full:
        own_of[example.image_set] = own_of.get(example.image_set, False) | example.allowed
    own_of["segpc-marrow"] = np.ones(len(CLASS_IDS), dtype=bool)
    sizes = Counter(example.group for example in examples)
    return CropSet(
        pixels=np.stack([example.pixels for example in examples]),
        allowed=np.stack([example.allowed for example in examples]),
        own=np.stack([own_of[example.image_set] for example in examples]),
        weight=_weights([example.group for example in examples], sizes),
    )


def _weights(groups: Sequence[str], sizes: Counter[str]) -> FloatArray:
    """Square-root balance between the (set, class) groups; handfuls are not repeated to death."""
    drawn = {group: np.sqrt(n) if n >= 20 else n / 5 for group, n in sizes.items()}
    weight = np.array([drawn[group] / sizes[group] for group in groups])
    return np.asarray(weight / weight.sum(), dtype=np.float32)


def augmented(crop: UInt8Array, random: np.random.Generator) -> UInt8Array:
    """One stored crop turned, scaled, moved, re-stained, blurred and compressed; (96, 96, 3)."""
    angle, zoom = random.uniform(0, 360), float(np.exp(random.uniform(-0.18, 0.18)))
    turn = np.asarray(cv2.getRotationMatrix2D((STORED_PX / 2, STORED_PX / 2), angle, zoom))
    turn[:, 2] = turn[:, 2] + (CROP_PX - STORED_PX) / 2 + random.uniform(-5, 5, 2)
    if random.random() < 0.5:
        crop = np.ascontiguousarray(crop[:, ::-1])
    out = cv2.warpAffine(
        crop, turn, (CROP_PX, CROP_PX), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return jitter_optics(jitter_stain(np.asarray(out, dtype=np.uint8), random, 1.0), random)


def centre_crop(pixels: UInt8Array) -> UInt8Array:
    """The middle (n, 96, 96, 3) of stored crops, as used when nothing is to be varied."""
    edge = (STORED_PX - CROP_PX) // 2
    return pixels[:, edge : edge + CROP_PX, edge : edge + CROP_PX]
