"""Made-up marrows read by a made-up classifier, with known truth. Synthetic throughout."""

from dataclasses import dataclass

import numpy as np

from marrowscope.differential import ConfusionMatrix

# Shares called: rightly, and as each look-alike; 5 % are left undecided and 0.15 % go to every
# other class.
_CALLED = {
    "BLAST_NOS": (0.85, {"PROMY": 0.5, "LYMPH": 0.3, "MONO": 0.2}),
    "PROMY": (0.80, {"BLAST_NOS": 0.5, "MYELO": 0.3, "MONO": 0.2}),
    "MYELO": (0.75, {"PROMY": 0.6, "META": 0.4}),
    "META": (0.70, {"MYELO": 0.6, "BAND": 0.4}),
    "BAND": (0.70, {"META": 0.6, "SEG": 0.4}),
    "SEG": (0.90, {"BAND": 0.6, "EOS_MAT": 0.4}),
    "EOS_MAT": (0.91, {"SEG": 0.6, "MYELO": 0.4}),
    "BASO": (0.80, {"SEG": 0.6, "LYMPH": 0.4}),
    "LYMPH": (0.88, {"BLAST_NOS": 0.5, "ERY_NOS": 0.3, "PLASMA": 0.2}),
    "MONO": (0.78, {"BLAST_NOS": 0.5, "META": 0.3, "LYMPH": 0.2}),
    "PLASMA": (0.85, {"ERY_NOS": 0.6, "LYMPH": 0.4}),
    "ERY_NOS": (0.90, {"LYMPH": 0.6, "PLASMA": 0.4}),
}
_UNDECIDED_SHARE = 0.05
_STRAY_SHARE = 0.0015
CLASS_IDS = tuple(_CALLED)
CALLED_IDS = (*CLASS_IDS, "UNCLASS")

# Percent of the nucleated cells, in the order of the classes.
MIXES = {
    "normal": (1.2, 3, 10, 12, 12, 18, 3, 0.3, 12, 2, 1.5, 25),
    "leukaemia": (82, 1, 1, 1, 1, 2, 0.5, 0, 5, 3, 0.5, 3),
    "dysplasia": (8, 4, 10, 8, 8, 10, 3, 1, 8, 5, 3, 32),
    "myeloma": (1, 2, 6, 6, 6, 10, 2, 0, 12, 2, 35, 18),
}


@dataclass(frozen=True)
class MadeCase:
    """One case. shares: the truth, by class; called_by_region: (regions, outcomes)."""

    shares: dict
    confusion: ConfusionMatrix
    called_by_region: np.ndarray

    @property
    def called_counts(self):
        return dict(zip(CALLED_IDS, self.called_by_region.sum(axis=0).tolist(), strict=True))


def true_shares(mix):
    shares = np.array(MIXES[mix], dtype=float)
    return shares / shares.sum()


def classifier_shares():
    """What each true class is called, (classes, outcomes)."""
    rows = np.full((len(CLASS_IDS), len(CALLED_IDS)), _STRAY_SHARE)
    for row, (rightly, look_alikes) in zip(rows, _CALLED.values(), strict=True):
        n_others = len(CLASS_IDS) - 1 - len(look_alikes)
        left = 1 - rightly - _UNDECIDED_SHARE - _STRAY_SHARE * n_others
        for class_id, part in look_alikes.items():
            row[CLASS_IDS.index(class_id)] = part * left
        row[-1] = _UNDECIDED_SHARE
    for place, (rightly, _) in enumerate(_CALLED.values()):
        rows[place, place] = rightly
    return rows


def confusion_of(counts):
    return ConfusionMatrix(
        CLASS_IDS, CALLED_IDS, tuple(map(tuple, counts.tolist())), "scanner", "stain"
    )


def made_case(mix, generator, *, n_reviewed, n_cells, n_regions, clustering):
    """n_reviewed: cells of each class in the matrix. clustering: correlation within a region.

    The classifier errs a little differently in every case's laboratory, and matrix and case share
    those errors.
    """
    shares = true_shares(mix)
    errs = np.stack([generator.dirichlet(60 * row) for row in classifier_shares()])
    reviewed = np.stack([generator.multinomial(n_reviewed, row) for row in errs])
    present = shares > 0
    regions = []
    for _ in range(n_regions):
        mixture = shares.copy()
        if clustering:
            weight = (1 - clustering) / clustering
            mixture[present] = generator.dirichlet(weight * shares[present])
        regions.append(generator.multinomial(n_cells // n_regions, mixture @ errs))
    return MadeCase(
        dict(zip(CLASS_IDS, shares.tolist(), strict=True)),
        confusion_of(reviewed),
        np.array(regions),
    )
