"""Everything that is measured of one set of cells, shown in one way, from the answers alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from marrowscope.cells.model import STRANGE
from marrowscope.evaluation.classifier_blasts import BLASTS, BlastScore, blast_score, is_blast
from marrowscope.evaluation.classifier_calibration import (
    Calibration,
    RiskCoverage,
    calibration,
    risk_coverage,
)
from marrowscope.evaluation.classifier_forced_choice import (
    DECIMALS,
    ForcedChoice,
    Limits,
    forced_choice,
    share,
    share_limits,
)
from marrowscope.evaluation.classifier_groups import CommonClasses, common_classes
from marrowscope.evaluation.classifier_naming import CellAnswers
from marrowscope.geometry import BoolArray, DoubleArray, IntArray
from marrowscope.vocabulary import Counting, cell_class, error_cost, in_reading_order

ABSTAINED = "abstained"
UNDECIDED = "UNCLASS"
"""What a cell counts as whose name is not to be used."""
_LINEAGES = {"none": "no nucleated cell", "unknown": "not identifiable", "artefact": "smudged"}


@dataclass(frozen=True, slots=True)
class CountTable:
    """counts: (rows, columns) cells, rows by truth, columns by what they were called."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: IntArray


@dataclass(frozen=True, slots=True)
class UnmodelledClass:
    """Cells of a class that the model cannot name, and what became of them."""

    n: int
    abstained: int
    called: dict[str, int]


@dataclass(frozen=True, slots=True)
class SetScore:
    """Scores of one set; shares from 0 to 1 to four decimals, None where they mean nothing.

    n: cells of the classes that are scored, those with enough cells. forced: None without any.
    coverage: share of the n cells on which the classifier does not abstain;
    error_when_decided: share wrong among these. by_lineage: of the forced choice. as_named: of all
    cells that could be read, as the product names them, with a column for those it abstains on.
    mean_cost: of all these cells, an abstention costing what "not classifiable" costs;
    mean_cost_decided: of those decided. too_few: classes not scored for want of cells.
    """

    n: int
    forced: ForcedChoice | None
    coverage: float | None
    coverage_limits: Limits | None
    error_when_decided: float | None
    error_limits: Limits | None
    calibration: Calibration
    risk_coverage: RiskCoverage | None
    by_lineage: CountTable
    as_named: CountTable
    blasts: BlastScore
    mean_cost: float | None
    mean_cost_decided: float | None
    classes: CommonClasses
    not_modelled: dict[str, UnmodelledClass]
    too_few: dict[str, int]


def score_answers(
    answers: CellAnswers, n_least: int, never_named: frozenset[str] = frozenset()
) -> SetScore:
    """Scores what a classifier said. n_least, never_named: those of the set."""
    classes = common_classes(answers.truth.tolist(), answers.class_ids)
    truth = _scored_as(answers.truth, classes)
    counted = Counter(truth.tolist())
    modelled = [name for name in in_reading_order(counted) if name not in classes.not_modelled]
    scored = [name for name in modelled if counted[name] >= n_least]
    rows: BoolArray = np.isin(truth, scored)
    named_right = _scored_as(answers.named.class_id, classes) == truth
    decided = rows & ~answers.named.abstained
    n, n_decided = int(rows.sum()), int(decided.sum())
    n_wrong = int((decided & ~named_right).sum())
    forced = forced_choice(truth[rows], _probabilities(answers, classes, scored)[rows], scored)
    costs = np.array(mistake_costs(answers, classes))
    return SetScore(
        n=n,
        forced=forced,
        coverage=share(n_decided, n),
        coverage_limits=share_limits(n_decided, n),
        error_when_decided=share(n_wrong, n_decided),
        error_limits=share_limits(n_wrong, n_decided),
        calibration=_calibration(answers, classes, rows & ~np.isin(truth, sorted(never_named))),
        risk_coverage=risk_coverage(
            answers.named.probability[rows].astype(np.float64),
            named_right[rows],
            _is_undecidable(answers)[rows],
            answers.named.abstained[rows],
            answers.threshold,
        ),
        by_lineage=_by_lineage(forced),
        as_named=_as_named(answers, classes),
        blasts=blast_score(answers, n_least),
        mean_cost=_mean(costs),
        mean_cost_decided=_mean(costs[~answers.named.abstained]),
        classes=classes,
        not_modelled={name: _unmodelled(answers, name) for name in classes.not_modelled},
        too_few={name: counted[name] for name in modelled if name not in scored},
    )


