"""From a trained network to the whole classifier: what is strange to it, and how it then doubts."""

from collections.abc import Sequence

import numpy as np

from marrowscope.geometry import IntArray, UInt8Array
from marrowscope.training.classifier_augmentation import Augmentation
from marrowscope.training.classifier_crops import CropSet, centre_crop
from marrowscope.training.classifier_export import ExportedClassifier
from marrowscope.training.classifier_fitting import ClassifierRecipe, outputs_of
from marrowscope.training.classifier_network import JointNetwork
from marrowscope.training.not_cells import not_cells
from marrowscope.training.strangeness import Strangeness, familiar_cells

FAMILIAR_OF_A_GROUP = 100
"""Training crops of a class and set that say what a familiar cell looks like to the network."""
NOT_CELLS_OF_A_KIND = 300


def whole_classifier(
    network: JointNetwork, crops: CropSet, val: CropSet, recipe: ClassifierRecipe
) -> ExportedClassifier:
    """The networks with their measure of strangeness.

    crops: what they learnt from. val: other cells of the same sets, for the limits.
    """
    familiar = outputs_of(network, familiar_crops(crops, recipe))[1]
    is_full = val.allowed.sum(axis=1) == 1
    known = outputs_of(network, centre_crop(val.pixels[is_full]))[1]
    n_of_a_kind = min(NOT_CELLS_OF_A_KIND, len(crops.groups))
    strange = outputs_of(network, centre_crop(not_cells(crops, n_of_a_kind)))[1]
    strangeness = Strangeness(familiar_cells(familiar, known, strange))
    return ExportedClassifier(network, strangeness, recipe.softened_from, recipe.softening)


def familiar_crops(crops: CropSet, recipe: ClassifierRecipe) -> UInt8Array:
    """(n, 96, 96, 3), some of each class and set, as they are and as other laboratories might."""
    rows = some_of_each_group(crops.groups)
    change = Augmentation(crops, recipe.variation)
    random = np.random.default_rng(recipe.seed)
    changed = np.stack([change(int(row), random) for row in rows])
    return np.concatenate([centre_crop(crops.pixels[rows]), changed])


def some_of_each_group(groups: Sequence[str], n: int = FAMILIAR_OF_A_GROUP) -> IntArray:
    """Rows of at most n crops of each group, evenly spread."""
    names = np.array(groups)
    rows = [np.flatnonzero(names == name) for name in dict.fromkeys(groups)]
    spread = [
        one[np.linspace(0, len(one) - 1, min(n, len(one))).round().astype(int)] for one in rows
    ]
    return np.sort(np.concatenate(spread))
