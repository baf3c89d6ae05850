"""`marrowscope case`: cases of the reading room, by whoever may use this machine's command line."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from marrowscope.cases.facts import CaseFacts, Priority, Purpose
from marrowscope.cases.state import CaseState, CaseStatus
from marrowscope.cases.worklist import Wanted, worklist
from marrowscope.cli.case_cells import export_cells
from marrowscope.cli.options import given_path, services_of

if TYPE_CHECKING:
    from marrowscope.assembly_web import HomeParts
    from marrowscope.engine.ports import GivenSlide

NOT_ADDED = "its slides could not be added"
WAITS = "'marrowscope serve' analyses it, now or once it is started"


def build_case() -> typer.Typer:
    """The command `case` with its sub-commands."""
    case = typer.Typer(help="Cases of the reading room.", rich_markup_mode=None)
    case.command("add")(add)
    case.command("list")(list_cases)
    case.command("cells")(export_cells)
    return case


def add(
    context: typer.Context,
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH",
            parser=given_path,
            help="Whole slides, or camera fields, or folders of them: one case. They are copied.",
        ),
    ],
    accession: Annotated[str, typer.Option(help="The laboratory's number of the case.")] = "",
    purpose: Annotated[Purpose, typer.Option(help="What the case is for.")] = Purpose.RESEARCH,
    priority: Annotated[Priority, typer.Option(help="How soon to read it.")] = Priority.ROUTINE,
    scanner: Annotated[str, typer.Option(help="What the slides were scanned with.")] = "",
    stain: Annotated[str, typer.Option(help="How they were stained.")] = "",
    um_per_px: Annotated[
        float | None,
        typer.Option(
            "--um-per-px", min=0.01, max=10.0, help="µm a pixel, where the file has none."
        ),
    ] = None,
    is_analysed: Annotated[
        bool, typer.Option("--analyse/--no-analyse", help="Whether to ask for an analysis.")
    ] = True,
) -> None:
    """Makes a case of slides on this machine, while the server runs or not."""
    # The rooms behind are loaded when called: see marrowscope.cli.services.
    from marrowscope.assembly_case_slides import given_slides  # noqa: PLC0415
    from marrowscope.assembly_web import existing_cases  # noqa: PLC0415

    settings = services_of(context).load_settings()
    facts = CaseFacts(accession=accession, purpose=purpose, priority=priority)
    with existing_cases(settings) as (parts, jobs):
        slides = given_slides(inputs)
        with _case_or_none(parts, facts) as case_id:
            _put_in(parts, case_id, slides, scanner, stain)
            if is_analysed:
                jobs.ask(case_id, by=None, um_per_px=um_per_px)
    n = len(slides)
    _say(f"added case {case_id} with {n} slide{'' if n == 1 else 's'}")
    if is_analysed:
        _say(WAITS)


def list_cases(
    context: typer.Context,
    search: Annotated[
        str, typer.Option(help="Words of the accession number or the patient's name or id.")
    ] = "",
    status: Annotated[CaseStatus | None, typer.Option(help="How far the case is.")] = None,
    purpose: Annotated[Purpose | None, typer.Option(help="What the case is for.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array.")] = False,
) -> None:
    """Lists cases, urgent ones first, then the oldest; without names of patients."""
    from marrowscope.assembly_web import existing_cases  # noqa: PLC0415 - see above

    with existing_cases(services_of(context).load_settings()) as (parts, _):
        found = worklist(parts.cases.records.cases(), Wanted(search, status, purpose))
        if found:
            # First: what cannot be recorded is not shown.
            details = {"cases": [str(case.case_id) for case in found]}
            parts.audit.append("worklist_read", by=None, about="worklist", details=details)
    if as_json:
        _say(json.dumps([_row(case) for case in found]))
    elif not found:
        _say("no such case")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _lines(found))


@contextmanager
def _case_or_none(parts: "HomeParts", facts: CaseFacts) -> Iterator[UUID]:
    """A new case, which is gone again where the block fails: half a case is none."""
    records = parts.cases.records
    case_id = records.open_case(facts, by=None).case_id
    try:
        yield case_id
    except BaseException:
        records.delete(case_id, None, NOT_ADDED, by=None)
        raise


def _put_in(
    parts: "HomeParts", case_id: UUID, slides: "Sequence[GivenSlide]", scanner: str, stain: str
) -> None:
    for slide in slides:
        parts.cases.slides.add_copied(
            case_id,
            slide.name,
            slide.form,
            slide.paths,
            by=None,
            scanner=scanner,
            stain=stain,
        )


def _row(case: CaseState) -> dict[str, str | int]:
    return {
        "case_id": str(case.case_id),
        "accession": case.facts.accession,
        "status": case.status.value,
        "priority": case.facts.priority.value,
        "purpose": case.facts.purpose.value,
        "n_slides": len(case.slides),
        "opened_at": case.opened_at.isoformat(),
    }


def _lines(cases: Sequence[CaseState]) -> Iterator[str]:
    for row in map(_row, cases):
        opened_on = str(row["opened_at"])[:10]
        yield (
            f"{row['case_id']}  {opened_on}  {row['status']:<9}  {row['priority']:<7}  "
            f"{row['purpose']:<8}  {row['n_slides']:>3}  {row['accession'] or '-'}"
        )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
