"""The shipped detector, run by ONNX Runtime."""

import numpy as np

from marrowscope.cells.detection_peaks import N_MAPS, NUCLEUS_MAP, find_peaks
from marrowscope.cells.manifest import ModelCard
from marrowscope.cells.model import OBJECT_KINDS, Detections, ObjectKind, View, objects
from marrowscope.cells.nuclei import nucleus_area, nucleus_rings
from marrowscope.cells.onnx_session import OnnxSession

GRANULE_PX = 16
"""The network halves its input four times: sides must be multiples of this."""
PADDING_VALUE = 255
MEGAKARYOCYTE_NUCLEUS_UM2 = 350.0
"""A larger nucleus makes its cell a candidate: that of a blast stays below 250 µm². By size alone,
for no megakaryocyte was there to learn from."""


class OnnxDetector:
    """Implements `Detector` with the shipped network."""

    def __init__(self, card: ModelCard) -> None:
        """Raises ModelError if the model is not the one its card names."""
        self._session = OnnxSession(card)
        self._session.check(np.full((1, 16, 16, 3), PADDING_VALUE, np.uint8), (1, N_MAPS, 8, 8))
        self._card = card

    @property
    def um_per_px(self) -> float:
        """Scale of the views it expects."""
        return self._card.um_per_px

    def detect(self, view: View) -> Detections:
        """Every object whose centre lies in the view, best score first."""
        rows, columns = view.pixels.shape[:2]
        padded_shape = (-(-rows // GRANULE_PX) * GRANULE_PX, -(-columns // GRANULE_PX) * GRANULE_PX)
        padded = np.full((1, *padded_shape, 3), PADDING_VALUE, dtype=np.uint8)
        padded[0, :rows, :columns] = view.pixels
        (batch,) = self._session.run(padded)
        maps = batch[0]
        peaks = find_peaks(maps, self._card.threshold)
        rings = nucleus_rings(maps[NUCLEUS_MAP], peaks)
        kind = peaks.kind.copy()
        least_px = MEGAKARYOCYTE_NUCLEUS_UM2 / view.um_per_px**2
        for index in np.flatnonzero(peaks.w * peaks.h >= least_px).tolist():
            if nucleus_area(rings[index]) >= least_px:
                kind[index] = OBJECT_KINDS.index(ObjectKind.MEGAKARYOCYTE)
        inside = (peaks.x < columns) & (peaks.y < rows)
        corner = np.array([view.x_px, view.y_px])
        nucleus = [tuple(corner + ring * view.level0_per_px for ring in parts) for parts in rings]
        return Detections(
            x_px=view.x_px + peaks.x * view.level0_per_px,
            y_px=view.y_px + peaks.y * view.level0_per_px,
            w_px=peaks.w * view.level0_per_px,
            h_px=peaks.h * view.level0_per_px,
            score=peaks.score,
            kind=kind,
            nucleus=objects(nucleus),
        ).at(inside)
