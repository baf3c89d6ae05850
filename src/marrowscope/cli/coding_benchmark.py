"""`marrowscope coding import-utilization` and `coding benchmark`: among a nation's providers."""

import json
import re
import sys
import textwrap
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from marrowscope.cli.options import AsJson, Quiet, given_path, services_of
from marrowscope.cli.progress_display import shown_progress
from marrowscope.coding.benchmark import (
    ROWS_OF_A_YEAR,
    Benchmark,
    Bin,
    Question,
    plain,
)
from marrowscope.coding.benchmark import benchmark as benchmark_of
from marrowscope.errors import UsageError
from marrowscope.evaluation.text_table import table_lines
from marrowscope.progress import Progress
from marrowscope.settings import Settings

NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)
CODE = re.compile(r"[0-9A-Z]{5}", re.ASCII)
BAR_WIDTH = 40
TEXT_WIDTH = 100
MEGABYTE = 1024**2
PACKED = frozenset({".gz", ".zip"})


def given_number(text: str | Decimal) -> Decimal:
    """A number of 0 or more from the command line, exact."""
    if not NUMBER.fullmatch(str(text)):
        raise typer.BadParameter(f"{str(text)[:20]!r} is not a number of 0 or more, such as 120")
    return Decimal(text)


def import_utilization(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            parser=given_path,
            metavar="FILE",
            help="CSV as CMS publishes it, or a .zip or .gz with that alone.",
        ),
    ],
    year: Annotated[int, typer.Option("--year", help="Year of the services in it.")],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Reads what CMS publishes of every provider's services in a year, for `benchmark`.

    The file is "Medicare Physician & Other Practitioners, by Provider and Service" from
    data.cms.gov. No provider's name is kept. A year that was imported before is replaced.
    """
    settings = services_of(context).load_settings()
    with shown_progress(sys.stderr, quiet=quiet or as_json) as progress:
        summary = imported(file, year, settings, progress)
    sys.stdout.write(_json_text(summary) if as_json else import_text(summary))


def benchmark(
    context: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code of the service.")],
    services: Annotated[
        Decimal,
        typer.Option("--services", parser=given_number, metavar="N", help="How many in a year."),
    ],
    specialty: Annotated[
        str | None, typer.Option(help="Among providers of this one; else of all.")
    ] = None,
    state: Annotated[
        str | None, typer.Option(help="Among providers of this one, two letters; else of all.")
    ] = None,
    year: Annotated[int | None, typer.Option(help="Of the file; else the latest imported.")] = None,
    beneficiaries: Annotated[
        int | None, typer.Option(min=0, help="How many patients of Medicare they were.")
    ] = None,
    medicare_share: Annotated[
        Decimal | None,
        typer.Option(
            parser=given_number, metavar="P", help="Percent of N that Medicare pays; else all."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Says where a yearly number of services stands among the providers of the nation."""
    settings = services_of(context).load_settings()
    if medicare_share is not None and medicare_share > 100:
        raise UsageError(f"--medicare-share: {medicare_share} is not between 0 and 100 percent")
    question = Question(services, specialty, state, beneficiaries, medicare_share)
    answer = answered(code, question, year, settings)
    sys.stdout.write(_json_text(benchmark_object(answer)) if as_json else benchmark_text(answer))


