"""Findings and what was not assessed as plain dictionaries, ready for JSON."""

from collections.abc import Iterable
from typing import Any

from marrowscope.findings.model import Finding, NotAssessed

JsonObject = dict[str, Any]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _finding(finding: Finding) -> JsonObject:
    interval = finding.interval
    return {
        "rule_id": finding.rule_id,
        "version": finding.version,
        "edition": finding.edition.value,
        "basis": finding.basis.value,
        "state": finding.state.value,
        "reached": finding.is_reached,
        "critical": finding.is_critical,
        "sentence": finding.sentence,
        "k": finding.k,
        "upper_k": finding.upper_k,
        "n": finding.n,
        "percent": _rounded(finding.percent),
        "upper_percent": _rounded(finding.upper_percent),
        "low": None if interval is None else _rounded(100 * interval.low),
        "high": None if interval is None else _rounded(100 * interval.high),
        "threshold": _rounded(finding.threshold_percent),
        "threshold_text": finding.threshold,
        "evidence": list(finding.evidence),
        "scale_note": finding.scale_note,
    }


def findings_as_json(findings: Iterable[Finding]) -> list[JsonObject]:
    """One object a finding; percent, low and high in percent, None where they do not apply."""
    return [_finding(finding) for finding in findings]


def not_assessed_as_json(items: Iterable[NotAssessed]) -> list[JsonObject]:
    """One object an item: kind, what, why, and class or rule where it is about one."""
    return [
        {
            "kind": item.kind.value,
            "what": item.what,
            "why": item.why,
            "class_id": item.class_id,
            "mistaken_for": item.mistaken_for,
            "rule_id": item.rule_id,
        }
        for item in items
    ]
