"""How unlike anything it learnt from a cell looks to the network: part of the exported model.

The features of training cells fill few of the directions that there are. What of a cell's features
lies outside these is measured twice, as it is and as a part of the whole, and each is set against
what hardly any val cell exceeds; the larger counts. After the residual of Wang 2022 (ViM).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from marrowscope.geometry import DoubleArray, FloatArray

N_DIRECTIONS = 128
FAMILIAR_SHARE = 0.995
"""Share of val cells within the limit, for each of the two measures."""
LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class FamiliarCells:
    """mean: (features,). directions: (features, k), of length 1 and at right angles. limit,
    limit_of_part: of what lies outside them, as it is and over the length of the features.
    """

    mean: FloatArray
    directions: FloatArray
    limit: float
    limit_of_part: float


def familiar_cells(taught: FloatArray, val: FloatArray) -> FamiliarCells:
    """Directions from cells that taught the network (n, features), limits from others (m,
    features).
    """
    values = taught.astype(np.float64)
    mean = values.mean(axis=0)
    _, _, across = np.linalg.svd(values - mean, full_matrices=False)
    directions = across[:N_DIRECTIONS].T
    outside = _outside(val.astype(np.float64) - mean, directions)
    length = np.maximum(np.linalg.norm(val.astype(np.float64), axis=1), LEAST)
    return FamiliarCells(
        mean.astype(np.float32),
        np.ascontiguousarray(directions, dtype=np.float32),
        max(float(np.quantile(outside, FAMILIAR_SHARE)), LEAST),
        max(float(np.quantile(outside / length, FAMILIAR_SHARE)), LEAST),
    )


def _outside(away: DoubleArray, directions: DoubleArray) -> DoubleArray:
    """Length (n,) of the part of `away` (n, features) at right angles to the directions."""
    return np.asarray(np.linalg.norm(away - (away @ directions) @ directions.T, axis=1))


class Strangeness(nn.Module):
    """Features (n, features) to strangeness (n,): 1 at the limit."""

    def __init__(self, familiar: FamiliarCells) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.from_numpy(familiar.mean), requires_grad=False)
        self.directions = nn.Parameter(torch.from_numpy(familiar.directions), requires_grad=False)
        self.limit = familiar.limit
        self.limit_of_part = familiar.limit_of_part

    def forward(self, features: Tensor) -> Tensor:
        """See the class docstring."""
        away = features - self.mean
        outside = away - (away @ self.directions) @ self.directions.T
        length = outside.pow(2).sum(dim=1).sqrt()
        whole = features.pow(2).sum(dim=1).sqrt().clamp(min=LEAST)
        return torch.maximum(length / self.limit, length / whole / self.limit_of_part)
