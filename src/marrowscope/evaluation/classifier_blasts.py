"""Blasts, apart from all other classes: those missed, and other cells taken for one."""

import csv
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from marrowscope.evaluation.classifier_forced_choice import (
    DECIMALS,
    SEED,
    Limits,
    share,
    share_limits,
)
from marrowscope.evaluation.classifier_naming import CellAnswers
from marrowscope.geometry import BoolArray
from marrowscope.vocabulary import Counting, all_classes, cell_class, in_reading_order

N_DRAWS = 4000
FEW_LOOK_ALIKES = 50
BLASTS = "blasts"
ALL_OTHERS = "all other cells"
_NAMES_A_BLAST = re.compile(r"\bblast\b")
_GROUPS = {
    "lymphocytes": "lymphocytes",
    "promonocytes+monocytes": "monocytes",
    "promyelocytes": "promyelocytes",
    "erythroblasts": "erythroblasts",
}


@dataclass(frozen=True, slots=True)
class CountedShare:
    """k of n cells, with Wilson's 95 % limits; None of nothing."""

    k: int
    n: int
    share: float | None
    limits: Limits | None

    @classmethod
    def of(cls, k: int, n: int) -> "CountedShare":
        """The share and its limits."""
        return cls(k, n, share(k, n), share_limits(k, n))


@dataclass(frozen=True, slots=True)
class NormalMarrowMix:
    """False blasts if the non-blast cells came in the mix of a normal marrow.

    share, limits: None where no category has enough cells. percent_measured: of the non-blast
    cells of such a marrow, what the categories with enough cells make up; their rates stand for
    the rest. not_measured: categories without enough cells, and how many there are.
    """

    share: float | None
    limits: Limits | None
    percent_measured: float
    not_measured: dict[str, int]


@dataclass(frozen=True, slots=True)
class BlastScore:
    """As the product names cells. recalled, missed (called something else, not abstained) and
    abstained: of all blasts. called: as what those missed were named.

    false_blasts: cells of other classes called a blast, not abstained, by group. few_look_alikes:
    classes that look like a blast with fewer than 50 cells here.
    """

    n: int
    recalled: CountedShare
    missed: CountedShare
    abstained: CountedShare
    called: dict[str, int]
    false_blasts: dict[str, CountedShare]
    in_normal_marrow: NormalMarrowMix
    few_look_alikes: dict[str, int]


@cache
def normal_marrow_percent() -> Mapping[str, float]:
    """Percent of nucleated cells by ICSH category: the middle of one laboratory's adult intervals.

    University of Iowa pathology handbook, bone marrow differential (its test 315), as copied into
    `normal_marrow.csv`. Its interval of basophils includes mast cells. The middles sum to 99.
    """
    text = (files(__package__) / "normal_marrow.csv").read_text(encoding="utf-8")
    return {
        row["category"]: (float(row["low_percent"]) + float(row["high_percent"])) / 2
        for row in csv.DictReader(text.splitlines())
    }


def is_blast(class_id: str) -> bool:
    """Whether a class counts as a blast."""
    return cell_class(class_id).icsh_category == BLASTS


def blast_score(answers: CellAnswers, n_least: int) -> BlastScore:
    """Of all cells that could be read, whatever their class.

    n_least: cells of a category from which its rate of false blasts is believed.
    """
    truly = _are_blasts(answers.truth)
    called = _are_blasts(answers.named.class_id)
    decided = ~answers.named.abstained
    n = int(truly.sum())
    missed = truly & ~called & decided
    names = Counter(answers.named.class_id[missed].tolist())
    return BlastScore(
        n=n,
        recalled=CountedShare.of(int((truly & called & decided).sum()), n),
        missed=CountedShare.of(int(missed.sum()), n),
        abstained=CountedShare.of(int((truly & ~decided).sum()), n),
        called={name: names[name] for name in in_reading_order(names)},
        false_blasts=_false_blasts(answers, called & decided),
        in_normal_marrow=_in_normal_marrow(answers, called & decided, n_least),
        few_look_alikes=_few_look_alikes(answers),
    )


def _are_blasts(class_ids: np.ndarray[tuple[int, ...], np.dtype[np.str_]]) -> BoolArray:
    return np.array([is_blast(name) for name in class_ids.tolist()], dtype=np.bool_)


def _group(class_id: str) -> str:
    known = cell_class(class_id)
    if known.counting is Counting.UNDECIDED:
        return "not identifiable"
    if class_id == "PROERY":
        return "proerythroblasts"
    if known.parent == "NONCELL":
        return "no nucleated cell"
    return _GROUPS.get(known.icsh_category, "the rest")


GROUPS = (
    "lymphocytes",
    "erythroblasts",
    "proerythroblasts",
    "monocytes",
    "promyelocytes",
    "the rest",
    "not identifiable",
    "no nucleated cell",
)


def _false_blasts(answers: CellAnswers, called: BoolArray) -> dict[str, CountedShare]:
    names = answers.truth.tolist()
    groups = np.array(["" if is_blast(name) else _group(name) for name in names])
    others = groups != ""

    def counted(group: BoolArray) -> CountedShare:
        return CountedShare.of(int((called & group).sum()), int(group.sum()))

    found = {group: counted(groups == group) for group in GROUPS}
    return {**found, ALL_OTHERS: counted(others)}


def _in_normal_marrow(answers: CellAnswers, called: BoolArray, n_least: int) -> NormalMarrowMix:
    categories = np.array([cell_class(name).icsh_category for name in answers.truth.tolist()])
    mix = {name: part for name, part in normal_marrow_percent().items() if name != BLASTS}
    n_cells = {name: int((categories == name).sum()) for name in mix}
    believed = [name for name in mix if n_cells[name] >= n_least]
    not_measured = {name: n_cells[name] for name in mix if name not in believed}
    if not believed:
        return NormalMarrowMix(None, None, 0.0, not_measured)
    weights = np.array([mix[name] for name in believed])
    n = np.array([n_cells[name] for name in believed])
    k = np.array([int((called & (categories == name)).sum()) for name in believed])
    # Jeffreys' posterior of each rate: with none of 60 called a blast the limit is not 0.
    drawn = np.random.default_rng(SEED).beta(k + 0.5, n - k + 0.5, size=(N_DRAWS, len(n)))
    low, high = np.percentile(drawn @ weights / weights.sum(), (2.5, 97.5))
    rate = float(k / n @ weights / weights.sum())
    return NormalMarrowMix(
        share=round(rate, DECIMALS),
        limits=(round(min(rate, float(low)), DECIMALS), round(float(high), DECIMALS)),
        percent_measured=round(float(100 * weights.sum() / sum(mix.values())), 1),
        not_measured=not_measured,
    )


def _few_look_alikes(answers: CellAnswers) -> dict[str, int]:
    n_cells = Counter(answers.truth.tolist())
    alike = [
        known.class_id
        for known in all_classes()
        if known.icsh_category != BLASTS
        and (_NAMES_A_BLAST.search(known.mistaken_for) or known.icsh_category in _GROUPS)
    ]
    return {name: n_cells[name] for name in alike if n_cells[name] < FEW_LOOK_ALIKES}
