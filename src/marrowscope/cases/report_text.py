"""The parts of a report that a person writes.

They follow the table of aspirate report contents of ICSH 2008 (Lee et al, Int J Lab Hematol
2008;30:349-364), without what the facts of the case and the count say.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from marrowscope.cases.facts import is_invisible
from marrowscope.errors import UsageError


@dataclass(frozen=True, slots=True)
class ReportHeading:
    """A heading of the report. hint: what belongs there. longest: characters of its text."""

    heading_id: str
    label: str
    hint: str
    longest: int


CONCLUSION: Final = "conclusion"
COMMENT: Final = "comment"
REPORT_HEADINGS: Final = (
    ReportHeading(
        "aspirate",
        "Procedure and aspirate",
        "aspirate alone or with trephine; easy, difficult or dry tap; quality of the smears",
        1000,
    ),
    ReportHeading("blood_film", "Blood film", "description and conclusion, if one was read", 2000),
    ReportHeading(
        "cellularity",
        "Particles and cellularity",
        "particles present or not; cellularity of particles and trails; clusters of foreign cells",
        2000,
    ),
    ReportHeading("megakaryocytes", "Megakaryocytes", "number and morphology", 2000),
    ReportHeading(
        "erythropoiesis", "Erythropoiesis", "number, maturation, morphology, dysplasia", 2000
    ),
    ReportHeading(
        "myelopoiesis", "Myelopoiesis", "number, maturation, morphology, dysplasia, blasts", 2000
    ),
    ReportHeading("lymphocytes", "Lymphocytes", "number and morphology", 2000),
    ReportHeading("plasma_cells", "Plasma cells", "number and morphology", 2000),
    ReportHeading(
        "other_cells",
        "Other cells",
        "other haemopoietic cells, macrophages, abnormal or foreign cells, organisms",
        2000,
    ),
    ReportHeading(
        "iron", "Iron stain", "stores, sideroblasts, ring sideroblasts; or: not received", 1000
    ),
    ReportHeading(
        "other_tests",
        "Other tests",
        "cytochemistry, flow cytometry, cytogenetics, molecular tests, microbiology, trephine",
        3000,
    ),
    ReportHeading(CONCLUSION, "Conclusion", "interpretation with all that is known", 4000),
    ReportHeading(COMMENT, "Comment", "what else the requester should know", 2000),
)
"""In the order of the report."""
_BY_ID: Final = {heading.heading_id: heading for heading in REPORT_HEADINGS}


def report_heading(heading_id: str) -> ReportHeading:
    """The heading of this id. Raises UsageError."""
    if heading_id not in _BY_ID:
        raise UsageError(f"no such heading; the headings of a report are {', '.join(_BY_ID)}")
    return _BY_ID[heading_id]


def checked_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts as they are kept, by heading id, in the order of the report; empty ones left out.

    Composed, with plain line ends, without blanks around them. Raises UsageError, naming the
    heading and never its text.
    """
    for heading_id in texts:
        report_heading(heading_id)
    kept = {
        heading.heading_id: checked_lines(heading.label, texts[heading.heading_id], heading.longest)
        for heading in REPORT_HEADINGS
        if heading.heading_id in texts
    }
    return {heading_id: text for heading_id, text in kept.items() if text}


def checked_lines(what: str, text: str, longest: int) -> str:
    """Text of several lines as it is kept; may be empty. Raises UsageError, naming `what`."""
    whole = unicodedata.normalize("NFC", text)
    whole = re.sub("\r\n?", "\n", whole).replace("\t", " ").strip()
    if len(whole) > longest:
        raise UsageError(f"{what}: at most {longest} characters")
    if any(is_invisible(letter) and letter != "\n" for letter in whole):
        raise UsageError(f"{what}: must not hold invisible or control characters")
    return whole