def imported(file: Path, year: int, settings: Settings, progress: Progress) -> dict[str, Any]:
    """Imports a file; returns what `--json` prints. Raises MarrowscopeError."""
    from marrowscope.store.utilization_tables import (  # noqa: PLC0415 - loads DuckDB when called
        import_utilization as import_table,
    )

    is_plain = file.suffix.lower() not in PACKED and file.is_file()
    progress.stage("reading megabytes", file.stat().st_size // MEGABYTE if is_plain else None)
    facts, is_new = import_table(file, year, _folder(settings), progress.advance)
    notes = []
    if not is_new:
        notes.append(f"This file was imported as {year} before; nothing has changed.")
    if facts.n_rows < ROWS_OF_A_YEAR:
        notes.append(
            f"Partial file: it has {facts.n_rows:,} rows, and a full year has about 10 million."
        )
    return {**asdict(facts), "is_new": is_new, "notes": notes}


def answered(code: str, question: Question, year: int | None, settings: Settings) -> Benchmark:
    """The benchmark of a code in the imported file of a year. Raises MarrowscopeError."""
    from marrowscope.store.utilization_tables import read_code  # noqa: PLC0415 - as above

    wanted = code.strip().upper()
    if not CODE.fullmatch(wanted):
        raise UsageError(f"CODE: {code[:20]!r} is not a code of five letters or digits")
    return benchmark_of(read_code(_folder(settings), wanted, year), question)


def import_text(summary: dict[str, Any]) -> str:
    """For people: what was kept of the file, and what has to be said about it."""
    lines = [
        f"year                      {summary['year']}",
        f"rows read                 {summary['n_rows']:,}",
        f"rows of organisations     {summary['n_of_organisations']:,} (left out)",
        f"providers' codes kept     {summary['n_kept']:,} (places of service summed)",
        f"sha256                    {summary['sha256']}",
    ]
    return _paragraphs(lines, summary["notes"])


def benchmark_object(answer: Benchmark) -> dict[str, Any]:
    """Keys of `--json`; `services` as given, `services_compared` what Medicare pays of them."""
    standing = answer.standing
    return {
        "code": answer.code,
        "year": answer.year,
        "specialty": answer.specialty,
        "state": answer.state,
        "services": _number(answer.services),
        "services_compared": _number(answer.compared),
        "percentile": _number(standing.percentile),
        "n_providers": standing.n_providers,
        "quantiles": {str(at): _number(value) for at, value in standing.quantiles.items()},
        "notes": list(answer.notes),
    }


def benchmark_text(answer: Benchmark) -> str:
    """For people: the standing, the quantiles, a distribution with the reader's bin marked."""
    standing = answer.standing
    among = [answer.specialty or "all specialties", answer.state or "all states"]
    n, noun = standing.n_providers, "provider" if standing.n_providers == 1 else "providers"
    lines = [
        f"{answer.code} in {answer.year}, {', '.join(among)}",
        f"{plain(answer.compared)} services: percentile {standing.percentile:.1f} of {n:,} {noun}",
        "",
        *table_lines(
            [
                ("percentile", *map(str, standing.quantiles)),
                ("services", *(plain(round(one, 2)) for one in standing.quantiles.values())),
            ]
        ),
        "",
        *_distribution(answer.bins, answer.compared),
    ]
    return _paragraphs(lines, answer.notes)


def _distribution(bins: tuple[Bin, ...], mine: Decimal) -> list[str]:
    most = max(one.n for one in bins)
    rows = [("services", "providers", "")]
    for at, one in enumerate(bins):
        is_below = at == 0 and mine < one.low
        is_above = at == len(bins) - 1 and mine >= one.high
        mark = "  < you" if one.low <= mine < one.high else ""
        mark = "  < you, below all" if is_below else "  < you, above all" if is_above else mark
        bar = "#" * -(-one.n * BAR_WIDTH // most) + mark
        rows.append((f"{plain(one.low)} to under {plain(one.high)}", f"{one.n:,}", bar))
    left = table_lines([row[:2] for row in rows])
    return [f"{line}  {row[2]}".rstrip() for line, row in zip(left, rows, strict=True)]


def _paragraphs(lines: list[str], notes: list[str] | tuple[str, ...]) -> str:
    said = [
        textwrap.fill(note, TEXT_WIDTH, initial_indent="- ", subsequent_indent="  ")
        for note in notes
    ]
    return "\n".join([*lines, *([""] if said else []), *said]) + "\n"


def _folder(settings: Settings) -> Path:
    return settings.home / "coding" / "utilization"


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _json_text(summary: dict[str, Any]) -> str:
    return json.dumps(summary, allow_nan=False) + "\n"
