"""What people do with a case on its way to a signed report, through the API."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import numpy as np
from case_acts import asked, opened, with_slide
from web_laboratory import PASSWORD, Browser, Laboratory

from fakes.made_result import made_analysis

CELLS = made_analysis().cells
IDS = CELLS.texts("cell_id").tolist()
CHOSEN = [IDS[at] for at in np.flatnonzero(np.isin(CELLS.texts("why_not"), ("", "class")))]
"""The count, cells that the machine took out of it too."""
UNDECIDED = [one for one in CHOSEN if CELLS.mask("abstained")[IDS.index(one)]]
FACTS = {
    "accession": "S26-1",
    "patient_name": "Invented, Anna",
    "birth_date": "1960-02-03",
    "indication": "cytopenia",
}
SIGNER = "dora"


@dataclass
class Reading:
    """Somebody who reads a case whose analysis is finished."""

    laboratory: Laboratory
    browser: Browser
    case_id: str
    analysis_id: str

    @property
    def case(self) -> str:
        return f"/api/cases/{self.case_id}"

    @property
    def analysis(self) -> str:
        return f"{self.case}/analyses/{self.analysis_id}"

    def as_(self, who: str) -> "Reading":
        browser = self.laboratory.browser(who)
        return Reading(self.laboratory, browser, self.case_id, self.analysis_id)

    def get(self, path: str) -> Any:
        answer = self.browser.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, method: str, path: str, body: Any) -> Any:
        answer = self.browser.ask(method, path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def findings(self) -> Any:
        return self.get(f"{self.analysis}/findings")

    def sign_out(self) -> Any:
        return self.get(f"{self.analysis}/sign-out")

    def audit(self) -> Any:
        return self.get(f"{self.analysis}/audit")

    def review(self, *acts: dict[str, Any]) -> httpx.Response:
        body = {"since": 0, "acts": [{"id": str(uuid4()), **act} for act in acts]}
        return self.browser.ask("POST", f"{self.analysis}/review", body)

    def see(self, *cell_ids: str) -> None:
        answer = self.review({"kind": "see", "cell_ids": list(cell_ids)})
        assert answer.status_code == 200, answer.text

    def name(self, class_id: str, *cell_ids: str) -> None:
        answer = self.review({"kind": "name", "cell_ids": list(cell_ids), "class_id": class_id})
        assert answer.status_code == 200, answer.text

    def acknowledge(self, key: str, comment: str = "") -> Any:
        body = {"key": key, "comment": comment}
        return self.send("POST", f"{self.analysis}/findings/acknowledgements", body)

    def acknowledge_all(self) -> None:
        keys = {one["key"] for one in self.findings()["findings"] if one["needs_acknowledgement"]}
        for key in sorted(keys):
            self.acknowledge(key)

    def texts(self) -> Any:
        return self.get(f"{self.case}/report-text")

    def put_texts(self, version: int | None = None, **texts: str) -> httpx.Response:
        said = self.texts()["version"] if version is None else version
        return self.browser.ask(
            "PUT", f"{self.case}/report-text", {"version": said, "texts": texts}
        )

    def write(self, **texts: str) -> Any:
        answer = self.put_texts(**texts)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def call(self, **other: Any) -> httpx.Response:
        body = {
            "rule_id": "F-APL-triage",
            "told": "Dr R. Lindqvist, ward 4B",
            "by_means": "telephone",
            "at_time": datetime(2026, 3, 2, 8, 0, tzinfo=UTC).isoformat(),
            "was_read_back": True,
            "note": "",
        }
        return self.browser.ask("POST", f"{self.analysis}/calls", body | other)

    def ask_to_sign(self, kind: str = "final", **other: Any) -> httpx.Response:
        before = self.sign_out()
        body = {
            "kind": kind,
            "meaning": "authorship",
            "password": PASSWORD,
            "attests_digital": True,
            "review_version": before["review_version"],
            "case_version": before["case_version"],
            "use": next((way["use"] for way in before["ways"] if way["kind"] == kind), ""),
        }
        return self.browser.ask("POST", f"{self.analysis}/sign", body | other)

    def sign(self, kind: str = "final", **other: Any) -> Any:
        answer = self.ask_to_sign(kind, **other)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask_to_reopen(self, reason: str) -> httpx.Response:
        return self.browser.ask("POST", f"{self.case}/reopenings", {"reason": reason})

    def reopen(self, reason: str) -> Any:
        answer = self.ask_to_reopen(reason)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def report(self, number: int) -> httpx.Response:
        return self.browser.ask("GET", f"{self.case}/reports/{number}")

    def file(self, number: int, name: str) -> httpx.Response:
        return self.browser.ask("GET", f"{self.case}/reports/{number}/files/{name}")

    def files(self, number: int) -> dict[str, bytes]:
        made = {"page": self.report(number)}
        for name in ("report.pdf", "report.txt", "report.json"):
            made[name] = self.file(number, name)
        assert {one.status_code for one in made.values()} == {200}
        return {name: one.content for name, one in made.items()}

    def match_labels(self) -> None:
        """The label of each slide bears the accession."""
        tom = self.as_("tom").browser
        for slide in self.get(self.case)["slides"]:
            path = f"{self.case}/slides/{slide['slide_id']}/match"
            answer = tom.ask("POST", path, {"label": f"{FACTS['accession']} A1"})
            assert answer.status_code == 200, answer.text

    def ready_to_sign(self) -> None:
        """Everything was seen, acknowledged and written."""
        self.see(*CHOSEN)
        self.acknowledge_all()
        self.write(conclusion="As counted.")

    def entries(self, act: str) -> list[Any]:
        return [one for one in self.laboratory.audit.entries(None, 200) if one.act == act]


def reading(laboratory: Laboratory, who: str = SIGNER, **facts: Any) -> Reading:
    """A case of two slides whose analysis is finished, before somebody who may sign."""
    tom = laboratory.browser("tom")
    case_id = opened(tom, **{**FACTS, **facts})
    with_slide(tom, case_id, name="first smear")
    with_slide(tom, case_id, name="second smear")
    return Reading(laboratory, laboratory.browser(who), case_id, analysed(laboratory, case_id))


def analysed(laboratory: Laboratory, case_id: str) -> str:
    """The id of a further analysis of a case, which is finished."""
    analysis_id = asked(laboratory.browser("tom"), case_id)
    laboratory.jobs.start(UUID(case_id), UUID(analysis_id))
    laboratory.jobs.finish(UUID(case_id), UUID(analysis_id))
    return analysis_id
