"""What can happen to a case until it is read. An event is never changed; a later one says what is.

`sign_out_events` has the rest, `case_event` both together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from marrowscope.cases.facts import CaseFacts


class SlideForm(StrEnum):
    """file: one slide as a scanner wrote it, be it in several files. fields: camera pictures."""

    FILE = "file"
    FIELDS = "fields"


class LabelMeans(StrEnum):
    """How the label of a slide was read."""

    TYPED = "typed"
    SCANNED = "scanned"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which event, when, and who.

    at: aware, UTC. by: account, None for the machine and the command line. by_name: its full
    name as it was then.
    """

    event_id: UUID
    at: datetime
    by: UUID | None
    by_name: str


@dataclass(frozen=True, slots=True)
class SlideFile:
    """A file of a slide. name: below the slide's folder. sha256: in hexadecimal."""

    name: str
    n_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """The first event of every case, and of no other place."""

    stamp: Stamp
    case_id: UUID
    facts: CaseFacts


@dataclass(frozen=True, slots=True)
class FactsChanged:
    """facts: all of them, as they are now."""

    stamp: Stamp
    facts: CaseFacts


@dataclass(frozen=True, slots=True)
class SlideAdded:
    """name: as people call it. scanner, stain: "" where nobody said."""

    stamp: Stamp
    slide_id: UUID
    name: str
    form: SlideForm
    files: tuple[SlideFile, ...]
    scanner: str = ""
    stain: str = ""


@dataclass(frozen=True, slots=True)
class SlideRemoved:
    """Its files go too; what was found on it stays."""

    stamp: Stamp
    slide_id: UUID


@dataclass(frozen=True, slots=True)
class SlideDescribed:
    """With what a slide was made: both as they are now, "" where nobody says."""

    stamp: Stamp
    slide_id: UUID
    scanner: str
    stain: str


@dataclass(frozen=True, slots=True)
class SlideMatched:
    """Somebody read the label of a slide and found it to be this case's.

    label: as read. label_means: typed or scanned. accession: of the case then; once the case has
    another one, the match holds no longer. reason: "" where the label bears the accession.
    """

    stamp: Stamp
    slide_id: UUID
    label: str
    label_means: LabelMeans
    accession: str
    reason: str


@dataclass(frozen=True, slots=True)
class AnalysisAsked:
    """slide_ids: all slides of the case at that time, in its order; these and no other are read.

    um_per_px: µm a pixel where a file does not say it; None leaves it to be measured.
    count_target: cells to count.
    """

    stamp: Stamp
    analysis_id: UUID
    slide_ids: tuple[UUID, ...]
    um_per_px: float | None
    count_target: int


@dataclass(frozen=True, slots=True)
class AnalysisStarted:
    """The machine began to read."""

    stamp: Stamp
    analysis_id: UUID


@dataclass(frozen=True, slots=True)
class AnalysisFinished:
    """digest: SHA-256 over all files of the result. summary: what `analyze --json` prints."""

    stamp: Stamp
    analysis_id: UUID
    digest: str
    summary: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AnalysisFailed:
    """message: one line that says what to do."""

    stamp: Stamp
    analysis_id: UUID
    message: str


@dataclass(frozen=True, slots=True)
class AnalysisCancelled:
    """Somebody did not want to wait for it."""

    stamp: Stamp
    analysis_id: UUID


@dataclass(frozen=True, slots=True)
class CaseDeleted:
    """The last event of a case. Its files are gone; that it was there is not."""

    stamp: Stamp
    reason: str
