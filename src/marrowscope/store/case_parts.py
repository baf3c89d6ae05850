"""All that a home folder holds of cases."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from marrowscope.store.case_events import CaseRecords
from marrowscope.store.case_files import CaseFiles
from marrowscope.store.case_slides import CaseSlides
from marrowscope.store.database import path_of
from marrowscope.store.uploads import Uploads


@dataclass(frozen=True, slots=True)
class CaseParts:
    """Their records, files, uploads and slides."""

    records: CaseRecords
    files: CaseFiles
    uploads: Uploads
    slides: CaseSlides


def case_parts(engine: Engine, now: Callable[[], datetime]) -> CaseParts:
    """The cases in an open database, and their files beside it. now: the clock, aware."""
    records, files = CaseRecords(engine, now), CaseFiles(path_of(engine).parent)
    uploads = Uploads(engine, now, records, files)
    return CaseParts(records, files, uploads, CaseSlides(engine, records, files, uploads))
