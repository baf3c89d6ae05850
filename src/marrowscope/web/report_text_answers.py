"""What the API answers about the texts of a report."""

from collections.abc import Mapping

from pydantic import BaseModel

from marrowscope.cases.offered_texts import texts_version
from marrowscope.cases.report_text import REPORT_HEADINGS
from marrowscope.cases.state import CaseState


class HeadingAnswer(BaseModel):
    """A heading of the report. hint: what belongs there. longest: characters of its text.

    text: as it is now, "" where there is none. offered: what the machine can say, to be taken over
    by a person or not; "" where nothing.
    """

    id: str
    label: str
    hint: str
    longest: int
    text: str
    offered: str


class ReportTextAnswer(BaseModel):
    """version: of the texts, to be sent back with a change; it says only whether they are the same.

    why_not: why one may not change them, "" where one may.
    """

    version: int
    headings: list[HeadingAnswer]
    may_change: bool
    why_not: str


def report_text_answer(
    case: CaseState, offered: Mapping[str, str], why_not: str
) -> ReportTextAnswer:
    """The headings in the order of the report."""
    texts = case.sign_out.texts
    return ReportTextAnswer(
        version=texts_version(texts),
        headings=[
            HeadingAnswer(
                id=one.heading_id,
                label=one.label,
                hint=one.hint,
                longest=one.longest,
                text=texts.get(one.heading_id, ""),
                offered=offered.get(one.heading_id, ""),
            )
            for one in REPORT_HEADINGS
        ],
        may_change=not why_not,
        why_not=why_not,
    )
