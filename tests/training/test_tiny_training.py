"""A few steps of both trainings on drawn cells: the whole way to a card and back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evaluation.made_sets import write_sets

torch = pytest.importorskip("torch", reason="needs torch (pip install 'marrowscope[train]')")
pytest.importorskip("onnx", reason="needs onnx (pip install 'marrowscope[train]')")
pytest.importorskip(
    "efficientnet_lite_pytorch", reason="needs the extra: pip install 'marrowscope[train]'"
)

from marrowscope.cells import CropBatch, OnnxClassifier, OnnxDetector, SlideReference, View  # noqa: E402
from marrowscope.cells.manifest import read_card  # noqa: E402
from marrowscope.errors import UnreadableInputError, UsageError  # noqa: E402
from marrowscope.evaluation.image_sets import ImageSets  # noqa: E402
from marrowscope.training import detector  # noqa: E402
from marrowscope.training.classifier import train_classifier  # noqa: E402
from marrowscope.training.classifier_fitting import ClassifierRecipe  # noqa: E402
from marrowscope.training.detector import DetectorRecipe, train_detector  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
DETECTOR = DetectorRecipe(seed=1, first_steps=2, second_steps=2)
CLASSIFIER = ClassifierRecipe(seed=1, steps=2, batch=8, fewest_of_a_class=1)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sets(tmp_path_factory.mktemp("sets"))


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained")
    train_detector(data, out, DETECTOR)
    train_classifier(data, out, read_card(out / "detector.json"), CLASSIFIER)
    return out


def test_the_detector_runs_from_its_card(trained: Path) -> None:
    card = read_card(trained / "detector.json")
    assert set(card.facts["scores"]["test"]) >= {"segpc-marrow", "acevedo-blood-fields"}
    pixels = np.full((50, 70, 3), 230, dtype=np.uint8)
    found = OnnxDetector(card).detect(View("a", 0.0, 0.0, 2.0, 0.5, pixels))
    assert np.all((found.x_px < 140) & (found.y_px < 100))


def test_the_classifier_runs_from_its_card(trained: Path) -> None:
    card = read_card(trained / "classifier.json")
    classifier = OnnxClassifier(card)
    crops = CropBatch("a", np.zeros(3), np.zeros(3), np.full((3, 96, 96, 3), 200, np.uint8))
    probabilities = classifier.classify(crops, SlideReference(None, None, 0)).probabilities
    assert probabilities.shape == (3, len(card.class_ids))
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(3))


def test_the_same_seed_gives_the_same_detector(data: Path, trained: Path, tmp_path: Path) -> None:
    train_detector(data, tmp_path, DETECTOR)
    assert (tmp_path / "detector.onnx").read_bytes() == (trained / "detector.onnx").read_bytes()


def test_a_stopped_round_goes_on_from_its_checkpoint_to_the_same_detector(
    data: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detector, "STEPS_BETWEEN_CHECKPOINTS", 1)

    def stop_after_the_first(step: int, n_steps: int, loss: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_detector(data, tmp_path, DETECTOR, stop_after_the_first)
    steps = []
    train_detector(data, tmp_path, DETECTOR, lambda step, *_: steps.append(step))
    assert steps == [2, 3, 4]
    assert not list(tmp_path.glob("*.checkpoint.pt"))
    assert (tmp_path / "detector.onnx").read_bytes() == (trained / "detector.onnx").read_bytes()


def test_another_recipe_does_not_go_on_in_the_same_folder(data: Path, trained: Path) -> None:
    with pytest.raises(UsageError, match="another recipe"):
        train_detector(data, trained, DetectorRecipe(seed=2, first_steps=2, second_steps=2))


def test_without_segpc_the_card_and_the_name_say_so(data: Path, tmp_path: Path) -> None:
    recipe = DetectorRecipe(seed=1, first_steps=1, second_steps=1, permissive=True)
    path = train_detector(data, tmp_path, recipe)
    card = read_card(path.with_suffix(".json"))
    assert path.name == "detector-permissive.onnx"
    assert card.is_permissive
    assert not any("SegPC" in line for line in card.facts["data"])


def test_a_fault_while_examples_are_made_ends_the_training(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise MemoryError("no more")

    monkeypatch.setattr(detector, "make_canvas", broken)
    with pytest.raises(MemoryError):
        train_detector(data, tmp_path, DETECTOR)


def test_nothing_to_learn_from_is_refused_and_leaves_the_folder_free(
    data: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for name in ("cells.csv", "fields.csv", "boxes.csv"):
        (empty / name).write_text((data / name).read_text().splitlines()[0] + "\n")
    with pytest.raises(UnreadableInputError, match="nothing of the split train"):
        train_detector(empty, tmp_path / "out", DETECTOR)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("name", ["round-1.pt", "round-1.checkpoint.pt", "detector.recipe.json"])
def test_a_damaged_file_of_an_earlier_training_is_named(
    name: str, data: Path, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(b"\xff\xfe damaged")
    with pytest.raises(UnreadableInputError, match=rf"{name} of the output folder is damaged"):
        train_detector(data, tmp_path, DETECTOR)


def test_own_fields_are_learnt_from_and_named(data: Path, tmp_path: Path) -> None:
    sets = ImageSets(data)
    field = next(one for one in sets.fields if one.image_set == "txl-blood-fields")
    own = [(replace(field, path="mine/1.png"), sets.field_pixels(field))]
    recipe = DetectorRecipe(seed=1, first_steps=1, second_steps=1)
    path = train_detector(data, tmp_path, recipe, own_fields=own)
    assert "1 own fields" in read_card(path.with_suffix(".json")).facts["data"]
    with pytest.raises(UsageError, match="another recipe"):
        train_detector(data, tmp_path, recipe)


def test_a_finished_round_is_not_trained_again(data: Path, trained: Path) -> None:
    steps = []
    train_detector(data, trained, DETECTOR, lambda step, *_: steps.append(step))
    assert not steps


def test_training_of_the_classifier_goes_on_from_its_checkpoint(data: Path, trained: Path) -> None:
    steps = []
    train_classifier(
        data,
        trained,
        read_card(trained / "detector.json"),
        CLASSIFIER,
        lambda step, *_: steps.append(step),
    )
    assert not steps


def test_without_marrow_fields_the_card_says_so(data: Path, tmp_path: Path) -> None:
    path = train_classifier(data, tmp_path, None, CLASSIFIER)
    card = read_card(path.with_suffix(".json"))
    assert path.name == "classifier-permissive.onnx"
    assert "PLASMA" not in card.class_ids
    assert card.licence == "CC BY 4.0"
    assert not any("SegPC" in line for line in card.facts["data"])
    assert any("plasma" in line for line in card.facts["limits"])
