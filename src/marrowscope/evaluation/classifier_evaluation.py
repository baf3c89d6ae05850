"""Everything that is measured of a classifier on labelled cells, as one value."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from marrowscope.cells.manifest import ModelCard
from marrowscope.cells.model import Classifier, SlideReference
from marrowscope.evaluation.classifier_naming import (
    NOTHING_KNOWN,
    CellAnswers,
    ReadCells,
    Way,
    answers_to,
    reference_of_set,
)
from marrowscope.evaluation.classifier_set_score import SetScore, mistake_costs, score_answers
from marrowscope.evaluation.classifier_sets import CellSet, LabelledCell
from marrowscope.evaluation.field_naming import FieldNaming
from marrowscope.progress import Progress
from marrowscope.slides.file_names import shown

COARSER_UM_PER_PX = (0.25, 0.5)
"""Scales of a 40x and a 20x scan."""
MAX_MISTAKES = 60
MOST_NAMED = 5
LIKELY_SIDES_UM = (6.0, 100.0)
"""Pictures of single cells are seldom cut smaller or larger."""


@dataclass(frozen=True, slots=True)
class SlideUse:
    """reference: what was measured of the one slide that the cells are of, on n_cells of them."""

    reference: SlideReference
    n_cells: int

    @property
    def found(self) -> bool:
        """Whether anything was; else the shipped reference was used."""
        return self.reference.white_rgb is not None or self.reference.red_cell_rgb is not None


@dataclass(frozen=True, slots=True)
class Mistake:
    """A cell that was decided wrongly. cost: of confusing these two classes."""

    cell: LabelledCell
    called: str
    probability: float
    cost: float


@dataclass(frozen=True, slots=True)
class ScaleScore:
    """um_per_px: to which finer pictures were reduced; n_reduced: how many those were."""

    um_per_px: float
    n_reduced: int
    score: SetScore


@dataclass(frozen=True, slots=True)
class SetResult:
    """One set. read: its answers as shown first, which `score` is of.

    slide, without_reference: None unless the cells are those of one slide. scales: the same cells
    at coarser scales; empty for those of one slide. mistakes: the costliest first.
    """

    cells: CellSet
    read: ReadCells
    score: SetScore
    slide: SlideUse | None
    without_reference: SetScore | None
    scales: tuple[ScaleScore, ...]
    mistakes: tuple[Mistake, ...]

    @property
    def answers(self) -> CellAnswers:
        """As the cells were shown first."""
        return self.read.answers[0]

    @property
    def n_unreadable(self) -> int:
        """Files of which no pixel decodes."""
        return int((~self.read.is_read).sum())


@dataclass(frozen=True, slots=True)
class ClassifierEvaluation:
    """What was measured of which model, and what was not. split: "" for a folder of cells. site:
    digest of what a laboratory taught it, "" for the model alone. site_learnt: whether that is
    anything. fields: of boxed cells that the
    detector found first.
    """

    card: ModelCard
    split: str
    sets: tuple[SetResult, ...]
    not_measured: tuple[str, ...]
    site: str = ""
    fields: tuple[FieldNaming, ...] = ()
    site_learnt: bool = False


def evaluate_classifier(
    classifier: Classifier,
    card: ModelCard,
    sets: Sequence[CellSet],
    progress: Progress,
    *,
    split: str = "",
    site: str = "",
    site_learnt: bool = False,
    fields: Sequence[FieldNaming] = (),
) -> ClassifierEvaluation:
    """Scores the classifier on every set. The same sets and model give the same value.

    Raises UnreadableInputError where a picture of a data folder is damaged, or none of a folder
    of cells can be read.
    """
    results = tuple(_set_result(classifier, one, progress) for one in sets)
    gaps = tuple(_not_measured(results))
    return ClassifierEvaluation(card, split, results, gaps, site, tuple(fields), site_learnt)


def _set_result(classifier: Classifier, cells: CellSet, progress: Progress) -> SetResult:
    slide = None
    ways = [Way(), *(Way(um_per_px=scale) for scale in COARSER_UM_PER_PX)]
    if cells.is_one_slide:
        progress.stage(f"looking at the slide of {cells.name}", None)
        slide = SlideUse(*reference_of_set(cells))
        ways = [Way(slide.reference), Way(NOTHING_KNOWN)]
    read = answers_to(classifier, cells, ways, progress)
    first, *others = (score_answers(one, cells.n_least, cells.never_named) for one in read.answers)
    return SetResult(
        cells=cells,
        read=read,
        score=first,
        slide=slide,
        without_reference=others[0] if slide is not None else None,
        scales=() if slide is not None else _scales(cells, read, others),
        mistakes=costliest_mistakes(cells, read, first),
    )


def _scales(cells: CellSet, read: ReadCells, scores: Sequence[SetScore]) -> tuple[ScaleScore, ...]:
    finer = np.array([cell.um_per_px for cell in cells.cells])[read.is_read]
    return tuple(
        ScaleScore(scale, int((finer < scale).sum()), score)
        for scale, score in zip(COARSER_UM_PER_PX, scores, strict=True)
    )


def costliest_mistakes(cells: CellSet, read: ReadCells, score: SetScore) -> tuple[Mistake, ...]:
    """At most `MAX_MISTAKES` cells that were decided wrongly, by cost times probability."""
    answers = read.answers[0]
    readable = [cell for cell, is_read in zip(cells.cells, read.is_read, strict=True) if is_read]
    found = [
        Mistake(cell, str(called), float(probability), cost)
        for cell, called, probability, abstained, cost in zip(
            readable,
            answers.named.class_id,
            answers.named.probability,
            answers.named.abstained,
            mistake_costs(answers, score.classes),
            strict=True,
        )
        if cost and not abstained
    ]
    found.sort(key=lambda one: (-one.cost * one.probability, one.cell.path))
    return tuple(found[:MAX_MISTAKES])


def _files(n: int) -> str:
    return "1 file" if n == 1 else f"{n} files"


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(map(shown, names[:MOST_NAMED])) + (f" and {more} more" if more > 0 else "")


def _not_measured(results: Sequence[SetResult]) -> list[str]:
    gaps = []
    for one in results:
        name = one.cells.name
        if one.score.too_few:
            few = ", ".join(f"{key} {n}" for key, n in one.score.too_few.items())
            gaps.append(f"classes of {name} with fewer than {one.cells.n_least} cells: {few}")
        if one.score.not_modelled:
            names = ", ".join(f"{key} {of_it.n}" for key, of_it in one.score.not_modelled.items())
            gaps.append(f"classes of {name} that the model has no name for: {names}")
        if one.cells.skipped:
            gaps.append(
                f"{_files(sum(one.cells.skipped.values()))} of {name}: nothing says which class "
                f"their folder or label is: {_some(list(one.cells.skipped))}"
            )
        if one.cells.unmatched:
            gaps.append(f"rows of the map that match no folder: {_some(one.cells.unmatched)}")
        low, high = LIKELY_SIDES_UM
        if not low <= one.read.side_um <= high:
            gaps.append(
                f"the scale of {name}: its pictures would be {one.read.side_um:.0f} µm across, and "
                "a marrow cell is 10 to 25; check --um-per-px"
            )
        if one.n_unreadable:
            gaps.append(f"{_files(one.n_unreadable)} of {name}: no pixel can be read")
    return [
        *gaps,
        "other patients: limits are those of drawing cells at random, but cells of one smear are "
        "alike, so the true uncertainty is larger",
        "whole slides: single cells were shown, centred by whoever cut them out, not by the "
        "detector",
    ]
