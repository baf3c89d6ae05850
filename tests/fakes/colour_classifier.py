"""A classifier that names a cell by the colour in its middle, and pictures of such cells."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from marrowscope.cells import CropBatch, ModelCard, Proposals, SlideReference

COLOURS: Mapping[str, tuple[int, int, int]] = {
    "BLAST_NOS": (200, 40, 40),
    "PROMY": (40, 200, 40),
    "LYMPH": (40, 40, 200),
    "SEG": (200, 200, 40),
    "ERY_NOS": (40, 200, 200),
    "UNCLASS": (120, 120, 120),
    "ARTEFACT": (20, 20, 20),
}
"""Class by the colour of the middle of a picture."""
GLASS = (235, 230, 235)


def coloured_cell(looks_like: str, side_px: int = 120) -> np.ndarray:
    """A picture (side, side, 3) that the classifier takes for this class."""
    pixels = np.full((side_px, side_px, 3), GLASS, dtype=np.uint8)
    quarter = side_px // 4
    pixels[quarter:-quarter, quarter:-quarter] = COLOURS[looks_like]
    return pixels


class ColourClassifier:
    """Gives the class of the colour in the middle a probability of `sure`, or `sure_of[class]`.

    Remembers how many crops it was shown at once, and with which reference.
    """

    um_per_px = 0.25
    crop_px = 32
    class_ids = tuple(COLOURS)
    blood_only_class_ids: frozenset[str] = frozenset()
    threshold = 0.6

    def __init__(
        self,
        sure: float = 0.9,
        sure_of: Mapping[str, float] | None = None,
        strange: tuple[str, ...] = (),
    ) -> None:
        self._sure = sure
        self._sure_of = sure_of or {}
        self._strange = strange
        self.shown: list[tuple[int, SlideReference]] = []

    def classify(self, crops: CropBatch, reference: SlideReference) -> Proposals:
        self.shown.append((len(crops.pixels), reference))
        assert crops.pixels.shape[1:] == (self.crop_px, self.crop_px, 3)
        middle = crops.pixels[:, self.crop_px // 2, self.crop_px // 2].astype(int)
        palette = np.array(list(COLOURS.values()))
        best = ((middle[:, None] - palette[None]) ** 2).sum(axis=2).argmin(axis=1)
        top = np.array([self._sure_of.get(self.class_ids[i], self._sure) for i in best])
        rest = (1 - top) / (len(COLOURS) - 1)
        # The others are not quite alike, so that the second best is always the same.
        tilt = np.linspace(1.05, 0.95, len(COLOURS))
        probabilities = rest[:, None] * tilt[None]
        probabilities[np.arange(len(best)), best] = top
        strangeness = [2.0 if self.class_ids[i] in self._strange else 0.0 for i in best]
        return Proposals(probabilities.astype(np.float32), np.array(strangeness, dtype=np.float32))


def classifier_card(licence: str = "none") -> ModelCard:
    return ModelCard(
        name="colour-classifier",
        version="7",
        task="classifier",
        path=Path("classifier.onnx"),
        sha256="cd" * 32,
        licence=licence,
        um_per_px=0.25,
        facts={"data": ["coloured squares"], "limits": ["never saw a cell"]},
        threshold=0.6,
        class_ids=tuple(COLOURS),
        crop_px=32,
    )
