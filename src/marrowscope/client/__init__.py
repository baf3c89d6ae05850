"""A reading room from a program of one's own: cases, slides, analyses and what was signed.

Needs nothing but the standard library.

    with ReadingRoom("http://127.0.0.1:8000", user_name, password) as room:
        case = room.add_case({"accession": "S26-1"})
        room.add_slide(case.case_id, "smear.svs")
        analysis = room.wait_for(room.analyse(case.case_id))
"""

from marrowscope.client.reading_room import ReadingRoom
from marrowscope.client.refusals import (
    AnalysisEndedError,
    NotDoneYetError,
    NotFoundError,
    NotSignedInError,
    ReadingRoomError,
    RefusedError,
    UnreachableError,
)
from marrowscope.client.reviewed_cells import ReviewedCell
from marrowscope.client.values import Analysis, Case, CaseRow, Count, SignedVersion, Slide

__all__ = [
    "Analysis",
    "AnalysisEndedError",
    "Case",
    "CaseRow",
    "Count",
    "NotDoneYetError",
    "NotFoundError",
    "NotSignedInError",
    "ReadingRoom",
    "ReadingRoomError",
    "RefusedError",
    "ReviewedCell",
    "SignedVersion",
    "Slide",
    "UnreachableError",
]
