"""The shipped classifier, run by ONNX Runtime."""

import numpy as np
from scipy.special import softmax

from marrowscope.cells.manifest import ModelCard
from marrowscope.cells.model import CropBatch, Proposals, SlideReference
from marrowscope.cells.onnx_session import OnnxSession
from marrowscope.cells.stain import white_balanced

SHIPPED_WHITE_RGB = (225.0, 220.0, 225.0)
"""Background used where a slide shows too little of its own: the middle of the training sets."""
BATCH = 32
N_FEATURES = 1280


class OnnxClassifier:
    """Implements `Classifier` with the shipped network."""

    def __init__(self, card: ModelCard) -> None:
        """Raises ModelError if the model is not the one its card names."""
        self._session = OnnxSession(card)
        one = np.zeros((1, card.crop_px, card.crop_px, 3), dtype=np.uint8)
        self._session.check(one, (1, len(card.class_ids)), (1, N_FEATURES), (1,))
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
        if not len(crops.pixels):
            return Proposals.of_familiar(np.zeros((0, len(self.class_ids)), dtype=np.float32))
        balanced = white_balanced(crops.pixels, reference.white_rgb or SHIPPED_WHITE_RGB)
        parts = [self._session.run(balanced[i : i + BATCH]) for i in range(0, len(balanced), BATCH)]
        logits = np.concatenate([part[0] for part in parts])
        scaled = logits.astype(np.float64) / self._card.temperature
        return Proposals(
            probabilities=np.asarray(softmax(scaled, axis=1), dtype=np.float32),
            strangeness=np.concatenate([part[2] for part in parts]),
        )
