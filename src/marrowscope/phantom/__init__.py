"""A synthetic smear with exact truth, for arithmetic, seams, scale and load.

No accuracy is ever claimed from a phantom, and no model is trained on one.
"""

from marrowscope.phantom.settings import PhantomSettings
from marrowscope.phantom.truth import (
    TRUTH_SCHEMA,
    ClassCount,
    PhantomTruth,
    truth_path,
    write_truth,
)
from marrowscope.phantom.write import write_phantom

__all__ = [
    "TRUTH_SCHEMA",
    "ClassCount",
    "PhantomSettings",
    "PhantomTruth",
    "truth_path",
    "write_phantom",
    "write_truth",
]
