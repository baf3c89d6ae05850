import pytest

from marrowscope.cases.report_text import (
    COMMENT,
    CONCLUSION,
    REPORT_HEADINGS,
    checked_texts,
    report_heading,
)
from marrowscope.errors import UsageError

IDS = [heading.heading_id for heading in REPORT_HEADINGS]


def test_the_headings_are_a_table() -> None:
    assert len(set(IDS)) == len(IDS)
    assert {CONCLUSION, COMMENT, "megakaryocytes", "iron"} < set(IDS)
    for heading in REPORT_HEADINGS:
        assert heading.label
        assert heading.hint
        assert heading.longest >= 500
        assert report_heading(heading.heading_id) is heading


def test_texts_come_in_the_order_of_the_report_without_empty_ones() -> None:
    texts = checked_texts({CONCLUSION: "  as before ", "iron": "", "aspirate": "easy\r\ntap\t"})
    assert texts == {"aspirate": "easy\ntap", CONCLUSION: "as before"}
    assert list(texts) == ["aspirate", CONCLUSION]
    assert checked_texts(texts) == texts
    assert checked_texts({COMMENT: "e\u0301"}) == {COMMENT: "é"}


@pytest.mark.parametrize("heading_id", IDS)
def test_texts_have_a_longest_length_and_no_control_characters(heading_id: str) -> None:
    heading = report_heading(heading_id)
    assert checked_texts({heading_id: "x" * heading.longest})
    for wrong in ("x" * (heading.longest + 1), "a\x00b", "a\x1b[2Jb", "a\u202eb"):
        with pytest.raises(UsageError, match=heading.label) as raised:
            checked_texts({heading_id: wrong})
        assert wrong not in str(raised.value)


def test_an_unknown_heading_is_refused() -> None:
    with pytest.raises(UsageError, match="no such heading"):
        checked_texts({"diagnosis": "x"})
    with pytest.raises(UsageError, match="conclusion"):
        report_heading("")
