import json
from fractions import Fraction
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marrowscope.differential import (
    ICSH_2008,
    WITHOUT_MONOCYTES,
    Tally,
    as_json,
    case_differential,
    differential,
    me_formula_named,
    tally,
    tally_differential,
)
from marrowscope.errors import UsageError
from marrowscope.vocabulary import Counting, all_classes, cell_class, class_ids

MODELLED = (
    "BLAST_NOS",
    "PROMY",
    "MYELO",
    "META",
    "BAND",
    "SEG",
    "EOS_MAT",
    "BASO",
    "MONO",
    "LYMPH",
    "PLASMA",
    "ERY_NOS",
    "SMUDGE",
    "ARTEFACT",
    "UNCLASS",
)


def cells_of(**counts):
    """Class ids, every one decided."""
    ids = [class_id for class_id, n in counts.items() for _ in range(n)]
    return ids, [False] * len(ids)


def count(n_undecided=0, modelled=MODELLED, **counts):
    ids, abstained = cells_of(**counts)
    ids += ["LYMPH"] * n_undecided
    return differential(ids, abstained + [True] * n_undecided, modelled=modelled)


def test_undecided_cells_stay_in_the_denominator_and_bound_each_row():
    found = count(n_undecided=12, BLAST_NOS=41, SEG=459)
    blasts = found.category("blasts")
    assert found.total == 512
    assert (blasts.n, blasts.upper_n) == (41, 53)
    assert (blasts.printed_percent, round(blasts.upper_percent, 1)) == ("8.0", 10.4)
    assert blasts.open_thresholds_percent == (10,)
    assert any("threshold not decided at 10 %" in sentence for sentence in found.advice)
    assert blasts.outer.low == blasts.interval.low
    assert blasts.outer.high > blasts.interval.high


def test_an_abstained_cell_is_undecided_whatever_its_guess():
    found = differential(
        ["SMUDGE", "MEGA", "UNCLASS", "BLAST_NOS", "SEG"],
        [True, True, True, True, False],
        modelled=MODELLED,
    )
    assert (found.total, found.n_undecided, found.n_removed) == (5, 4, 0)


def test_not_classifiable_and_mitosis_are_undecided_even_when_decided():
    found = count(UNCLASS=3, MITOSIS=2, SEG=5)
    assert (found.total, found.n_undecided, found.n_removed) == (10, 5, 0)


def test_classes_outside_the_differential_are_removed_and_named():
    found = count(MEGA=2, SMUDGE=3, ARTEFACT=4, PLT=1, SEG=10)
    assert (found.total, found.n_removed) == (10, 10)
    assert {row.class_id: row.n for row in found.removed} == {
        "MEGA": 2,
        "SMUDGE": 3,
        "ARTEFACT": 4,
        "PLT": 1,
    }


def test_mast_cells_keep_their_row_and_are_never_zero_when_not_modelled():
    row = count(SEG=500).category("mast cells")
    assert not row.is_modelled
    assert [row.n, row.percent, row.interval, row.upper_n, row.outer] == [None] * 5
    assert row.printed_percent is None
    assert row.not_modelled_class_ids == ("MAST",)


def test_modelled_category_without_a_cell_is_zero_with_an_upper_limit():
    row = count(SEG=500).category("basophils")
    assert (row.n, row.percent, row.printed_percent) == (0, 0.0, "0.0")
    assert row.interval.low == 0.0
    assert round(100 * row.interval.high, 1) == 0.8


def test_a_row_names_the_kinds_of_cell_it_was_not_taught():
    found = count(SEG=1)
    assert found.category("blasts").not_modelled_class_ids == (
        "BLAST_MYELO",
        "BLAST_MONO",
        "BLAST_LYMPH",
        "BLAST_MEGA",
    )
    assert found.category("promonocytes+monocytes").not_modelled_class_ids == ("PROMONO",)
    assert found.category("segmented neutrophils").not_modelled_class_ids == ()


def test_classes_learnt_from_blood_alone():
    found = differential(["BAND"], [False], modelled=MODELLED, blood_only=["BAND", "SEG"])
    assert found.category("band forms").blood_only_class_ids == ("BAND",)
    assert found.category("blasts").blood_only_class_ids == ()


def test_advice_on_the_size_of_the_count():
    ids, abstained = cells_of(SEG=500)
    assert "at least 300" in count(SEG=299).advice[0]
    assert "enough only where no decision" in count(SEG=300).advice[0]
    assert "over 1 smear" in count(SEG=500).advice[0]
    assert differential(ids, abstained, modelled=MODELLED, n_smears=2).advice == ()


def test_near_a_threshold_the_advice_is_to_count_more():
    near = count(BLAST_NOS=99, SEG=401)
    assert near.category("blasts").near_thresholds_percent == (20,)
    assert near.category("blasts").printed_percent == "19.8"
    assert any("Blasts lie in the indeterminate band around 20 %" in line for line in near.advice)