def mistake_costs(answers: CellAnswers, classes: CommonClasses) -> list[float]:
    """(n,) cost of what each cell was named, an abstention counting as "not classifiable"."""
    used = np.where(answers.named.abstained, UNDECIDED, answers.named.class_id)
    return [
        0.0
        if name in classes.scored_as and classes.is_right(truth, name)
        else error_cost(truth, name)
        for truth, name in zip(answers.truth.tolist(), used.tolist(), strict=True)
    ]


def _scored_as(class_ids: npt.NDArray[np.str_], classes: CommonClasses) -> npt.NDArray[np.str_]:
    return np.array([classes.scored_as[name] for name in class_ids.tolist()], dtype=np.str_)


def _probabilities(
    answers: CellAnswers, classes: CommonClasses, scored: Sequence[str]
) -> DoubleArray:
    """(n, scored classes): of each, all outputs that are scored as it taken together."""
    outputs = [classes.scored_as[name] for name in answers.class_ids]
    found = np.zeros((len(answers.truth), len(scored)))
    for column, name in enumerate(scored):
        of_it = [place for place, output in enumerate(outputs) if output == name]
        found[:, column] = answers.proposals.probabilities[:, of_it].sum(axis=1, dtype=np.float64)
    return found


def _calibration(answers: CellAnswers, classes: CommonClasses, rows: BoolArray) -> Calibration:
    is_right = _scored_as(answers.guess, classes) == _scored_as(answers.truth, classes)
    return calibration(answers.probability[rows], is_right[rows])


def _is_undecidable(answers: CellAnswers) -> BoolArray:
    """(n,) names that are not to be used at any threshold: too strange, or "not classifiable"."""
    undecided = [
        name for name in answers.class_ids if cell_class(name).counting is Counting.UNDECIDED
    ]
    strange = answers.proposals.strangeness > STRANGE
    return np.asarray(strange | np.isin(answers.named.class_id, undecided), dtype=np.bool_)


def lineage_of(class_id: str) -> str:
    """The lineage of a class; blasts of any lineage are one, as are cells without one."""
    lineage = cell_class(class_id).lineage
    return BLASTS if is_blast(class_id) else _LINEAGES.get(lineage, lineage)


def _by_lineage(forced: ForcedChoice | None) -> CountTable:
    if forced is None:
        return CountTable((), (), np.zeros((0, 0), dtype=np.int64))
    lineages = [lineage_of(name) for name in forced.class_ids]
    names = tuple(dict.fromkeys(lineages))
    places = np.array([names.index(name) for name in lineages])
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(counts, (places[:, None], places[None, :]), forced.counts)
    return CountTable(names, names, counts)


def _as_named(answers: CellAnswers, classes: CommonClasses) -> CountTable:
    truth = _scored_as(answers.truth, classes).tolist()
    named = _scored_as(answers.named.class_id, classes)
    called = np.where(answers.named.abstained, ABSTAINED, named).tolist()
    rows = in_reading_order(truth)
    columns = (*in_reading_order(name for name in called if name != ABSTAINED), ABSTAINED)
    counts = np.zeros((len(rows), len(columns)), dtype=np.int64)
    for (true, name), n in Counter(zip(truth, called, strict=True)).items():
        counts[rows.index(true), columns.index(name)] = n
    return CountTable(rows, columns, counts)


def _unmodelled(answers: CellAnswers, class_id: str) -> UnmodelledClass:
    of_it = answers.truth == class_id
    called = Counter(answers.named.class_id[of_it & ~answers.named.abstained].tolist())
    return UnmodelledClass(
        n=int(of_it.sum()),
        abstained=int((of_it & answers.named.abstained).sum()),
        called={name: called[name] for name in in_reading_order(called)},
    )


def _mean(costs: DoubleArray) -> float | None:
    return round(float(costs.mean()), DECIMALS) if len(costs) else None
