from marrowscope.reports.corrected import corrected_note, corrected_rows

KNOWN = {
    "known": True,
    "rows": [
        {"class_ids": ["SEG"], "percent": 11.0, "low": 5.5, "high": 18.7, "is_upper_limit": False},
        {
            "class_ids": ["BLAST_NOS", "LYMPH"],
            "percent": 1.0,
            "low": 0.0,
            "high": 6.7,
            "is_upper_limit": True,
        },
        {"class_ids": ["PLASMA"], "percent": None, "low": None, "high": None},
    ],
    "design_effect": None,
    "measured_on": {"scanner": "S", "stain": "MGG", "note": "", "n_cells": 120},
}


def test_rows_that_can_be_told_have_a_share_or_an_upper_limit() -> None:
    assert corrected_rows(KNOWN) == (
        ("Segmented neutrophils", "11.0 % (5.5–18.7)"),
        ("Blasts or Lymphocytes", "at most 6.7 %"),
    )


def test_the_note_says_what_it_rests_on_and_what_it_cannot_tell() -> None:
    assert corrected_note(KNOWN) == (
        "Too few reviewed cells to correct: plasma cells. Errors measured on 120 reviewed cells, "
        "S, MGG; total 95 % interval, clustering not measured"
    )


def test_where_errors_are_not_known_nothing_is_added_to_the_notes_that_say_so() -> None:
    unknown = {"known": False, "reason": "classifier error on this scanner and stain is not known"}

    assert corrected_rows(unknown) == ()
    assert corrected_note(unknown) == ""
    assert corrected_note({}) == ""
