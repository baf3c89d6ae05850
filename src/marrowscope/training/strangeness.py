"""How unlike anything it learnt from a cell looks to the network: part of the exported model.

Features are brought to the directions in which classes differ and spread evenly there; a cell is
as strange as it is far from the nearest class (Mahalanobis distance with one covariance for all
classes). What the distance is measured against are val crops, which taught the network nothing.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from marrowscope.geometry import BoolArray, DoubleArray, FloatArray

N_DIRECTIONS = 64
FEWEST_OF_A_CLASS = 10
FAMILIAR_SHARE = 0.995
"""Share of familiar cells that lie within strangeness `1 / MARGIN`."""
MARGIN = 1.25
"""Room for a stranger's stain before a familiar cell counts as strange."""
SHRINKAGE = 0.02


@dataclass(frozen=True, slots=True)
class FamiliarCells:
    """mean: (features,). directions: (features, k), whitening. centres: (classes, k). limit: the
    distance at which a cell becomes strange.
    """

    mean: FloatArray
    directions: FloatArray
    centres: FloatArray
    limit: float


def familiar_cells(features: FloatArray, allowed: BoolArray) -> FamiliarCells:
    """Measured on features (n, features) of crops whose classes are known where `allowed`
    (n, classes) has a single True.
    """
    values = features.astype(np.float64)
    full = allowed.sum(axis=1) == 1
    label = allowed.argmax(axis=1)
    rows = [full & (label == one) for one in range(allowed.shape[1])]
    rows = [one for one in rows if one.sum() >= FEWEST_OF_A_CLASS] or [np.ones(len(values), bool)]
    means = np.stack([values[one].mean(axis=0) for one in rows])
    residual: DoubleArray = np.concatenate(
        [values[one] - mean for one, mean in zip(rows, means, strict=True)]
    )
    mean = means.mean(axis=0)
    _, spread, across = np.linalg.svd(residual, full_matrices=False)
    k = min(N_DIRECTIONS, len(spread))
    variance = spread[:k] ** 2 / max(len(residual) - 1, 1)
    variance = variance + SHRINKAGE * variance.mean() + 1e-9
    directions = across[:k].T / np.sqrt(variance)
    centres = (means - mean) @ directions
    distance = _distance((values[full] - mean) @ directions, centres)
    limit = float(np.quantile(distance, FAMILIAR_SHARE)) * MARGIN if len(distance) else 1.0
    return FamiliarCells(
        mean.astype(np.float32),
        directions.astype(np.float32),
        centres.astype(np.float32),
        max(limit, 1e-6),
    )


def _distance(places: DoubleArray, centres: DoubleArray) -> DoubleArray:
    apart = ((places[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(np.sqrt(apart.min(axis=1)), dtype=np.float64)


class Strangeness(nn.Module):
    """Features (n, features) to strangeness (n,): distance over the limit."""

    def __init__(self, familiar: FamiliarCells) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.from_numpy(familiar.mean), requires_grad=False)
        self.directions = nn.Parameter(torch.from_numpy(familiar.directions), requires_grad=False)
        self.centres = nn.Parameter(torch.from_numpy(familiar.centres), requires_grad=False)
        self.limit = familiar.limit

    def forward(self, features: Tensor) -> Tensor:
        """See the class docstring."""
        places = (features - self.mean) @ self.directions
        apart = ((places.unsqueeze(1) - self.centres.unsqueeze(0)) ** 2).sum(dim=2)
        nearest: Tensor = apart.min(dim=1).values.sqrt()
        return nearest / self.limit
