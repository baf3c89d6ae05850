"""Pictures that show no single cell, made from those that do, to teach what is strange.

None of them stands for a disease or a lesion: they are what a detector hands over by mistake.
"""

import cv2
import numpy as np

from marrowscope.geometry import UInt8Array
from marrowscope.training.classifier_crops import CropSet
from marrowscope.training.crop_example import STORED_PX

SEED = 20261128
HALF = STORED_PX // 2


def not_cells(crops: CropSet, n_of_each: int) -> UInt8Array:
    """(6 n, 104, 104, 3): several cells in one, two halves, too near, ground alone, noise, blots.

    The same crops give the same pictures.
    """
    random = np.random.default_rng(SEED)
    return np.concatenate(
        [
            np.stack([make(crops, random) for _ in range(n_of_each)])
            for make in (_four, _halves, _too_near, _ground, _noise, _blot)
        ]
    )


def _one(crops: CropSet, random: np.random.Generator) -> UInt8Array:
    pixels: UInt8Array = crops.pixels[random.integers(len(crops.pixels))]
    return pixels


def _four(crops: CropSet, random: np.random.Generator) -> UInt8Array:
    small = [np.asarray(cv2.resize(_one(crops, random), (HALF, HALF))) for _ in range(4)]
    rows = [np.concatenate(small[:2], axis=1), np.concatenate(small[2:], axis=1)]
    return np.asarray(np.concatenate(rows, axis=0), dtype=np.uint8)


def _halves(crops: CropSet, random: np.random.Generator) -> UInt8Array:
    left, right = _one(crops, random), _one(crops, random)
    return np.concatenate([left[:, HALF:], right[:, :HALF]], axis=1)


def _too_near(crops: CropSet, random: np.random.Generator) -> UInt8Array:
    edge = STORED_PX * 7 // 25
    middle = _one(crops, random)[edge:-edge, edge:-edge]
    return np.asarray(cv2.resize(middle, (STORED_PX, STORED_PX)), dtype=np.uint8)


def _ground(crops: CropSet, random: np.random.Generator) -> UInt8Array:
    names = sorted(crops.grounds)
    grounds = crops.grounds[names[random.integers(len(names))]]
    ground: UInt8Array = grounds[random.integers(len(grounds))]
    return ground


def _noise(_crops: CropSet, random: np.random.Generator) -> UInt8Array:
    return random.integers(0, 256, (STORED_PX, STORED_PX, 3), dtype=np.uint8)


def _blot(crops: CropSet, random: np.random.Generator) -> UInt8Array:
    """Smooth blots of any colour, as dust and precipitate out of focus."""
    coarse = cv2.GaussianBlur(_noise(crops, random), (0, 0), float(random.uniform(1, 6)))
    contrast, colour = random.uniform(2, 12), random.uniform(90, 210, 3)
    blots = (np.asarray(coarse, dtype=np.float32) - 128) * contrast + colour
    return np.clip(blots, 0, 255).astype(np.uint8)
