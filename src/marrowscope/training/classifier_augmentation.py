"""Shows a training crop as another microscope, stain, file and neighbourhood might.

What a cell is must not be learnt from whose cell it is: each crop takes on the stain of another
set now and then, and is set among the red cells of another set.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from marrowscope.geometry import FloatArray, UInt8Array
from marrowscope.training.cell_cutouts import optical_density, rgb_of_density
from marrowscope.training.classifier_crops import CropSet
from marrowscope.training.crop_example import CROP_PX, STORED_PX
from marrowscope.training.stain_jitter import jitter_optics, jitter_stain

MOVED_PX = 5.0
ZOOM = 0.18
"""Natural logarithm of the largest change of size."""
OWN_PART = 0.5
"""How far a crop's own nucleus, rather than its set's middle one, says how it was stained."""
LEAST_DENSITY = 0.05
GAIN_LIMITS = (0.5, 2.0)
COARSEST_UM_PER_PX = 0.5


@dataclass(frozen=True, slots=True)
class Variation:
    """How often a crop is changed in each way, as shares of all crops drawn.

    restained: towards the stain of another crop of any set. moved: set on the ground of another
    crop of any set. coarse: seen at up to 0.5 µm/px, or as blurred.
    """

    restained: float = 0.5
    moved: float = 0.35
    coarse: float = 0.35


class Augmentation:
    """Draws changed crops from a set of them."""

    def __init__(self, crops: CropSet, variation: Variation) -> None:
        self._crops = crops
        self._variation = variation
        sets = np.array(crops.sets)
        self._rows = {name: np.flatnonzero(sets == name) for name in dict.fromkeys(crops.sets)}
        self._names = sorted(self._rows)
        roots = np.sqrt([len(self._rows[name]) for name in self._names])
        self._shares = roots / roots.sum()
        self._middle = {
            name: np.median(crops.nuclear_density[rows], axis=0)
            for name, rows in self._rows.items()
        }

    def __call__(self, index: int, random: np.random.Generator) -> UInt8Array:
        """One crop (96, 96, 3), changed; index: its row in the set."""
        pixels = self._crops.pixels[index]
        if random.random() < self._variation.restained:
            pixels = self._restained(pixels, index, random)
        if random.random() < self._variation.moved:
            pixels = self._moved(pixels, index, random)
        else:
            pixels = _turned(pixels, random)
        if random.random() < self._variation.coarse:
            pixels = _coarser(pixels, random)
        return jitter_optics(jitter_stain(pixels, random, 1.0), random)

    def _another(self, random: np.random.Generator) -> str:
        """A set to borrow from, the larger ones more often by the root of their size."""
        return self._names[int(random.choice(len(self._names), p=self._shares))]

    def _density(self, index: int) -> FloatArray:
        own = self._crops.nuclear_density[index]
        middle = self._middle[self._crops.sets[index]]
        return np.asarray(OWN_PART * own + (1 - OWN_PART) * middle + LEAST_DENSITY, np.float32)

    def _restained(self, pixels: UInt8Array, index: int, random: np.random.Generator) -> UInt8Array:
        """Part of the way to the nuclear stain of another crop, channel by channel."""
        rows = self._rows[self._another(random)]
        other = int(rows[random.integers(len(rows))])
        gain = np.clip(self._density(other) / self._density(index), *GAIN_LIMITS)
        return rgb_of_density(optical_density(pixels) * gain ** np.float32(random.uniform(0, 1)))

    def _moved(self, pixels: UInt8Array, index: int, random: np.random.Generator) -> UInt8Array:
        """The cell, cut out loosely, on the ground of another crop."""
        grounds = self._crops.grounds[self._another(random)]
        ground = _turned(grounds[random.integers(len(grounds))], random)
        cell = np.unpackbits(self._crops.cells[index], axis=-1, count=STORED_PX)
        grown = int(random.integers(-1, 4))
        if grown > 0:
            shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * grown + 1, 2 * grown + 1))
            cell = np.asarray(cv2.dilate(cell, shape), dtype=np.uint8)
        soft = cv2.GaussianBlur(cell * 255, (0, 0), float(random.uniform(0.6, 1.5)))
        with_mask = np.concatenate([pixels, np.asarray(soft, dtype=np.uint8)[..., None]], axis=2)
        turned = _turned(with_mask, random)
        share = turned[..., 3:].astype(np.float32) / 255
        return np.asarray(turned[..., :3] * share + ground * (1 - share), dtype=np.uint8)


def _turned(pixels: UInt8Array, random: np.random.Generator) -> UInt8Array:
    """Turned, mirrored, scaled and moved; (104, 104, channels) to (96, 96, channels)."""
    angle, zoom = random.uniform(0, 360), float(np.exp(random.uniform(-ZOOM, ZOOM)))
    turn = np.asarray(cv2.getRotationMatrix2D((STORED_PX / 2, STORED_PX / 2), angle, zoom))
    turn[:, 2] = turn[:, 2] + (CROP_PX - STORED_PX) / 2 + random.uniform(-MOVED_PX, MOVED_PX, 2)
    if random.random() < 0.5:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
    out = cv2.warpAffine(
        pixels, turn, (CROP_PX, CROP_PX), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(out, dtype=np.uint8)


def _coarser(pixels: UInt8Array, random: np.random.Generator) -> UInt8Array:
    """As scanned at up to 0.5 µm/px, or out of focus."""
    if random.random() < 0.5:
        blurred = cv2.GaussianBlur(pixels, (0, 0), float(random.uniform(0.6, 1.8)))
        return np.asarray(blurred, dtype=np.uint8)
    factor = float(random.uniform(0.25, COARSEST_UM_PER_PX)) / 0.25
    size = round(CROP_PX / factor)
    small = cv2.resize(pixels, (size, size), interpolation=cv2.INTER_AREA)
    back = cv2.resize(small, (CROP_PX, CROP_PX), interpolation=cv2.INTER_LINEAR)
    return np.asarray(back, dtype=np.uint8)
