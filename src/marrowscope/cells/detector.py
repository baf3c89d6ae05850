"""The shipped detector, run by ONNX Runtime."""

import numpy as np

from marrowscope.cells.detection_peaks import find_peaks
from marrowscope.cells.manifest import ModelCard
from marrowscope.cells.model import Detections, View
from marrowscope.cells.onnx_session import OnnxSession

GRANULE_PX = 16
"""The network halves its input four times: sides must be multiples of this."""
PADDING_VALUE = 255


class OnnxDetector:
    """Implements `Detector` with the shipped network."""

    def __init__(self, card: ModelCard) -> None:
        """Raises ModelError if the model is not the one its card names."""
        self._session = OnnxSession(card)
        self._card = card

    @property
    def um_per_px(self) -> float:
        """Scale of the views it expects."""
        return self._card.um_per_px

    def detect(self, view: View) -> Detections:
        """Every nucleated object whose centre lies in the view, best score first."""
        rows, columns = view.pixels.shape[:2]
        padded_shape = (-(-rows // GRANULE_PX) * GRANULE_PX, -(-columns // GRANULE_PX) * GRANULE_PX)
        padded = np.full((1, *padded_shape, 3), PADDING_VALUE, dtype=np.uint8)
        padded[0, :rows, :columns] = view.pixels
        peaks = find_peaks(self._session.run(padded)[0], self._card.threshold)
        inside = (peaks.x < columns) & (peaks.y < rows)
        return Detections(
            x_px=view.x_px + peaks.x[inside] * view.level0_per_px,
            y_px=view.y_px + peaks.y[inside] * view.level0_per_px,
            w_px=peaks.w[inside] * view.level0_per_px,
            h_px=peaks.h[inside] * view.level0_per_px,
            score=peaks.score[inside],
        )
