"""What requests on the way to a signed report hold. What is allowed is for `cases` to say."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from marrowscope.cases.sign_out_events import ReportKind, SignatureMeaning
from marrowscope.cases.standing import CallNote, SignOrder
from marrowscope.web.request_bodies import Line, Password, StrictRequest

LONGEST_TEXT = 8000
"""Characters of one heading; `cases` has the exact limits."""
MOST_HEADINGS = 50
MOST_WANTED = 1_000_000

Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Version = Annotated[int, Field(ge=0)]


class AcknowledgementRequest(StrictRequest):
    """key: of the finding."""

    key: Annotated[str, Field(min_length=1, max_length=400)]
    comment: Text = ""


class CallRequest(StrictRequest):
    """rule_id: of the finding; "" where it was about something else. at_time: with its zone."""

    rule_id: Line = ""
    told: Line
    by_means: Line
    at_time: AwareDatetime
    was_read_back: bool
    note: Text = ""

    def call(self) -> CallNote:
        """As `cases` has it, unchecked."""
        at_time: datetime = self.at_time
        return CallNote(
            self.rule_id, self.told, self.by_means, at_time, self.was_read_back, self.note
        )


class TextsChange(StrictRequest):
    """All texts as they shall be, by heading. version: of the texts that were changed."""

    version: Version
    texts: Annotated[dict[str, Text], Field(max_length=MOST_HEADINGS)]


class AuditRequest(StrictRequest):
    """wanted: cells to draw at random, besides those that are seen whole."""

    wanted: Annotated[int, Field(ge=1, le=MOST_WANTED)]


class ReopeningRequest(StrictRequest):
    """reason: why the report is amended or corrected."""

    reason: Text


class SignRequest(StrictRequest):
    """password: one's own, again. review_version, case_version, use: as `sign-out` answered them.

    attests_digital: whether the digital slides were read first; otherwise the glass was; not asked
    of an addendum. reason: of an amended or corrected report. addendum: what is added, of one.
    """

    kind: ReportKind
    meaning: SignatureMeaning
    password: Password
    attests_digital: bool
    reason: Text = ""
    addendum: Text = ""
    review_version: Version
    case_version: Version
    use: Text

    def order(self) -> SignOrder:
        """As `cases` has it, unchecked."""
        return SignOrder(
            kind=self.kind,
            meaning=self.meaning,
            attests_digital=self.attests_digital,
            reason=self.reason,
            addendum=self.addendum,
            review_version=self.review_version,
            case_version=self.case_version,
            use=self.use,
        )
