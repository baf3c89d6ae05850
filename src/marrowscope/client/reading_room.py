"""The reading room as a program uses it."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias
from urllib.parse import quote, urlencode
from uuid import UUID

from marrowscope.client.connection import Connection
from marrowscope.client.patience import until_reached
from marrowscope.client.refusals import (
    AnalysisEndedError,
    NotDoneYetError,
    NotFoundError,
    UnreachableError,
)
from marrowscope.client.reviewed_cells import ReviewedCell, reviewed_cells
from marrowscope.client.session import Session
from marrowscope.client.uploading import OnSent, Uploading, files_of
from marrowscope.client.values import (
    Analysis,
    Case,
    CaseRow,
    Count,
    SignedVersion,
    Slide,
    analysis_in,
    case_in,
    case_row_in,
    count_in,
    slide_in,
    version_in,
)
from marrowscope.errors import UsageError

Id: TypeAlias = str | UUID
File: TypeAlias = str | PathLike[str]
_ROWS_AT_ONCE = 1000
OPEN = frozenset({"waiting", "running"})
REPORT_FILES = {
    "page": "",
    "pdf": "/files/report.pdf",
    "text": "/files/report.txt",
    "json": "/files/report.json",
}


def ignore(*_told: object) -> None:
    """Hears of progress and does nothing."""


class ReadingRoom:
    """Signs in where a `with` begins and out where it ends. For one thread.

    url: such as "https://marrow.hospital.example". certificate: PEM file of who vouches for the
    server where this machine does not know them. timeout_s: seconds without a sign of life after
    which a connection counts as lost. patience_s: for how long uploads and waiting go on without
    an answer, through a lost network or a server that restarts.

    Every method raises ReadingRoomError where it is not done; see `refusals`. UsageError where
    what was given makes no sense.
    """

    def __init__(
        self,
        url: str,
        user_name: str,
        password: str,
        *,
        certificate: File | None = None,
        timeout_s: float = 120.0,
        patience_s: float = 300.0,
    ) -> None:
        trusted = None if certificate is None else Path(certificate)
        self._session = Session(Connection(url, trusted, timeout_s), user_name, password)
        self._uploading = Uploading(self._session, patience_s)
        self._patience_s = patience_s

    def __enter__(self) -> Self:
        self.sign_in()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.sign_out()
        except UnreachableError as lost:
            if error is None:
                raise
            # What went wrong before says more.
            error.add_note(f"signing out: {lost}")

    def sign_in(self) -> None:
        """Begins a session. Raises NotSignedInError where name or password is wrong."""
        self._session.sign_in()

    def sign_out(self) -> None:
        """Ends the session."""
        self._session.sign_out()

    def change_password(self, new_password: str) -> None:
        """Sets another password, as an account with a temporary one has to before all else."""
        self._session.change_password(new_password)

    def cases(
        self, search: str = "", *, status: str = "", purpose: str = "", priority: str = ""
    ) -> tuple[CaseRow, ...]:
        """The worklist, in its order. search: words in accession, patient's name or id."""
        given = {"search": search, "status": status, "purpose": purpose, "priority": priority}
        asked = {name: value for name, value in given.items() if value}
        rows: dict[str, CaseRow] = {}
        skip, n_found = 0, 1
        while skip < n_found:
            query = urlencode({**asked, "skip": skip, "limit": _ROWS_AT_ONCE})
            answer = self._json("GET", f"/api/cases?{query}")
            # A case that moved while the pages were read comes once.
            rows |= {row["case_id"]: case_row_in(row) for row in answer["cases"]}
            skip, n_found = skip + _ROWS_AT_ONCE, answer["n_found"]
        return tuple(rows.values())

    def case(self, case_id: Id) -> Case:
        """A case. Written down in the audit each time. Raises NotFoundError."""
        return case_in(self._json("GET", _case(case_id)))

    def add_case(self, facts: Mapping[str, Any] | None = None) -> Case:
        """A new case without slides. facts: what is known, by the API's names; dates as such."""
        return case_in(self._json("POST", "/api/cases", dict(facts or {})))

    def add_slide(
        self,
        case_id: Id,
        files: File | Sequence[File],
        *,
        kind: Literal["file", "fields"] = "file",
        name: str = "",
        scanner: str = "",
        stain: str = "",
        on_sent: OnSent = ignore,
    ) -> Slide:
        """Sends a slide, also one of gigabytes, and goes on after a lost connection.

        files: a slide file, all files of one, or their folder. kind: "file" as a scanner wrote it,
        "fields" for camera pictures of one smear. on_sent: told of bytes that are there and of
        all. Given up after `patience_s`, it goes on where it was when it is called again. Raises
        UnreadableInputError where a file cannot be read.
        """
        paths = Path(files) if isinstance(files, str | PathLike) else [Path(one) for one in files]
        words = {"kind": kind, "name": name, "scanner": scanner, "stain": stain}
        return slide_in(self._uploading.send(_case(case_id), files_of(paths), words, on_sent))

    def analyse(
        self, case_id: Id, *, um_per_px: float | None = None, count_target: int | None = None
    ) -> Analysis:
        """Asks for an analysis of all slides of a case; it waits for those asked for before.

        um_per_px: where the files do not say it, None leaves it to be measured. count_target:
        cells to count, None for the laboratory's setting.
        """
        body = {"um_per_px": um_per_px, "count_target": count_target}
        asked = self._json("POST", f"{_case(case_id)}/analyses", body)
        return analysis_in(str(case_id), asked)

    def wait_for(
        self,
        analysis: Analysis,
        *,
        timeout_s: float | None = None,
        every_s: float = 2.0,
        on_progress: Callable[[Mapping[str, Any]], None] = ignore,
    ) -> Analysis:
        """The same once it is finished. on_progress: told of AnalysisProgressAnswer.

        Raises NotDoneYetError after `timeout_s` (None: never), AnalysisEndedError where it failed
        or was cancelled.
        """
        ask = partial(self._json, "GET", f"{_analysis(analysis)}/progress")
        last = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            told = until_reached(ask, self._patience_s)
            on_progress(told)
            if told["status"] not in OPEN:
                break
            if last is not None and time.monotonic() + every_s > last:
                raise NotDoneYetError(f"the analysis is still {told['status']}; wait longer")
            time.sleep(every_s)
        if told["status"] != "finished":
            why = f": {told['message']}" if told["message"] else ""
            raise AnalysisEndedError(f"the analysis was {told['status']}{why}")
        return self.analysis(analysis.case_id, analysis.analysis_id)

    def analysis(self, case_id: Id, analysis_id: Id) -> Analysis:
        """An analysis as it is now. Raises NotFoundError."""
        for one in self.case(case_id).analyses:
            if one.analysis_id == str(analysis_id):
                return one
        raise NotFoundError("there is no such analysis in this case; see the case's analyses")

    def cancel(self, analysis: Analysis) -> None:
        """Ends an analysis that waits or runs."""
        self._session.ask("POST", f"{_analysis(analysis)}/cancel")

    def result_file(self, analysis: Analysis, name: str) -> bytes:
        """What the machine left: report.html, analysis.json, cells.parquet or cells.geojson."""
        below = "report" if name == "report.html" else f"files/{quote(name, safe='')}"
        return self._session.ask("GET", f"{_analysis(analysis)}/{below}").content

    def count(self, analysis: Analysis) -> Count:
        """The count as people's review of its cells stands."""
        return count_in(self._json("GET", f"{_analysis(analysis)}/review")["count"])

    def cells(self, analysis: Analysis) -> tuple[ReviewedCell, ...]:
        """All cells, each with what people called it or else the machine."""
        found = self._json("GET", f"{_analysis(analysis)}/cells")
        return reviewed_cells(found, self._json("GET", f"{_analysis(analysis)}/review"))

    def signed_versions(self, case_id: Id) -> tuple[SignedVersion, ...]:
        """The versions of the report of a case that were signed, the oldest first."""
        case = self.case(case_id)
        if case.result_id is None:
            return ()
        path = f"{_case(case_id)}/analyses/{case.result_id}/sign-out"
        return tuple(version_in(one) for one in self._json("GET", path)["versions"])

    def signed_report(
        self, case_id: Id, number: int, form: Literal["page", "pdf", "text", "json"] = "pdf"
    ) -> bytes:
        """A version of the report as it was signed. Raises NotFoundError where there is none."""
        if form not in REPORT_FILES:
            raise UsageError(f"form={form}: a report is one of {', '.join(REPORT_FILES)}")
        path = f"{_case(case_id)}/reports/{number}{REPORT_FILES[form]}"
        return self._session.ask("GET", path).content

    def _json(self, method: str, path: str, body: Any = None) -> Any:
        return self._session.ask(method, path, body).json()


def _case(case_id: Id) -> str:
    try:
        return f"/api/cases/{UUID(str(case_id))}"
    except ValueError as error:
        raise UsageError(f"{case_id!r}: is no id of a case; see case_id in the worklist") from error


def _analysis(analysis: Analysis) -> str:
    return f"{_case(analysis.case_id)}/analyses/{analysis.analysis_id}"
