"""All that a home folder holds of cases."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from marrowscope.store.analysis_results import AnalysisResults
from marrowscope.store.audit_records import COMMAND_LINE
from marrowscope.store.case_events import CaseRecords
from marrowscope.store.case_files import CaseFiles
from marrowscope.store.case_slides import CaseSlides
from marrowscope.store.database import path_of
from marrowscope.store.review_records import ReviewRecords
from marrowscope.store.seen_cases import SeenCases
from marrowscope.store.uploads import Uploads
from marrowscope.store.validation_records import ValidationRecords


@dataclass(frozen=True, slots=True)
class CaseParts:
    """Their records, files, uploads and slides; their results, and what readers made of those.

    validations: of reading them with this system.
    """

    records: CaseRecords
    files: CaseFiles
    uploads: Uploads
    slides: CaseSlides
    results: AnalysisResults
    reviews: ReviewRecords
    validations: ValidationRecords


def case_parts(
    engine: Engine, now: Callable[[], datetime], unattended: str = COMMAND_LINE
) -> CaseParts:
    """The cases in an open database, and their files beside it. now: the clock, aware.

    unattended: who acts where nobody signed in.
    """
    seen, files = SeenCases(), CaseFiles(path_of(engine).parent)
    records = CaseRecords(engine, now, seen, unattended)
    uploads = Uploads(engine, now, records, files)
    return CaseParts(
        records=records,
        files=files,
        uploads=uploads,
        slides=CaseSlides(engine, records, files, uploads),
        results=AnalysisResults(files),
        reviews=ReviewRecords(engine, now, seen),
        validations=ValidationRecords(engine, now),
    )
