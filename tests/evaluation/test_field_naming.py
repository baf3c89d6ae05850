"""Boxed cells on fields: found, then named."""

import numpy as np
import pytest

from fakes.colour_classifier import COLOURS, GLASS, ColourClassifier
from fakes.known_detector import KnownDetector, card, spots
from marrowscope.evaluation.evaluation_sets import FieldSet
from marrowscope.evaluation.field_naming import FieldNaming, field_naming
from marrowscope.evaluation.image_sets import Box, BoxedField
from marrowscope.progress import NoProgress

SIDE = 30


class PlasmaClassifier(ColourClassifier):
    """What the other one takes for a blast is a plasma cell to this one."""

    class_ids = tuple("PLASMA" if name == "BLAST_NOS" else name for name in COLOURS)


def drawn(cells: dict[tuple[int, int], str]) -> np.ndarray:
    pixels = np.full((300, 440, 3), GLASS, dtype=np.uint8)
    for (x, y), looks_like in cells.items():
        pixels[y - SIDE // 2 : y + SIDE // 2, x - SIDE // 2 : x + SIDE // 2] = COLOURS[looks_like]
    return pixels


CELLS = {
    (60, 60): "BLAST_NOS",
    (160, 60): "LYMPH",
    (260, 60): "UNCLASS",
    (60, 200): "BLAST_NOS",
    (160, 200): "SEG",
}
BOXED = ((60, 60), (160, 60), (260, 60), (360, 60))
FOUND = spots(
    *((float(x), float(y), SIDE, 0.9) for x, y in CELLS),
    (70.0, 64.0, 10, 0.5),
    (160.0, 200.0, SIDE, 0.1),
    (300.0, 200.0, SIDE, 0.9),
    debris=(7,),
)


def field_set(name: str = "segpc-marrow", label: str = "PLASMA") -> FieldSet:
    boxes = tuple(Box(label, x - SIDE / 2, y - SIDE / 2, SIDE, SIDE) for x, y in BOXED)
    field = BoxedField("a.png", name, "test", 0.25, "none", boxes)
    return FieldSet(name, (field,), lambda _: drawn(CELLS))


def named(fields: FieldSet, classifier: ColourClassifier | None = None) -> tuple[FieldNaming, ...]:
    model = classifier or PlasmaClassifier()
    return field_naming(KnownDetector(FOUND), card(), model, [fields], NoProgress())


@pytest.mark.parametrize("name", ["segpc-marrow", "segpc-marrow-fullsize"])
def test_every_cell_is_found_and_named_by_hand(name: str) -> None:
    (one,) = named(field_set(name))
    assert (one.class_id, one.n, one.found, one.named, one.undecided) == ("PLASMA", 4, 3, 1, 1)
    assert one.called == {"LYMPH": 1}
    # The second find in a box, what is too faint, and debris are no other cells.
    assert (one.others, one.others_named, one.others_undecided) == (2, 1, 0)
    assert (one.recall, one.precision, one.false_share) == (0.25, 0.5, 0.5)
    assert one.f1 == pytest.approx(2 / 6, abs=1e-4)
    assert one.recall_limits[0] < 0.25 < one.recall_limits[1]


def test_a_class_that_the_model_lacks_and_sets_of_several_classes_are_left_out() -> None:
    assert named(field_set(), ColourClassifier()) == ()
    assert named(field_set("acevedo-blood-fields", "WBC")) == ()
    assert named(field_set(label="no such label")) == ()
