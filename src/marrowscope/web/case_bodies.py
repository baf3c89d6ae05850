"""What requests about cases hold. Whether facts will do is for `cases` to say."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from marrowscope.cases.events import LabelMeans, SlideForm
from marrowscope.cases.facts import CaseFacts, Priority, Purpose, Sex
from marrowscope.web.request_bodies import Line, Password, StrictRequest

MOST_FILES = 5000
"""Of a slide; a DICOM series or a folder of fields has some hundred."""
MOST_BYTES = 2**50
LONGEST_FILE_NAME = 1000
"""Characters; `store` has the exact limit."""

Text = Annotated[str, Field(max_length=4000)]
"""Of several lines; `cases` has the exact limits."""
Sha256 = Annotated[str, Field(pattern="^([0-9a-f]{64})?$")]


class FactsRequest(StrictRequest):
    """What is known about a case; "" and null: not said."""

    accession: Line = ""
    patient_name: Line = ""
    patient_id: Line = ""
    birth_date: date | None = None
    sex: Sex | None = None
    collected_on: date | None = None
    received_on: date | None = None
    site: Line = ""
    requester: Line = ""
    indication: Text = ""
    blood_count: Text = ""
    blood_blast_percent: Annotated[Decimal, Field(max_digits=12)] | None = None
    prior_therapy: Text = ""
    preparation: Text = ""
    purpose: Purpose = Purpose.RESEARCH
    priority: Priority = Priority.ROUTINE

    def facts(self) -> CaseFacts:
        """As `cases` has them, unchecked."""
        return CaseFacts(**{name: getattr(self, name) for name in FactsRequest.model_fields})


class FactsChange(StrictRequest):
    """All facts as they shall be. version: of the case that was changed."""

    version: int
    facts: FactsRequest


class DeletionRequest(StrictRequest):
    """password: one's own, again."""

    reason: Annotated[str, Field(min_length=1, max_length=400)]
    password: Password


class UploadRequest(StrictRequest):
    """A file to come. name: `folder/name` for the parts of a slide that needs a folder."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_FILE_NAME)]
    n_bytes: Annotated[int, Field(ge=1, le=MOST_BYTES)]


class UploadEnd(StrictRequest):
    """sha256: of the file as it left, in hexadecimal; "" where that is not known."""

    sha256: Sha256 = ""


class SlideRequest(StrictRequest):
    """A slide of finished uploads. name: "" takes the first file's.

    kind: "file" for one slide as a scanner wrote it, be it in several files; "fields" for camera
    pictures of one smear.
    """

    name: Line = ""
    kind: SlideForm
    upload_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_FILES)]
    scanner: Line = ""
    stain: Line = ""


class SlideWords(StrictRequest):
    """With what a slide was made; "" where nobody knows."""

    scanner: Line = ""
    stain: Line = ""


class LabelRequest(StrictRequest):
    """label: what stands on it. reason: why it is the case's though the accession is not on it."""

    label: Line
    means: LabelMeans = LabelMeans.TYPED
    reason: Line = ""


class AnalysisRequest(StrictRequest):
    """um_per_px: µm a pixel where a file does not say it, null leaves it to be measured.

    count_target: cells to count, null for as many as the laboratory's settings say.
    """

    um_per_px: Annotated[float, Field(ge=0.01, le=10, allow_inf_nan=False)] | None = None
    count_target: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
