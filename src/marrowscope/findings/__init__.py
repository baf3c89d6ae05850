"""Named thresholds and how a count stands to them, with the cells; and what was not assessed."""

from marrowscope.findings.evaluation import DEFAULT_SETTINGS, evaluate_findings
from marrowscope.findings.evidence import gather_evidence
from marrowscope.findings.json_form import findings_as_json, not_assessed_as_json
from marrowscope.findings.model import (
    Basis,
    Edition,
    Evidence,
    Finding,
    FoundCells,
    NotAssessed,
    NotAssessedKind,
)
from marrowscope.findings.omissions import not_assessed
from marrowscope.findings.rules import Criterion, Rule, shipped_rules
from marrowscope.findings.settings import FindingSettings, ReferenceRatio, rules_in_force
from marrowscope.findings.triage import apl_triage

__all__ = [
    "DEFAULT_SETTINGS",
    "Basis",
    "Criterion",
    "Edition",
    "Evidence",
    "Finding",
    "FindingSettings",
    "FoundCells",
    "NotAssessed",
    "NotAssessedKind",
    "ReferenceRatio",
    "Rule",
    "apl_triage",
    "evaluate_findings",
    "findings_as_json",
    "gather_evidence",
    "not_assessed",
    "not_assessed_as_json",
    "rules_in_force",
    "shipped_rules",
]
