"""Named thresholds and how a count stands to them, with the cells; and what was not assessed."""

from marrowscope.findings.adequacy import COUNT_RULE
from marrowscope.findings.apl import apl_finding, auer_rods_words
from marrowscope.findings.audited import (
    AuditedMeasure,
    audited_findings,
    audited_rules,
    decide_audited,
    measure_audited,
    printed_share,
)
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
from marrowscope.findings.omissions import NOT_ON_AN_AUDIT, not_assessed
from marrowscope.findings.rules import Criterion, Rule, shipped_rules
from marrowscope.findings.settings import FindingSettings, ReferenceRatio, rules_in_force
from marrowscope.findings.triage import apl_triage

__all__ = [
    "COUNT_RULE",
    "DEFAULT_SETTINGS",
    "NOT_ON_AN_AUDIT",
    "AuditedMeasure",
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
    "apl_finding",
    "apl_triage",
    "audited_findings",
    "audited_rules",
    "auer_rods_words",
    "decide_audited",
    "evaluate_findings",
    "findings_as_json",
    "gather_evidence",
    "measure_audited",
    "not_assessed",
    "not_assessed_as_json",
    "printed_share",
    "rules_in_force",
    "shipped_rules",
]
