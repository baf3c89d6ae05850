from datetime import date

import pytest

from marrowscope.coding.fee_schedule import in_force, why_none_in_force
from marrowscope.coding.release import (
    Release,
    Told,
    Variant,
    decide_release,
    parse_release,
    told_by_name,
    told_by_title,
    variant_in,
)
from marrowscope.errors import UsageError

D25 = Release(2025, 4)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("PPRRVU2025_Oct.csv", "2025D"),
        ("PPRRVU22_JAN.xlsx", "2022A"),
        ("PPRRVU25_JAN1.csv", "2025A"),
        ("PPRRVU2026_Jul_nonQPP.txt", "2026C"),
        ("RVU25D.zip", "2025D"),
        ("rvu24a-010323.zip", "2024A"),
        ("rvu26b-updated-03-10-2026.zip", "2026B"),
        ("rvu25d_0.zip", "2025D"),
        ("rvu26ar_1.zip", "2026A"),
    ],
)
def test_a_name_tells_the_release(name: str, label: str) -> None:
    told = told_by_name(name)

    assert decide_release(Told(), [told], None, name).label == label


@pytest.mark.parametrize("name", ["fees.csv", "PPRRVU.csv", "PPRRVU24_MAR.csv", "RVU25.zip", ""])
def test_other_names_tell_no_release(name: str) -> None:
    assert told_by_name(name) == Told()


def test_copyright_lines_tell_no_release() -> None:
    title = "2025 National Physician Fee Schedule Relative Value File October Release"
    copyright_line = "The Fee Schedule of 2019 is copyright 2024, January"

    assert told_by_title([copyright_line, "RELEASED 09/11/2024", title]) == Told(2025, 4)
    assert told_by_title([copyright_line, "RELEASED 09/11/2024"]) == Told()


def test_the_title_wins_over_the_name() -> None:
    assert decide_release(Told(2025, 4), [Told(2022, 1)], None, "f") == D25
    assert decide_release(Told(2025), [Told(2025, 4)], None, "f") == D25


def test_what_nothing_tells_is_asked_for() -> None:
    assert decide_release(Told(), [Told()], D25, "f") == D25
    assert decide_release(Told(2025), [Told(2022, 1)], D25, "f") == D25
    with pytest.raises(UsageError, match="--release 2025D"):
        decide_release(Told(), [Told()], None, "f")


@pytest.mark.parametrize(
    ("title", "name"), [(Told(2025, 4), Told()), (Told(), Told(2025, 4)), (Told(2025), Told())]
)
def test_a_contradiction_is_refused(title: Told, name: Told) -> None:
    with pytest.raises(UsageError, match="--release says 2024A"):
        decide_release(title, [name], Release(2024, 1), "f")


@pytest.mark.parametrize("text", ["2025E", "2025", "D", "25D5", "", "1925D"])
def test_what_is_no_release_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no release"):
        parse_release(text)


def test_a_release_may_be_written_as_its_zip_is_called() -> None:
    assert parse_release("RVU25D") == parse_release("2025d") == D25


def test_names_and_titles_tell_the_variant() -> None:
    assert variant_in("PPRRVU2026_Jan_nonQPP.csv") is Variant.NON_QPP
    assert variant_in("2026 ... January Release (Non-QPP)") is Variant.NON_QPP
    assert variant_in("PPRRVU2026_Jan_QPP.csv") is Variant.QPP
    assert variant_in("PPRRVU2025_Oct.csv") is None


def test_the_latest_release_of_the_year_that_has_begun_is_in_force() -> None:
    releases = [Release(2024, 4), Release(2025, 1), Release(2025, 3), Release(2025, 4)]

    assert in_force(releases, date(2025, 1, 1)) == Release(2025, 1)
    assert in_force(releases, date(2025, 6, 30)) == Release(2025, 1)
    assert in_force(releases, date(2025, 7, 1)) == Release(2025, 3)
    assert in_force(releases, date(2025, 12, 31)) == Release(2025, 4)


def test_no_other_years_release_is_ever_in_force() -> None:
    releases = [Release(2024, 4), Release(2025, 3)]

    assert in_force(releases, date(2025, 3, 1)) is None
    assert in_force(releases, date(2026, 3, 1)) is None
    assert "2025C" in why_none_in_force("85097", date(2025, 3, 1), releases)
    assert "no release of 2026" in why_none_in_force("85097", date(2026, 3, 1), releases)
    assert "not in 2025C" in why_none_in_force("85097", date(2025, 8, 1), releases)
