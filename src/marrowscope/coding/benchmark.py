"""Where a yearly number of services stands among the providers of a utilization file."""

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from marrowscope.errors import UsageError

PERCENTS = (10, 25, 50, 75, 90)
WITHHELD_BELOW = 11
"""Patients a row; the publisher leaves out rows with fewer."""
FEW_PROVIDERS = 20
"""Below it a percentile moves by 5 and more with each provider: our own choice."""
ROWS_OF_A_YEAR = 5_000_000
"""A full year has about 10 million rows; with fewer than these it is taken for a part."""
MOST_NAMED = 5
WORDS = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class CodeUtilization:
    """Rows of one code in one year, places of service summed; four columns of equal length.

    providers: opaque numbers, the same for all rows of a provider. services: 0 or more.
    """

    code: str
    year: int
    n_rows_of_file: int
    providers: Sequence[int]
    states: Sequence[str]
    specialties: Sequence[str]
    services: Sequence[Decimal]


@dataclass(frozen=True, slots=True)
class Question:
    """What is compared. services: a year's, of all payers. specialty, state: None for all.

    beneficiaries: patients of Medicare behind them, None where not told. medicare_share: percent
    of `services` that Medicare pays, None where they are Medicare's already.
    """

    services: Decimal
    specialty: str | None = None
    state: str | None = None
    beneficiaries: int | None = None
    medicare_share: Decimal | None = None

    @property
    def compared(self) -> Decimal:
        """Services that are compared with those of the file."""
        if self.medicare_share is None:
            return self.services
        return self.services * self.medicare_share / 100


@dataclass(frozen=True, slots=True)
class Standing:
    """percentile: 0 to 100, the share of providers with fewer services plus half of those with
    exactly as many. quantiles: services by percent, linear between order statistics.
    """

    percentile: Decimal
    n_providers: int
    quantiles: dict[int, Decimal]


@dataclass(frozen=True, slots=True)
class Bin:
    """Providers with `low` services or more and fewer than `high`."""

    low: Decimal
    high: Decimal
    n: int


@dataclass(frozen=True, slots=True)
class Benchmark:
    """An answer. specialty, state: as the file spells them, None for all."""

    code: str
    year: int
    specialty: str | None
    state: str | None
    services: Decimal
    compared: Decimal
    standing: Standing
    bins: tuple[Bin, ...]
    notes: tuple[str, ...]


def benchmark(rows: CodeUtilization, question: Question) -> Benchmark:
    """Where the services of the question stand among the providers of the rows.

    Raises UsageError where no provider is of that code, specialty and state.
    """
    chosen = _chosen(rows, question)
    by_provider: defaultdict[int, Decimal] = defaultdict(Decimal)
    for at in chosen:
        by_provider[rows.providers[at]] += rows.services[at]
    services = list(by_provider.values())
    first = chosen[0]
    return Benchmark(
        code=rows.code,
        year=rows.year,
        specialty=None if question.specialty is None else rows.specialties[first],
        state=None if question.state is None else rows.states[first],
        services=question.services,
        compared=question.compared,
        standing=standing(services, question.compared),
        bins=doubling_bins(services),
        notes=notes(question, len(services), rows.n_rows_of_file),
    )


def standing(services: Sequence[Decimal], mine: Decimal) -> Standing:
    """Where `mine` stands among one number of services a provider, in any order, at least one."""
    ordered = sorted(services)
    n_fewer = sum(1 for one in ordered if one < mine)
    n_as_many = sum(1 for one in ordered if one == mine)
    return Standing(
        percentile=Decimal(100 * (2 * n_fewer + n_as_many)) / (2 * len(ordered)),
        n_providers=len(ordered),
        quantiles={percent: quantile(ordered, percent) for percent in PERCENTS},
    )


def quantile(ordered: Sequence[Decimal], percent: int) -> Decimal:
    """The quantile at 0 to 100 percent of ascending numbers, at least one; exact.

    Linear between order statistics: of n numbers, that at place (n - 1) * percent / 100 from 0,
    as numpy's default and the inclusive percentile of spreadsheets have it.
    """
    below, hundredths = divmod((len(ordered) - 1) * percent, 100)
    if hundredths == 0:
        return ordered[below]
    step = ordered[below + 1] - ordered[below]
    return ordered[below] + step * hundredths / 100


