import numpy as np

from fakes.known_detector import KnownDetector, spots
from fakes.pictures import ArrayPicture
from marrowscope.cells import CropBatch, Proposals, SlideReference, classified, look_at_region
from marrowscope.geometry import PixelBox


class OneClass:
    """Calls every crop a lymphocyte."""

    um_per_px = 0.25
    crop_px = 96
    class_ids = ("LYMPH",)
    blood_only_class_ids: frozenset[str] = frozenset()
    threshold = 0.5

    def classify(self, crops: CropBatch, reference: SlideReference) -> Proposals:
        return Proposals.of_familiar(np.ones((len(crops.x_px), 1), dtype=np.float32))


def found_in(box: PixelBox, *rows: tuple[float, float, float, float], debris: tuple[int, ...] = ()):
    picture = ArrayPicture("a.png", np.full((400, 400, 3), 210, dtype=np.uint8))
    detector = KnownDetector(spots(*rows, debris=debris))
    reference = SlideReference(None, None, 0)
    look = look_at_region(picture, box, 0.25, detector, OneClass())
    return classified(look, picture, OneClass(), reference)


def test_debris_has_no_place_among_the_cells() -> None:
    seen = found_in(PixelBox(0, 0, 400, 400), (50, 50, 40, 0.9), (200, 50, 40, 0.9), debris=(1,))
    assert seen.found.x_px.tolist() == [50.0]
    assert seen.proposals.probabilities.shape == (1, 1)


def test_only_a_narrow_seam_outside_the_region_is_kept() -> None:
    seen = found_in(
        PixelBox(0, 0, 200, 400), (199, 50, 40, 0.9), (206, 99, 40, 0.9), (230, 50, 40, 0.9)
    )
    assert seen.found.x_px.tolist() == [199.0, 206.0]


def test_what_lies_outside_the_picture_is_no_cell() -> None:
    seen = found_in(PixelBox(0, 0, 400, 400), (-3, 50, 40, 0.9), (50, 401, 40, 0.9))
    assert len(seen.found.score) == 0
