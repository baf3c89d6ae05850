from decimal import Decimal
from typing import Any

import pytest

from marrowscope.coding.benchmark import CodeUtilization, Question, benchmark
from marrowscope.errors import UsageError

ROWS = [
    (1, "MN", "Pathology", "10"),
    (2, "MN", "Pathology", "20"),
    (3, "CA", "Pathology", "30"),
    (4, "CA", "Hematology-Oncology", "40"),
    (5, "CA", "Hematology", "50"),
    (5, "NY", "Hematology", "60"),
]


def of(rows: list[tuple[int, str, str, str]], n_rows_of_file: int = 9_000_000) -> CodeUtilization:
    providers, states, specialties, services = zip(*rows, strict=True) if rows else ((),) * 4
    numbers = [Decimal(one) for one in services]
    return CodeUtilization("85097", 2023, n_rows_of_file, providers, states, specialties, numbers)


def asked(services: str = "30", **more: Any) -> Question:
    return Question(Decimal(services), **more)


def test_without_more_every_provider_of_the_file_counts_once() -> None:
    answer = benchmark(of(ROWS), asked("100"))

    assert (answer.standing.n_providers, answer.specialty, answer.state) == (5, None, None)
    # 110 services of the provider with two rows are more than 100.
    assert answer.standing.percentile == 80


@pytest.mark.parametrize("name", ["pathology", " PATHOLOGY ", "Pathology"])
def test_a_specialty_matches_without_regard_to_case_and_blanks(name: str) -> None:
    answer = benchmark(of(ROWS), asked(specialty=name))

    assert (answer.standing.n_providers, answer.specialty) == (3, "Pathology")


def test_a_state_narrows_the_specialty() -> None:
    answer = benchmark(of(ROWS), asked("12", specialty="pathology", state="mn"))

    assert answer.standing.n_providers == 2
    assert answer.standing.percentile == 50
    assert answer.state == "MN"


def test_an_unknown_specialty_is_answered_with_those_there_are_nearest_first() -> None:
    with pytest.raises(UsageError) as refusal:
        benchmark(of(ROWS), asked(specialty="hematolgy"))

    said = str(refusal.value)
    assert "no provider of the specialty 'hematolgy' has 85097 in the file of 2023" in said
    assert "there are Hematology, Hematology-Oncology, Pathology" in said


def test_an_unknown_state_is_answered_with_those_of_the_specialty() -> None:
    with pytest.raises(UsageError, match=r"the state 'TX' has 85097 .*; there are MN, CA$"):
        benchmark(of(ROWS), asked(specialty="Pathology", state="TX"))


def test_a_code_that_nobody_has_is_refused() -> None:
    with pytest.raises(UsageError, match="no individual provider has 85097 in the file of 2023"):
        benchmark(of([]), asked())


def test_only_the_share_that_medicare_pays_is_compared() -> None:
    answer = benchmark(of(ROWS), asked("60", medicare_share=Decimal(50)))

    assert (answer.services, answer.compared) == (60, 30)
    assert answer.standing.percentile == 50
    assert any("only the 50 % that Medicare pays are compared, 30." in one for one in answer.notes)


def test_what_the_file_cannot_show_is_said_beside_each_result() -> None:
    said = " ".join(benchmark(of(ROWS), asked()).notes)

    assert "Medicare fee-for-service only" in said
    assert "fewer than 11 patients" in said
    assert "Individual providers only" in said
    assert "give --medicare-share" in said
    assert "Partial file" not in said


@pytest.mark.parametrize(("patients", "is_withheld"), [(10, True), (11, False)])
def test_the_cut_of_the_file_is_applied_to_ones_own_patients(
    patients: int, is_withheld: bool
) -> None:
    said = " ".join(benchmark(of(ROWS), asked(beneficiaries=patients)).notes)

    assert (f"With {patients} patients yours would have been withheld" in said) == is_withheld


def test_few_providers_and_a_partial_file_are_told() -> None:
    said = " ".join(benchmark(of(ROWS[:1], n_rows_of_file=1_000), asked()).notes)

    assert "There is only 1 such provider" in said
    assert "Partial file: it had 1,000 rows" in said
