"""What the worklist and a case page say of a result: its counts, M:E, and what was found.

Read from the summary that an analysis left, perhaps years ago by an older version: what it does
not have is null.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from marrowscope.cases.worklist import calling_urgency


class RatioAnswer(BaseModel):
    """M:E with its 95 % limits. formula: its name."""

    value: float | None
    low: float | None
    high: float | None
    formula: str | None


class FindingAnswer(BaseModel):
    """A rule that is met, or that chance or undecided cells could have met.

    state: "met", "near" (chance alone could turn it), "not decided" (undecided cells could).
    is_critical: whether somebody has to acknowledge it.
    """

    rule_id: str
    state: str
    is_critical: bool
    sentence: str


class SummaryAnswer(BaseModel):
    """n_undecided: counted cells that the machine would not name. findings: critical ones first."""

    n_found: int | None
    n_counted: int | None
    n_undecided: int | None
    n_removed: int | None
    area_mm2: float | None
    is_scale_estimated: bool | None
    me: RatioAnswer
    findings: list[FindingAnswer]


def summary_answer(summary: Mapping[str, Any]) -> SummaryAnswer:
    """Of what `analyze --json` prints."""
    counts: Mapping[str, Any] = summary.get("counts") or {}
    me: Mapping[str, Any] = summary.get("me") or {}
    return SummaryAnswer(
        n_found=counts.get("found"),
        n_counted=counts.get("counted"),
        n_undecided=counts.get("abstained"),
        n_removed=counts.get("removed"),
        area_mm2=counts.get("area_mm2"),
        is_scale_estimated=counts.get("scale_is_estimated"),
        me=RatioAnswer(
            value=me.get("value"),
            low=me.get("low"),
            high=me.get("high"),
            formula=me.get("formula"),
        ),
        findings=_findings(summary.get("findings") or ()),
    )


def _findings(rows: Any) -> list[FindingAnswer]:
    found = [
        FindingAnswer(
            rule_id=str(row.get("rule_id", "")),
            state=str(row.get("state", "")),
            is_critical=bool(row.get("critical")) and calling_urgency(row) > 0,
            sentence=str(row.get("sentence", "")),
        )
        for row in rows
        if row.get("state") != "not met"
    ]
    # Stable: else in the order of the rules.
    return sorted(found, key=lambda finding: not finding.is_critical)
