"""Cells of a made-up laboratory: class means in feature space, seen by a model with a bias."""

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np

from marrowscope.cells.classifier import NetworkOutputs
from marrowscope.sites.adapting import Adaptation, adapt

CLASS_IDS = ("BLAST_NOS", "PROMY", "SEG", "LYMPH", "PLASMA", "UNCLASS")
N_FEATURES = 24


def made_cells(
    n_of: dict[str, int], seed: int = 1, shift: float = 8.0, spread: float = 1.0
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Logits, features and truths. The model reads the features rightly but for `shift`, which
    makes it take everything for a promyelocyte.
    """
    random = np.random.default_rng(seed)
    means = np.random.default_rng(7).normal(0, 0.7, (len(CLASS_IDS), N_FEATURES))
    truths = tuple(name for name, n in n_of.items() for _ in range(n))
    columns = np.array([CLASS_IDS.index(name) for name in truths])
    features = means[columns] + random.normal(0, spread, (len(truths), N_FEATURES))
    logits = features @ means.T - (means**2).sum(axis=1) / 2
    logits[:, CLASS_IDS.index("PROMY")] += shift
    return logits / 3, features.astype(np.float32), truths


def adapted(
    logits: np.ndarray,
    features: np.ndarray,
    truths: Sequence[str],
    strangeness: np.ndarray | None = None,
) -> Adaptation:
    """What is learnt from cells by a model with a threshold of 0.6."""
    strange = np.zeros(len(truths)) if strangeness is None else strangeness
    model = SimpleNamespace(class_ids=CLASS_IDS, threshold=0.6)
    seen = NetworkOutputs(logits, features, strange.astype(np.float32))
    return adapt(seen, truths, model, never_named=frozenset({"UNCLASS"}))
