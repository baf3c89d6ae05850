import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from marrowscope.cells import OnnxDetector, View, shipped_model
from marrowscope.cells.manifest import read_card
from marrowscope.errors import ModelError


@pytest.mark.parametrize("permissive", [False, True])
def test_the_shipped_detectors_open_and_see_nothing_on_glass(permissive: bool) -> None:
    card = shipped_model("detector", permissive=permissive)
    assert card.is_permissive is permissive
    found = OnnxDetector(card).detect(View("a", 0, 0, 1, 0.5, np.full((64, 64, 3), 235, np.uint8)))
    assert len(found.score) == len(found.nucleus) == len(found.kind) == 0


@pytest.mark.parametrize("shape", [(1, 1), (3, 700), (17, 15)])
def test_views_of_any_size_are_looked_at(shape: tuple[int, int]) -> None:
    view = View("a", 0, 0, 1, 0.5, np.full((*shape, 3), 235, np.uint8))
    assert len(OnnxDetector(shipped_model("detector")).detect(view).score) == 0


def test_another_kind_of_model_is_refused_when_it_is_opened() -> None:
    classifier, detector = shipped_model("classifier"), shipped_model("detector")
    with pytest.raises(ModelError, match="does not load"):
        OnnxDetector(replace(detector, path=classifier.path, sha256=classifier.sha256))


@pytest.mark.parametrize("data", [b"", b"not a model", b"\x08\x07" * 50])
def test_a_file_that_is_no_model_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "detector.onnx").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    card = replace(shipped_model("detector"), path=tmp_path / "detector.onnx", sha256=digest)
    with pytest.raises(ModelError, match="does not load"):
        OnnxDetector(card)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("um_per_px", "null"),
        ("um_per_px", "0"),
        ("um_per_px", "NaN"),
        ("threshold", '"0.4"'),
        ("threshold", "1.5"),
        ("threshold", "NaN"),
    ],
)
def test_a_card_with_senseless_numbers_is_refused(key: str, value: str, tmp_path: Path) -> None:
    text = shipped_model("detector").path.with_suffix(".json").read_text()
    lines = [
        f'  "{key}": {value},' if line.startswith(f'  "{key}":') else line
        for line in text.splitlines()
    ]
    (tmp_path / "card.json").write_text("\n".join(lines))
    with pytest.raises(ModelError, match=r"card\.json cannot be read"):
        read_card(tmp_path / "card.json")
