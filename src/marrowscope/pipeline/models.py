"""What an analysis is made with: the models and the settings that can change its result."""

from dataclasses import dataclass

from marrowscope.analysis import ModelRecord
from marrowscope.cells import Classifier, Detector
from marrowscope.differential import ICSH_2008
from marrowscope.differential.confusion import ConfusionMatrix
from marrowscope.findings import FindingSettings


@dataclass(frozen=True, slots=True)
class Models:
    """The detector and the classifier of one run, and what the Analysis says of them.

    confusion: how often the classifier errs, where a site measured it.
    """

    detector: Detector
    classifier: Classifier
    records: tuple[ModelRecord, ...]
    confusion: ConfusionMatrix | None = None


@dataclass(frozen=True, slots=True)
class AnalysisSettings:
    """Everything beside slides and models that a result rests on.

    n_to_count: cells wanted in the count; None counts all. region_um: side of a region.
    me_formula: name of the M:E formula. blast_nos_in_me: whether blasts of unstated lineage are
    myeloid there. apl_triage_share, apl_abstained_share: fractions of all found cells.
    smudge_limit_percent: of all nucleated objects. mcv_fl: the patient's, where given.
    um_per_px: the scale that was given for slides that state none. scanner, stain: what the slides
    were made and read with, as the laboratory names them, "" where not told. purpose: what the
    case is read for, research or clinical.
    """

    n_to_count: int | None = 500
    region_um: float = 200.0
    me_formula: str = ICSH_2008.name
    blast_nos_in_me: bool = True
    apl_triage_share: float = 0.30
    apl_abstained_share: float = 1 / 3
    smudge_limit_percent: float = 20.0
    mcv_fl: float | None = None
    um_per_px: float | None = None
    scanner: str = ""
    stain: str = ""
    purpose: str = "research"


def finding_settings(settings: AnalysisSettings) -> FindingSettings:
    """The part of the settings that findings rest on."""
    return FindingSettings(
        apl_immature_share=settings.apl_triage_share,
        apl_undecided_share=settings.apl_abstained_share,
        smudge_share=settings.smudge_limit_percent / 100,
    )
