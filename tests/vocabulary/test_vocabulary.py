from importlib import import_module

import pytest

from marrowscope.errors import UsageError
from marrowscope.vocabulary import (
    Counting,
    MyeloidErythroidSide,
    all_classes,
    cell_class,
    class_ids,
    classes_not_modelled,
    classes_of_category,
    classes_of_rollup,
    counts_in_differential,
    icsh_categories,
    icsh_category,
    in_reading_order,
    rollups,
)

ICSH_ORDER = (
    "blasts",
    "promyelocytes",
    "myelocytes",
    "metamyelocytes",
    "band forms",
    "segmented neutrophils",
    "eosinophils",
    "basophils",
    "mast cells",
    "promonocytes+monocytes",
    "lymphocytes",
    "plasma cells",
    "erythroblasts",
)


def test_the_13_icsh_categories_stand_in_icsh_order():
    assert tuple(category.category for category in icsh_categories()) == ICSH_ORDER


def test_every_counted_class_has_a_category_and_no_other_class_has_one():
    for known in all_classes():
        assert known.in_ndc == (known.icsh_category in ICSH_ORDER), known.class_id


def test_every_category_has_a_class():
    for category in ICSH_ORDER:
        assert classes_of_category(category)


def test_ids_are_unique_and_reading_order_is_their_place():
    assert len(set(class_ids())) == len(class_ids()) == 46
    assert [known.reading_order for known in all_classes()] == list(range(46))
    assert class_ids()[0] == "BLAST_MYELO"


def test_every_parent_is_a_group_and_every_group_has_members():
    groups = {rollup.rollup_id for rollup in rollups()}
    assert {known.parent for known in all_classes()} == groups


def test_lineage_of_a_category_is_that_of_its_classes():
    for category in icsh_categories():
        lineages = {known.lineage for known in classes_of_category(category.category)}
        assert lineages == {category.lineage} or category.lineage == "mixed"


@pytest.mark.parametrize(
    ("class_id", "counting"),
    [
        ("BLAST_NOS", Counting.COUNTED),
        ("MAST", Counting.COUNTED),
        ("MEGA", Counting.REMOVED),
        ("MACRO", Counting.REMOVED),
        ("TUMOUR", Counting.REMOVED),
        ("SMUDGE", Counting.REMOVED),
        ("ARTEFACT", Counting.REMOVED),
        ("PLT", Counting.REMOVED),
        ("UNCLASS", Counting.UNDECIDED),
        ("MITOSIS", Counting.UNDECIDED),
    ],
)
def test_what_a_class_does_to_the_count(class_id, counting):
    assert cell_class(class_id).counting is counting
    assert counts_in_differential(class_id) == (counting is Counting.COUNTED)


@pytest.mark.parametrize(
    ("class_id", "side"),
    [
        ("BLAST_MYELO", MyeloidErythroidSide.MYELOID),
        ("BLAST_LYMPH", MyeloidErythroidSide.NEITHER),
        ("BLAST_NOS", MyeloidErythroidSide.SETTING),
        ("MONO", MyeloidErythroidSide.MYELOID),
        ("MAST", MyeloidErythroidSide.NEITHER),
        ("LYMPH", MyeloidErythroidSide.NEITHER),
        ("PLASMA", MyeloidErythroidSide.NEITHER),
        ("ERY_NOS", MyeloidErythroidSide.ERYTHROID),
        ("PROERY", MyeloidErythroidSide.ERYTHROID),
    ],
)
def test_side_of_the_myeloid_erythroid_ratio(class_id, side):
    assert cell_class(class_id).me_side is side


def test_what_an_unknown_class_is_mistaken_for():
    assert cell_class("PROERY").mistaken_for == "blast or basophilic erythroblast"
    assert cell_class("PROMONO").mistaken_for == "monocyte or blast"
    assert cell_class("BLAST_LYMPH").mistaken_for == "lymphocyte or blast"
    assert cell_class("PROMY_ABN").mistaken_for == "promyelocyte or monocyte"
    assert cell_class("MACRO").mistaken_for == "not identifiable"


def test_every_kind_of_nucleated_cell_says_what_it_is_mistaken_for():
    without = {known.class_id for known in all_classes() if not known.mistaken_for}
    assert without == {
        "BLAST_NOS",
        "ERY_NOS",
        "UNCLASS",
        "ARTEFACT",
        "PLT",
        "PLT_CLUMP",
        "RBC",
    }


def test_decision_thresholds():
    assert icsh_category("blasts").decision_thresholds_percent == (5, 10, 20)
    assert icsh_category("plasma cells").decision_thresholds_percent == (10, 60)
    assert icsh_category("lymphocytes").decision_thresholds_percent == ()


def test_classes_not_modelled_leaves_out_catch_alls():
    missing = [known.class_id for known in classes_not_modelled(["BLAST_MYELO", "ERY_BASO"])]
    assert "BLAST_NOS" not in missing
    assert "ERY_NOS" not in missing
    assert "PLT" not in missing
    assert "BLAST_MYELO" not in missing
    assert missing[0] == "BLAST_MONO"


def test_members_of_a_group():
    assert [known.class_id for known in classes_of_rollup("NEUT_MAT")] == ["BAND", "SEG"]


def test_reading_order_sorts_and_drops_repeats():
    assert in_reading_order(["SEG", "BLAST_NOS", "SEG"]) == ("BLAST_NOS", "SEG")


@pytest.mark.parametrize(
    "ask",
    [
        lambda: cell_class("NEUTROPHIL"),
        lambda: counts_in_differential("seg"),
        lambda: classes_of_category("neutrophils"),
        lambda: classes_of_rollup("NEUTROPHIL"),
        lambda: in_reading_order(["SEG", "seg"]),
        lambda: classes_not_modelled(["seg"]),
    ],
)
def test_an_unknown_name_is_refused_in_one_line(ask):
    with pytest.raises(UsageError) as caught:
        ask()
    message = str(caught.value)
    assert "\n" not in message
    assert "called" in message


def test_records_are_frozen():
    with pytest.raises(AttributeError):
        cell_class("SEG").label = "x"  # type: ignore[misc]


def test_exported_names_are_complete():
    room = import_module("marrowscope.vocabulary")
    assert set(room.__all__) == {name for name in vars(room) if not name.startswith("_")} - {
        "error_costs",
        "model",
        "table",
    }