def test_myeloid_erythroid_ratio_of_icsh():
    found = count(
        SEG=200, MONO=40, BLAST_NOS=60, LYMPH=50, PLASMA=10, ERY_NOS=100, n_undecided=3
    ).me
    assert (found.n_myeloid, found.n_erythroid, found.value) == (300, 100, 3.0)
    assert (round(found.low, 2), round(found.high, 2)) == (2.39, 3.76)
    assert found.formula == "ICSH 2008"
    assert "60 blasts of unstated lineage counted as myeloid" in found.note
    assert "3 undecided cells take no part" in found.note


def test_myeloid_erythroid_ratio_settings():
    ids, abstained = cells_of(SEG=200, MONO=40, BLAST_NOS=60, BLAST_MYELO=1, ERY_NOS=100)
    modelled = (*MODELLED, "BLAST_MYELO")
    without_monocytes = differential(
        ids, abstained, modelled=modelled, me_formula=WITHOUT_MONOCYTES
    )
    without_blasts = differential(
        ids, abstained, modelled=modelled, undetermined_blasts_are_myeloid=False
    )
    assert without_monocytes.me.n_myeloid == 261
    assert without_monocytes.me.formula == "without monocytes"
    assert without_blasts.me.n_myeloid == 241
    assert "60 blasts of unstated lineage left out" in without_blasts.me.note


def test_lymphoblasts_and_mast_cells_take_no_part_in_the_ratio():
    found = count(modelled=class_ids(), BLAST_LYMPH=50, MAST=5, SEG=10, PROERY=5).me
    assert (found.n_myeloid, found.n_erythroid) == (10, 5)


def test_no_ratio_without_erythroid_cells():
    found = count(SEG=100).me
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.note.startswith("no erythroid cells counted")


def test_no_ratio_where_erythroblasts_are_not_modelled():
    found = count(modelled=("SEG",), SEG=100).me
    assert found.value is None
    assert "erythroblasts not modelled" in found.note
    assert "not in the numerator: blasts, promyelocytes" in found.note


def test_formula_by_name():
    assert me_formula_named("ICSH 2008") is ICSH_2008
    with pytest.raises(UsageError, match="'without monocytes'"):
        me_formula_named("Bain")


def test_partial_differential_is_blind_to_blood():
    counts = {"BLAST_NOS": 10, "PROMY": 20, "MYELO": 30, "ERY_NOS": 40}
    bare = count(**counts).partial
    diluted = count(**counts, SEG=300, LYMPH=200).partial
    assert bare == diluted
    assert [row.percent for row in bare.rows] == [10.0, 20.0, 30.0, 40.0]
    assert "10 blasts of unstated lineage" in bare.note


def test_empty_count():
    found = differential([], [], modelled=MODELLED)
    assert found.total == 0
    blasts = found.category("blasts")
    assert (blasts.n, blasts.percent, blasts.interval) == (0, None, None)
    assert found.undecided_percent is None
    assert found.partial.rows[0].percent is None
    json.dumps(as_json(found), allow_nan=False)


def test_pooled_and_per_slide():
    ids, abstained = cells_of(SEG=6, BLAST_NOS=4)
    found = case_differential(
        ["b"] * 5 + ["a"] * 5, ids, abstained, slides=("a", "b", "c"), modelled=MODELLED
    )
    assert found.pooled.total == 10
    assert found.pooled.n_smears == 2
    assert [slide.slide for slide in found.slides] == ["a", "b", "c"]
    assert [slide.differential.total for slide in found.slides] == [5, 5, 0]
    assert found.slides[0].differential.category("blasts").n == 4


def test_bad_calls_are_refused():
    with pytest.raises(UsageError, match="2 classes but 1 abstentions"):
        differential(["SEG", "SEG"], [False], modelled=MODELLED)
    with pytest.raises(UsageError, match="'Neutrophil'"):
        differential(["Neutrophil"], [False], modelled=MODELLED)
    with pytest.raises(UsageError, match="'Neutrophil'"):
        differential([], [], modelled=["Neutrophil"])
    with pytest.raises(UsageError, match="called MAST but"):
        differential(["MAST"], [False], modelled=MODELLED)
    with pytest.raises(UsageError, match="no ICSH category is called 'blast'"):
        count(SEG=1).category("blast")
    with pytest.raises(UsageError, match="not of this case"):
        case_differential(["x"], ["SEG"], [False], slides=["y"], modelled=MODELLED)
    with pytest.raises(UsageError, match="1 slide names"):
        case_differential(["x"], [], [], slides=["x"], modelled=MODELLED)


cells = st.lists(st.tuples(st.sampled_from(class_ids()), st.booleans()), max_size=80)


