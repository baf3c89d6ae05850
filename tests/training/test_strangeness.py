import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch (pip install 'marrowscope[train]')")

from marrowscope.training.strangeness import MARGIN, Strangeness, familiar_cells  # noqa: E402

N_FEATURES, N_CLASSES = 40, 3


def cells_of(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    label = random.integers(0, N_CLASSES, n)
    centres = np.eye(N_CLASSES, N_FEATURES) * 8
    features = (centres[label] + random.normal(size=(n, N_FEATURES))).astype(np.float32)
    return features, np.eye(N_CLASSES, dtype=bool)[label]


def strangeness_of(features: np.ndarray) -> np.ndarray:
    module = Strangeness(familiar_cells(*cells_of(600, 1)))
    return module(torch.from_numpy(features.astype(np.float32))).numpy()


def test_familiar_cells_are_not_strange() -> None:
    found = strangeness_of(cells_of(400, 2)[0])
    assert (found > 1).mean() < 0.01
    assert np.quantile(found, 0.99) == pytest.approx(1 / MARGIN, abs=0.1)


def test_what_lies_apart_from_every_class_is_strange() -> None:
    far = cells_of(50, 3)[0]
    far[:, 10:] += 6.0
    assert (strangeness_of(far) > 1).all()


def test_partly_labelled_cells_do_not_count() -> None:
    features, allowed = cells_of(600, 1)
    odd = np.full((50, N_FEATURES), 90.0, dtype=np.float32)
    both = familiar_cells(
        np.concatenate([features, odd]),
        np.concatenate([allowed, np.ones((50, N_CLASSES), dtype=bool)]),
    )
    alone = familiar_cells(features, allowed)
    assert both.limit == pytest.approx(alone.limit)


def test_hardly_any_cells_still_give_a_limit() -> None:
    features, allowed = cells_of(4, 1)
    assert familiar_cells(features, allowed).limit > 0
