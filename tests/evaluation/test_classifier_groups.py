import pytest

from marrowscope.evaluation.classifier_groups import common_classes, group_of

COARSE = ("BLAST_NOS", "PROMY", "BAND", "SEG", "EOS_MAT", "MONO", "LYMPH", "PLASMA", "ERY_NOS")
FINE = ("BLAST_NOS", "PROERY", "ERY_BASO", "ERY_POLY", "EOS_IMM", "EOS_MAT", "SEG", "BAND")


def is_right(truth: str, called: str, modelled: tuple[str, ...]) -> bool:
    return common_classes([truth], modelled).is_right(truth, called)


@pytest.mark.parametrize(
    ("truth", "called"),
    [
        ("ERY_POLY", "ERY_NOS"),
        ("PROERY", "ERY_NOS"),
        ("BLAST_LYMPH", "BLAST_NOS"),
        ("EOS_IMM", "EOS_MAT"),
        ("EOS_ABN", "EOS_MAT"),
        ("PROMONO", "MONO"),
        ("LYMPH_ATYP", "LYMPH"),
        ("HAIRY", "LYMPH"),
        ("PLASMA_ABN", "PLASMA"),
        ("PROMY_ABN", "PROMY"),
        ("SEG", "SEG"),
    ],
)
def test_a_coarse_model_is_right_with_the_group(truth: str, called: str) -> None:
    assert is_right(truth, called, COARSE)


def test_a_coarse_truth_is_met_by_any_class_of_its_group() -> None:
    assert is_right("ERY_NOS", "PROERY", FINE)
    assert is_right("ERY_NOS", "ERY_POLY", FINE)


@pytest.mark.parametrize(
    ("truth", "called", "modelled"),
    [
        ("SEG", "BAND", COARSE),
        ("BAND", "SEG", FINE),
        ("ERY_POLY", "LYMPH", COARSE),
        ("PROERY", "BLAST_NOS", FINE),
        ("PROERY", "ERY_POLY", FINE),
        ("EOS_IMM", "EOS_MAT", FINE),
        ("MYELO", "PROMY", (*COARSE, "MYELO")),
        ("PLT", "ARTEFACT", (*COARSE, "PLT", "ARTEFACT")),
    ],
)
def test_classes_that_both_tell_apart_do_not_stand_for_each_other(
    truth: str, called: str, modelled: tuple[str, ...]
) -> None:
    assert not is_right(truth, called, modelled)


def test_what_is_merged_is_said() -> None:
    found = common_classes(["PROERY", "ERY_POLY", "SEG", "EOS_MAT"], COARSE)
    assert found.merged == {"ERY_NOS": ("PROERY", "ERY_POLY", "ERY_NOS")}
    assert found.scored_as["PROERY"] == "ERY_NOS"
    assert found.not_modelled == ()


def test_a_class_without_an_output_is_not_modelled_but_one_in_a_group_is() -> None:
    found = common_classes(["MEGA", "MAST", "EOS_ABN"], FINE)
    assert found.not_modelled == ("MAST", "MEGA")
    assert found.merged == {"EOS_IMM": ("EOS_IMM", "EOS_MAT", "EOS_ABN")}


def test_groups_are_categories_of_the_count_and_other_cells_are_alone() -> None:
    assert group_of("PROMONO") == group_of("MONO") == "promonocytes+monocytes"
    assert group_of("BAND") != group_of("SEG")
    assert group_of("MEGA") == "MEGA"
    assert group_of("MEGA_DYS") == "MEGA_DYS"
