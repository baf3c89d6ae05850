"""Labels of slides and the accession of their case."""

import pytest

from marrowscope.cases.slide_match import bears, checked_match
from marrowscope.errors import UsageError


@pytest.mark.parametrize(
    ("label", "accession", "does"),
    [
        ("S26-50", "S26-50", True),
        ("  s26-50   A1 ", "S26-50", True),
        ("S26-50-A1", "S26-50", True),
        ("aspirate/S26-50/2 of 3", "S26-50", True),
        ("Ｓ26-50", "S26-50", True),
        ("S26-50 A1", "S26-5", False),
        ("S26-50", "S26-500", False),
        ("XS26-50", "S26-50", False),
        ("S26-51", "S26-50", False),
        ("S26.50", "S26-50", False),
        ("BM 12 34", "bm  12 34", True),
        ("anything", "", False),
        ("", "S26-50", False),
    ],
)
def test_an_accession_stands_on_a_label_whole_or_not_at_all(
    label: str, accession: str, does: bool
) -> None:
    assert bears(label, accession) is does


def test_a_label_of_another_case_needs_a_reason() -> None:
    with pytest.raises(UsageError, match="right slide"):
        checked_match("S26-51 A1", "S26-50", "  ")
    assert checked_match("S26-51 A1", "S26-50", " relabelled ") == ("S26-51 A1", "relabelled")
    # A reason that nothing asks for is not kept.
    assert checked_match("S26-50 A1", "S26-50", "why") == ("S26-50 A1", "")


@pytest.mark.parametrize(
    ("label", "accession", "said"),
    [
        ("S26-50", " ", "no accession"),
        (" ", "S26-50", "type or scan"),
        ("S26-50" * 50, "S26-50", "at most"),
        ("S26-50\x07", "S26-50", "control"),
    ],
)
def test_what_cannot_be_matched(label: str, accession: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        checked_match(label, accession, "")
