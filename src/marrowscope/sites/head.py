"""The part of a classifier that a laboratory can teach: a shift of its logits, read off features.

Only classes with enough reviewed cells are taught, and only against each other: what they have
together of a cell's probability is divided anew among them. The share of every other class stays as
it was, so that a class nobody reviewed is not crowded out by those that were.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from marrowscope.geometry import BoolArray, DoubleArray, FloatArray

LEAST = 1e-12
"""Probability below which it does not matter how improbable a class is."""


@dataclass(frozen=True, slots=True)
class SiteHead:
    """is_taught: (classes,). centre: (features,), the middle of the site's reviewed cells.

    weights: (features, taught) and biases: (taught,), added to the logits of the taught classes.
    temperature: above 1 where the model is too sure at this site; it changes no order of classes.
    """

    is_taught: BoolArray
    centre: FloatArray
    weights: FloatArray
    biases: DoubleArray
    temperature: float

    def probabilities(self, logits: DoubleArray, features: FloatArray) -> DoubleArray:
        """Probabilities (n, classes) from the model's logits (n, classes), over its own
        temperature, and features (n, features).
        """
        given = softmax(logits, axis=1)
        if self.is_taught.any():
            among = logits[:, self.is_taught] + self._shift(features)
            together = given[:, self.is_taught].sum(axis=1, keepdims=True)
            given[:, self.is_taught] = together * softmax(among, axis=1)
        return self.tempered(given)

    def tempered(self, given: DoubleArray) -> DoubleArray:
        """Probabilities (n, classes), brought to the temperature."""
        return np.asarray(softmax(np.log(np.maximum(given, LEAST)) / self.temperature, axis=1))

    def _shift(self, features: FloatArray) -> DoubleArray:
        away = features.astype(np.float64) - self.centre
        return np.asarray(away @ self.weights.astype(np.float64) + self.biases)


def unchanged_head(n_classes: int, n_features: int) -> SiteHead:
    """A head that leaves everything as the model says."""
    return SiteHead(
        is_taught=np.zeros(n_classes, dtype=np.bool_),
        centre=np.zeros(n_features, dtype=np.float32),
        weights=np.zeros((n_features, 0), dtype=np.float32),
        biases=np.zeros(0),
        temperature=1.0,
    )