@given(cells, st.randoms())
def test_classes_and_undecided_add_up_always_and_order_is_nothing(some_cells, random):
    ids = [class_id for class_id, _ in some_cells]
    abstained = np.array([is_abstained for _, is_abstained in some_cells], dtype=bool)
    found = differential(ids, abstained, modelled=class_ids())
    assert sum(row.n for row in found.categories) + found.n_undecided == found.total
    assert found.total + found.n_removed == len(some_cells)
    assert sum(counted.n for counted in found.class_counts) + found.n_undecided == found.total
    if found.total:
        printed = [Fraction(row.printed_percent) for row in found.categories]
        assert sum(printed) + Fraction(found.undecided_printed_percent) == 100
    shuffled = list(some_cells)
    random.shuffle(shuffled)
    again = differential(
        [class_id for class_id, _ in shuffled],
        [is_abstained for _, is_abstained in shuffled],
        modelled=list(reversed(class_ids())),
    )
    assert again == found


@given(cells)
def test_naming_an_undecided_cell_keeps_every_row_within_its_bounds(some_cells):
    ids = [class_id for class_id, _ in some_cells]
    abstained = [is_abstained for _, is_abstained in some_cells]
    before = differential(ids, abstained, modelled=class_ids())
    named = [
        "SEG" if is_abstained or cell_class(class_id).counting is Counting.UNDECIDED else class_id
        for class_id, is_abstained in some_cells
    ]
    after = differential(named, [False] * len(named), modelled=class_ids())
    assert after.total == before.total
    for row_before, row_after in zip(before.categories, after.categories, strict=True):
        assert row_before.n <= row_after.n <= row_before.upper_n


def test_json_form_holds_the_contract():
    found = as_json(count(n_undecided=2, SEG=90, ERY_NOS=8, SMUDGE=4))
    json.dumps(found, allow_nan=False)
    assert len(found["differential"]) == 13
    for row in found["differential"]:
        assert {"category", "n", "percent", "low", "high", "not_modelled"} <= set(row)
        assert (row["n"] is None) == row["not_modelled"]
    rows = {row["category"]: row for row in found["differential"]}
    assert rows["segmented neutrophils"]["percent"] == 90.0
    assert rows["segmented neutrophils"]["upper_n"] == 92
    assert rows["segmented neutrophils"]["low"] == pytest.approx(82.56, abs=0.01)
    assert rows["mast cells"]["not_modelled_classes"] == [
        {
            "class_id": "MAST",
            "label": "Mast cell",
            "mistaken_for": "basophil or not identifiable",
        }
    ]
    assert {"formula", "value", "low", "high", "n_myeloid", "n_erythroid", "note"} <= set(
        found["me"]
    )
    assert found["removed"] == {"n": 4, "classes": {"SMUDGE": 4}}
    assert found["undecided"]["n"] == 2


def test_scale_note_is_carried():
    found = differential([], [], modelled=MODELLED, scale_note="scale estimated from red cells")
    assert as_json(found)["scale_note"] == "scale estimated from red cells"


def test_every_class_can_be_counted_alone():
    for known in all_classes():
        found = differential([known.class_id], [False], modelled=class_ids())
        assert found.total == (known.counting is not Counting.REMOVED)


def test_exported_names_are_complete():
    room = import_module("marrowscope.differential")
    modules = {
        "advice", "categories", "clustering", "confusion", "corrected_shares", "counting",
        "drawn_errors", "emq", "hidden_cells", "intervals", "json_form",
        "likeness", "model", "myeloid_erythroid", "partial", "printing", "quantification",
        "selection", "simplex_least_squares", "thresholds",
    }  # fmt: skip
    assert set(room.__all__) == {name for name in vars(room) if not name.startswith("_")} - modules


@given(st.lists(st.tuples(st.sampled_from(MODELLED), st.booleans()), max_size=60))
def test_sorted_cells_give_the_differential_of_the_cells(cells):
    ids, abstained = [one for one, _ in cells], [unsure for _, unsure in cells]
    rules = {"modelled": MODELLED, "blood_only": ["BAND"], "n_smears": 2, "scale_note": "estimated"}
    sorted_cells = tally(ids, abstained)
    assert tally_differential(sorted_cells, **rules) == differential(ids, abstained, **rules)
    shuffled = Tally(
        dict(reversed(sorted_cells.counted.items())) | {"MAST": 0},
        {"PLT": 0} | dict(sorted_cells.removed),
        sorted_cells.n_undecided,
    )
    assert tally_differential(shuffled, **rules) == differential(ids, abstained, **rules)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (Tally({"SMUDGE": 1}, {}, 0), "SMUDGE are not counted"),
        (Tally({"UNCLASS": 1}, {}, 0), "UNCLASS are not counted"),
        (Tally({}, {"SEG": 1}, 0), "SEG are not removed"),
        (Tally({"HORSE": 1}, {}, 0), "no cell class"),
        (Tally({"MAST": 1}, {}, 0), "not among the classes"),
        (Tally({"SEG": -1}, {}, 5), "fewer than 0"),
        (Tally({}, {"SMUDGE": -1}, 5), "fewer than 0"),
        (Tally({}, {}, -1), "fewer than 0"),
    ],
)
def test_cells_that_were_sorted_wrongly_are_refused(wrong, reason):
    with pytest.raises(UsageError, match=reason):
        tally_differential(wrong, modelled=MODELLED)
