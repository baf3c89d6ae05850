"""Puts the jobs on cases together: what asks for analyses, and what runs them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from marrowscope.cases.facts import Purpose as CasePurpose
from marrowscope.engine.asking import AskedJobs
from marrowscope.engine.ports import Analyse, AnalysisOrder, Draw, Jobs, Notice
from marrowscope.engine.watched_folder import Intake, WatchedFolder
from marrowscope.errors import UnknownScaleError, UsageError
from marrowscope.progress import Progress
from marrowscope.settings import AnalyzeOptions, Purpose, Settings
from marrowscope.store.case_parts import CaseParts, case_parts

__all__ = ["analysing", "asked_jobs", "case_parts", "running_jobs_of"]


NO_LICENCE_CHOSEN = (
    "a case of clinical purpose needs the laboratory's choice of weights: put licence = "
    '"permissive", or "full" where their non-commercial licence (CC BY-NC-SA 4.0) allows it, into '
    "settings.toml and start the server again"
)
NO_SCALE = (
    "no file says its scale, and too few red cells lie free to measure it; ask for the analysis "
    "again and give the µm a pixel"
)


def asked_jobs(parts: CaseParts, settings: Settings) -> Jobs:
    """Jobs without an engine: what is asked for is run by the server, now or once it starts."""
    return AskedJobs(parts.records, settings.count_target, check=_licence_check(settings))


def _licence_check(settings: Settings) -> Callable[[CasePurpose], None]:
    """Refuses cases for patient care until the laboratory chose the weights."""

    def check(purpose: CasePurpose) -> None:
        if purpose is CasePurpose.CLINICAL and not settings.is_licence_chosen:
            raise UsageError(NO_LICENCE_CHOSEN)

    return check


@contextmanager
def running_jobs_of(
    home: Path,
    parts: CaseParts,
    settings: Settings,
    notice: Notice,
    *,
    draw_demo: Draw | None = None,
    is_set_up: Callable[[], bool] = lambda: True,
) -> Iterator[Jobs]:
    """The jobs of a home, run in the background until the block ends.

    draw_demo: draws the slide of the demo case, which is made once there is somebody to see it
    (is_set_up) and no case ever was; None makes none. notice: told of what goes wrong.
    """
    # Loaded when needed: the command line asks for jobs without running them.
    from marrowscope.engine.demo_case import DemoCase  # noqa: PLC0415
    from marrowscope.engine.jobs import EngineParts, running_jobs  # noqa: PLC0415

    records = parts.records
    demo = None if draw_demo is None else DemoCase(records, parts.slides, draw_demo)
    engine_parts = EngineParts(
        log=records,
        folders=parts.files,
        uploads=parts.uploads,
        analyse=analysing(settings),
        count_target=settings.count_target,
        notice=notice,
        check=_licence_check(settings),
        demo=demo,
        is_set_up=is_set_up,
        watched=_watched(parts, settings),
        load_ahead=_load_ahead,
    )
    with running_jobs(home, engine_parts) as jobs:
        yield jobs


def _load_ahead() -> None:
    """What takes seconds to load: cells are to be seen within five of the first analysis."""
    import marrowscope.assembly  # noqa: F401, PLC0415 - loaded by whatever runs analyses alone


def _watched(parts: CaseParts, settings: Settings) -> WatchedFolder | None:
    if settings.watched_folder is None:
        return None
    # Loaded when needed: few laboratories watch a folder.
    from marrowscope.assembly_case_slides import given_slides  # noqa: PLC0415

    return WatchedFolder(
        folder=settings.watched_folder,
        intake=Intake(parts.records, parts.slides, given_slides),
        quiet_s=settings.watched_quiet_s,
        purpose=CasePurpose(settings.watched_purpose.value),
        scanner=settings.watched_scanner,
        stain=settings.watched_stain,
        um_per_px=settings.watched_um_per_px,
    )


def analysing(settings: Settings) -> Analyse:
    """What runs an order with these settings, as `analyze` does."""

    def analyse(order: AnalysisOrder, progress: Progress) -> Mapping[str, Any]:
        from marrowscope.assembly import run_analysis  # noqa: PLC0415 - see above

        # Asked for before the settings were as they are.
        _licence_check(settings)(order.purpose)
        is_clinical = order.purpose is CasePurpose.CLINICAL
        own = settings.model_copy(update={"purpose": Purpose.CLINICAL}) if is_clinical else settings
        options = AnalyzeOptions(
            n_to_count=order.count_target,
            threads=settings.threads,
            licence=settings.licence,
            settings=own,
            um_per_px=order.um_per_px,
            scanner=order.scanner,
            stain=order.stain,
        )
        try:
            return run_analysis(order.inputs, order.out, options, progress).summary
        except UnknownScaleError as error:
            raise UnknownScaleError(NO_SCALE) from error

    return analyse