def doubling_bins(services: Iterable[Decimal]) -> tuple[Bin, ...]:
    """How many providers have 0 up to 1, 1 up to 2, 2 up to 4, … services, none left out between.

    Practices differ by factors, not by sums: bins of equal width would hold all in the first.
    """
    counted = Counter(int(one).bit_length() for one in services)
    return tuple(
        Bin(Decimal(2**at // 2), Decimal(2**at), counted[at])
        for at in range(min(counted), max(counted) + 1)
    )


def notes(question: Question, n_providers: int, n_rows_of_file: int) -> tuple[str, ...]:
    """What has to be said beside a result, a sentence each."""
    said = [
        "Medicare fee-for-service only: services to patients of Medicare Advantage and of other "
        "payers are not in the file.",
        f"The publisher withholds each code and place of service with fewer than {WITHHELD_BELOW} "
        "patients, so small practices are missing and the percentile reads low.",
        "Individual providers only: services billed under an organisation's number are left out.",
    ]
    if question.medicare_share is None:
        said.append(
            "Your services are taken as Medicare's alone; where they are of all payers, give "
            "--medicare-share."
        )
    else:
        said.append(
            f"Your {plain(question.services)} services are of all payers; only the "
            f"{plain(question.medicare_share)} % that Medicare pays are compared, "
            f"{plain(question.compared)}."
        )
    if question.beneficiaries is not None and question.beneficiaries < WITHHELD_BELOW:
        said.append(
            f"With {question.beneficiaries} patients yours would have been withheld: the file "
            "would not show you among these providers."
        )
    if n_providers < FEW_PROVIDERS:
        only = "is only 1 such provider" if n_providers == 1 else f"are only {n_providers} of them"
        said.append(f"There {only}: a percentile of so few moves with each provider.")
    if n_rows_of_file < ROWS_OF_A_YEAR:
        said.append(
            f"Partial file: it had {n_rows_of_file:,} rows, and a full year has about 10 million."
        )
    return tuple(said)


def plain(number: Decimal) -> str:
    """All digits, no exponent, no zeros at the end: 1E+2 -> "100", 2.50 -> "2.5"."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _chosen(rows: CodeUtilization, question: Question) -> list[int]:
    """Places of the rows that the question asks for, at least one."""
    n = len(rows.providers)
    if n == 0:
        raise UsageError(
            f"no individual provider has {rows.code} in the file of {rows.year}; check the code, "
            "or every row of it was withheld"
        )
    chosen = list(range(n))
    if question.specialty is not None:
        chosen = _matching(rows, rows.specialties, chosen, question.specialty, "specialty")
    if question.state is not None:
        chosen = _matching(rows, rows.states, chosen, question.state, "state")
    return chosen


def _matching(
    rows: CodeUtilization, column: Sequence[str], among: Sequence[int], wanted: str, what: str
) -> list[int]:
    key = _key(wanted)
    found = [at for at in among if _key(column[at]) == key]
    if not found:
        there = Counter(column[at] for at in among)
        shown = [name or "none given" for name in _nearest(key, there)]
        more = len(there) - len(shown)
        others = f" and {more} more" if more else ""
        raise UsageError(
            f"no provider of the {what} {wanted[:60]!r} has {rows.code} in the file of "
            f"{rows.year}; there are {', '.join(shown)}{others}"
        )
    return found


def _nearest(key: str, there: Counter[str]) -> list[str]:
    """Names by likeness to what was asked for, then by how many rows have them."""

    def unlikeness(name: str) -> tuple[float, float, int, str]:
        whole = _likeness(_key(name), key)
        nearest_word = max(_likeness(word, key) for word in WORDS.split(_key(name)))
        return (-max(whole, nearest_word), -whole, -there[name], name)

    return sorted(there, key=unlikeness)[:MOST_NAMED]


def _likeness(one: str, another: str) -> float:
    return difflib.SequenceMatcher(None, one, another).ratio()


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()
