"""Holds a differential against every rule in force."""

from marrowscope.differential import Differential
from marrowscope.findings.adequacy import SMUDGE, count_finding, smudge_finding
from marrowscope.findings.evidence import check_evidence
from marrowscope.findings.model import Evidence, Finding
from marrowscope.findings.ratio import me_findings
from marrowscope.findings.settings import FindingSettings, rules_in_force
from marrowscope.findings.shares import share_finding
from marrowscope.findings.triage import apl_triage

DEFAULT_SETTINGS = FindingSettings()


def evaluate_findings(
    differential: Differential,
    evidence: Evidence,
    settings: FindingSettings = DEFAULT_SETTINGS,
) -> tuple[Finding, ...]:
    """Every rule in force that the modelled classes support, met or not, in a fixed order.

    First F-APL-triage, over all found cells; then the rules about shares; then M:E, where the
    laboratory has adopted a reference interval; then whether the count is adequate. Rules whose
    classes are not modelled are left out here and named by `not_assessed`.
    Raises UsageError where `evidence` does not hold the cells of `differential`.
    """
    check_evidence(differential, evidence)
    modelled = frozenset(differential.modelled)
    findings = [apl_triage(evidence.found, modelled, settings, differential.scale_note)]
    findings += [
        share_finding(rule, differential, evidence, settings.known_context)
        for rule in rules_in_force(settings)
        if all(criterion.is_modelled(modelled) for criterion in rule.criteria)
    ]
    if settings.me_reference is not None:
        findings += me_findings(differential, settings.me_reference)
    findings.append(count_finding(differential))
    if SMUDGE in modelled:
        findings.append(smudge_finding(differential, evidence, settings))
    return tuple(findings)
