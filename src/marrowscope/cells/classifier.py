"""The shipped classifier, run by ONNX Runtime."""

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from marrowscope.cells.manifest import ModelCard
from marrowscope.cells.model import CropBatch, Proposals, SlideReference
from marrowscope.cells.onnx_session import OnnxSession
from marrowscope.cells.stain import white_balanced
from marrowscope.geometry import DoubleArray, FloatArray

SHIPPED_WHITE_RGB = (225.0, 220.0, 225.0)
"""Background used where a slide shows too little of its own: the middle of the training sets."""
BATCH = 32


@dataclass(frozen=True, slots=True)
class NetworkOutputs:
    """What the network gives for n crops, before any probability.

    logits: (n, classes), over the card's temperature. features: (n, features). strangeness: (n,).
    """

    logits: DoubleArray
    features: FloatArray
    strangeness: FloatArray


class OnnxClassifier:
    """Implements `Classifier` with the shipped network."""

    def __init__(self, card: ModelCard) -> None:
        """Raises ModelError if the model is not the one its card names."""
        self._session = OnnxSession(card)
        one = np.zeros((1, card.crop_px, card.crop_px, 3), dtype=np.uint8)
        self._session.check(one, (1, len(card.class_ids)), (1, card.n_features), (1,))
        self._card = card

    @property
    def um_per_px(self) -> float:
        """Scale of the crops it expects."""
        return self._card.um_per_px

    @property
    def crop_px(self) -> int:
        """Side of the square crops it expects."""
        return self._card.crop_px

    @property
    def class_ids(self) -> tuple[str, ...]:
        """Classes it can answer, in output order."""
        return self._card.class_ids

    @property
    def blood_only_class_ids(self) -> frozenset[str]:
        """Classes it learnt from blood alone: recall on marrow untested."""
        return self._card.blood_only

    @property
    def threshold(self) -> float:
        """Probability below which it abstains."""
        return self._card.threshold

    def classify(self, crops: CropBatch, reference: SlideReference) -> Proposals:
        """What each crop shows, in the order of the crops."""
        seen = self.outputs(crops, reference)
        probabilities = softmax(seen.logits, axis=1)
        return Proposals(np.asarray(probabilities, dtype=np.float32), seen.strangeness)

    def outputs(self, crops: CropBatch, reference: SlideReference) -> NetworkOutputs:
        """The network's outputs, in the order of the crops."""
        if not len(crops.pixels):
            nothing = np.zeros((0, self._card.n_features), dtype=np.float32)
            return NetworkOutputs(np.zeros((0, len(self.class_ids))), nothing, nothing[:, 0])
        balanced = white_balanced(crops.pixels, reference.white_rgb or SHIPPED_WHITE_RGB)
        parts = [self._session.run(balanced[i : i + BATCH]) for i in range(0, len(balanced), BATCH)]
        logits, features, strangeness = (np.concatenate(one) for one in zip(*parts, strict=True))
        return NetworkOutputs(
            logits.astype(np.float64) / self._card.temperature, features, strangeness
        )
