import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch (pip install 'marrowscope[train]')")

from marrowscope.training.classifier_export import ExportedClassifier  # noqa: E402
from marrowscope.training.strangeness import Strangeness, familiar_cells  # noqa: E402

N_FEATURES, N_FILLED = 300, 20


def cells_of(n: int, seed: int) -> np.ndarray:
    """Cells that fill a few of the directions, and a little of the others."""
    random = np.random.default_rng(seed)
    filled = random.normal(size=(n, N_FILLED)) @ np.eye(N_FILLED, N_FEATURES) * 5
    return (3 + filled + 0.05 * random.normal(size=(n, N_FEATURES))).astype(np.float32)


def others_of(n: int, seed: int) -> np.ndarray:
    """What is no cell: within the same directions, but all on one side."""
    others = cells_of(n, seed)
    others[:, :3] += 20.0
    return others


def strangeness_of(features: np.ndarray) -> np.ndarray:
    module = Strangeness(familiar_cells(cells_of(500, 1), cells_of(400, 2), others_of(300, 5)))
    return module(torch.from_numpy(features.astype(np.float32))).numpy()


def test_familiar_cells_are_not_strange() -> None:
    assert (strangeness_of(cells_of(400, 3)) > 1).mean() < 0.05


def test_what_is_like_the_pictures_without_a_cell_is_strange() -> None:
    assert (strangeness_of(others_of(100, 6)) > 1).mean() > 0.9


def test_what_lies_outside_the_directions_of_familiar_cells_is_strange() -> None:
    far = cells_of(50, 4)
    far[:, 40:80] += 2.0
    assert (strangeness_of(far) > 1).all()


def test_what_is_faint_as_a_whole_is_strange_by_its_part() -> None:
    faint = cells_of(50, 4)
    faint[:, :N_FILLED] = 0.0
    faint *= 0.01
    faint[:, 40:80] += 0.06
    assert (strangeness_of(faint) > 1).all()


def test_hardly_any_cells_still_give_a_limit() -> None:
    familiar = familiar_cells(cells_of(4, 1), cells_of(4, 2), others_of(4, 3))
    assert familiar.limit > 0
    assert familiar.limit_of_part > 0


class FixedNetwork(torch.nn.Module):
    """Gives the same logits for everything, and as features what it is shown."""

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.tensor([[3.0, 1.0, -2.0]]).expand(len(features), 3), features


def test_a_strange_cell_is_named_less_surely_and_no_other_way() -> None:
    measure = Strangeness(familiar_cells(cells_of(500, 1), cells_of(400, 2), others_of(300, 5)))
    whole = ExportedClassifier(FixedNetwork(), measure, softened_from=1.2, softening=2.0)
    far = cells_of(50, 4)
    far[:, 40:80] += 2.0
    logits, _, strangeness = whole(torch.from_numpy(np.concatenate([cells_of(50, 3), far])))
    is_plain = strangeness <= 1.2
    assert is_plain[:50].float().mean() > 0.5
    assert (logits[is_plain] == torch.tensor([3.0, 1.0, -2.0])).all()
    expected = torch.tensor([3.0, 1.0, -2.0]) / (1 + 2 * (strangeness[50:, None] - 1.2))
    assert torch.allclose(logits[50:], expected)
    assert (logits[50:].argmax(dim=1) == 0).all()
