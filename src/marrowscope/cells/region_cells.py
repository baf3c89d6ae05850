"""High power: every nucleated object of one region, with the classes proposed for it."""

from dataclasses import dataclass

import numpy as np

from marrowscope.cells.model import (
    Classifier,
    Detections,
    Detector,
    Proposals,
    SlideReference,
    View,
)
from marrowscope.cells.reading import crops_of, edge_mirrored, read_view, shrunk
from marrowscope.geometry import PixelBox, UInt8Array
from marrowscope.slides.model import Picture

SEAM_UM = 2.0
"""A neighbour may see a centre this much elsewhere; what lies so close outside is kept until
both regions' cells have been compared."""


@dataclass(frozen=True, slots=True)
class RegionCells:
    """What one region holds, centres up to `SEAM_UM` outside it included.

    focus_pixels: the view at the detector's scale.
    """

    found: Detections
    proposals: Proposals
    focus_pixels: UInt8Array


@dataclass(frozen=True, slots=True)
class RegionLook:
    """What one region holds before any of it is named; see `RegionCells`.

    view: the region with its halo at the classifier's scale.
    """

    view: View
    found: Detections
    focus_pixels: UInt8Array


def look_at_region(
    picture: Picture,
    box: PixelBox,
    um_per_px: float,
    detector: Detector,
    classifier: Classifier,
) -> RegionLook:
    """Reads one region and finds its cells; um_per_px is the slide's scale.

    What the detector takes for debris is left out.
    """
    view = read_view(picture, box, um_per_px, classifier.um_per_px)
    coarse = shrunk(view, detector.um_per_px)
    found = detector.detect(coarse).without_debris()
    reach = box.enlarged(SEAM_UM / um_per_px)
    wanted = (
        (found.x_px >= max(reach.x_px, 0))
        & (found.x_px < min(reach.x_px + reach.w_px, picture.width_px))
        & (found.y_px >= max(reach.y_px, 0))
        & (found.y_px < min(reach.y_px + reach.h_px, picture.height_px))
    )
    return RegionLook(view, found.at(np.asarray(wanted, dtype=np.bool_)), coarse.pixels)


def classified(
    look: RegionLook, picture: Picture, classifier: Classifier, reference: SlideReference
) -> RegionCells:
    """What the classifier says of the cells that a look at a region of `picture` found."""
    crops = crops_of(edge_mirrored(look.view, picture), look.found, classifier.crop_px)
    return RegionCells(look.found, classifier.classify(crops, reference), look.focus_pixels)
