import pytest

from coding.made_utilization import NAMES, NAMES_BEFORE_2019
from marrowscope.coding.utilization_columns import CODE, NPI, SERVICES, layout_of, wrong_cell
from marrowscope.errors import UnreadableInputError


def head(names: tuple[str, ...], delimiter: str = ",") -> bytes:
    return (delimiter.join(names) + "\r\n").encode()


def test_columns_are_found_by_name_whatever_their_order_and_case() -> None:
    turned = tuple(name.upper() for name in reversed(NAMES))

    layout = layout_of(b"\xef\xbb\xbf" + head(turned), "f.csv")

    assert layout.places[NPI] == len(NAMES) - 1
    assert layout.places[CODE] == turned.index("HCPCS_CD")
    assert layout.labels[SERVICES] == "TOT_SRVCS"


def test_files_of_before_2019_are_known_also_with_tabs() -> None:
    layout = layout_of(head(NAMES_BEFORE_2019, "\t"), "f.txt")

    assert (layout.delimiter, layout.n_columns) == ("\t", len(NAMES_BEFORE_2019))
    assert layout.places[SERVICES] == NAMES_BEFORE_2019.index("line_srvc_cnt")


def test_columns_that_are_missing_are_named() -> None:
    with pytest.raises(UnreadableInputError) as refusal:
        layout_of(head(tuple(name for name in NAMES if name[:4] != "Tot_")), "f.csv")

    assert "f.csv: lacks the columns Tot_Benes (before 2019 bene_unique_cnt), Tot_Srvcs" in str(
        refusal.value
    )


@pytest.mark.parametrize("line", [b"", b"\n", b"\xff\xfeN\x00p\x00i\x00\n", b"%PDF-1.7\n"])
def test_a_first_line_that_names_no_columns_is_refused(line: bytes) -> None:
    with pytest.raises(UnreadableInputError, match=r"f\.csv: (is not a table|lacks the columns)"):
        layout_of(line, "f.csv")


def test_a_column_that_is_there_twice_is_refused() -> None:
    with pytest.raises(UnreadableInputError, match="has the column HCPCS_Cd twice"):
        layout_of(head((*NAMES, "hcpcs_code")), "f.csv")


@pytest.mark.parametrize("text", ["100", "0E5", "0.00E+00"])
def test_codes_that_a_spreadsheet_made_numbers_are_told_as_such(text: str) -> None:
    said = wrong_cell(CODE, "HCPCS_Cd", text, 7, "f.csv")

    assert said.startswith(f"f.csv, row 7, column HCPCS_Cd: '{text}' is a code that a spreadsheet")
