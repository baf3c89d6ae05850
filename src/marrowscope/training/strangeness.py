"""How unlike anything it learnt from a cell looks to the network: part of the exported model.

The features of training cells fill few of the directions that there are. What of a cell's features
lies outside these is measured twice, as it is and as a part of the whole, and each is set against
what hardly any val cell exceeds. After the residual of Wang 2022 (ViM). A third measure tells cells
from pictures that show no single cell by a plane between their features. The largest counts.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from marrowscope.geometry import DoubleArray, FloatArray

N_DIRECTIONS = 128
FAMILIAR_SHARE = 0.995
"""Share of val cells within the limit, for each of the two measures."""
RIDGE = 0.3
LEAST_SPREAD = 0.02
LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class FamiliarCells:
    """mean: (features,). directions: (features, k), of length 1 and at right angles. limit,
    limit_of_part: of what lies outside them, as it is and over the length of the features.
    plane: (features,), offset: of the third measure, 0 for the middle of the val cells and 1 at
    its limit.
    """

    mean: FloatArray
    directions: FloatArray
    limit: float
    limit_of_part: float
    plane: FloatArray
    offset: float


def familiar_cells(taught: FloatArray, val: FloatArray, not_cells: FloatArray) -> FamiliarCells:
    """Directions from cells that taught the network (n, features), limits from others (m,
    features), the plane from the first and from what shows no single cell (k, features).
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
        *_plane(values, not_cells.astype(np.float64), val.astype(np.float64)),
    )


def _plane(cells: DoubleArray, others: DoubleArray, val: DoubleArray) -> tuple[FloatArray, float]:
    """Ridge regression on which of both a picture is, both weighing the same."""
    mean, spread = cells.mean(axis=0), cells.std(axis=0) + LEAST_SPREAD
    features = (np.concatenate([cells, others]) - mean) / spread
    features = np.concatenate([features, np.ones((len(features), 1))], axis=1)
    is_other = np.arange(len(features)) >= len(cells)
    weight = np.where(is_other, 0.5 / len(others), 0.5 / len(cells))
    weighted = (features * weight[:, None]).T
    penalty = RIDGE * np.eye(features.shape[1])
    found = np.linalg.solve(weighted @ features + penalty, weighted @ np.where(is_other, 1, -1))
    plane = found[:-1] / spread
    score = val @ plane
    middle, limit = np.median(score), np.quantile(score, FAMILIAR_SHARE)
    scale = max(float(limit - middle), LEAST)
    return (plane / scale).astype(np.float32), float(-middle / scale)


def _outside(away: DoubleArray, directions: DoubleArray) -> DoubleArray:
    """Length (n,) of the part of `away` (n, features) at right angles to the directions."""
    return np.asarray(np.linalg.norm(away - (away @ directions) @ directions.T, axis=1))


class Strangeness(nn.Module):
    """Features (n, features) to strangeness (n,): 1 at the limit."""

    def __init__(self, familiar: FamiliarCells) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.from_numpy(familiar.mean), requires_grad=False)
        self.directions = nn.Parameter(torch.from_numpy(familiar.directions), requires_grad=False)
        self.plane = nn.Parameter(torch.from_numpy(familiar.plane), requires_grad=False)
        self.offset = familiar.offset
        self.limit = familiar.limit
        self.limit_of_part = familiar.limit_of_part

    def forward(self, features: Tensor) -> Tensor:
        """See the class docstring."""
        away = features - self.mean
        outside = away - (away @ self.directions) @ self.directions.T
        length = outside.pow(2).sum(dim=1).sqrt()
        whole = features.pow(2).sum(dim=1).sqrt().clamp(min=LEAST)
        residual = torch.maximum(length / self.limit, length / whole / self.limit_of_part)
        return torch.maximum(residual, features @ self.plane + self.offset)
