"""What was not assessed. The list is never empty, and it is always printed."""

import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from marrowscope.findings.adequacy import SMUDGE, SMUDGE_RULE
from marrowscope.findings.audited import audited_rules
from marrowscope.findings.evaluation import DEFAULT_SETTINGS
from marrowscope.findings.model import NotAssessed, NotAssessedKind
from marrowscope.findings.rules import Rule
from marrowscope.findings.settings import FindingSettings, rules_in_force, rules_switched_off
from marrowscope.vocabulary import cell_class, classes_not_modelled, in_reading_order

NOT_ON_AN_AUDIT: Final = "rule not evaluated on an audit"
_AUER: Final = "auer"
_RATIO_RULES: Final = ("F-ME-hi", "F-ME-lo")


@cache
def _examinations(auer_rods: str) -> tuple[NotAssessed, ...]:
    text = (files(__package__) / "examinations.toml").read_text(encoding="utf-8")
    return tuple(
        NotAssessed(
            NotAssessedKind.EXAMINATION,
            entry["what"],
            auer_rods if auer_rods and entry.get("tag") == _AUER else entry["why"],
        )
        for entry in tomllib.loads(text)["examination"]
    )


def _classes(modelled: Collection[str]) -> list[NotAssessed]:
    return [
        NotAssessed(
            NotAssessedKind.CLASS_NOT_MODELLED,
            missing.label,
            f"not modelled; such a cell will be taken for: {missing.mistaken_for}",
            class_id=missing.class_id,
            mistaken_for=missing.mistaken_for,
        )
        for missing in classes_not_modelled(modelled)
    ]


def _blood_only(blood_only: Collection[str]) -> list[NotAssessed]:
    return [
        NotAssessed(
            NotAssessedKind.BLOOD_ONLY,
            cell_class(class_id).label,
            "learnt from blood alone; recall on marrow untested",
            class_id=class_id,
        )
        for class_id in in_reading_order(blood_only)
    ]


def _areas(rejected_mm2: Mapping[str, float]) -> NotAssessed:
    areas = ", ".join(f"{name} {area_mm2:.2f} mm²" for name, area_mm2 in rejected_mm2.items())
    left_out = f" (left out of the count: {areas})" if areas else ""
    return NotAssessed(
        NotAssessedKind.AREA,
        "Clumps and edges",
        f"clumps and edges not reviewed{left_out}; foreign cells, mast cells and focal infiltrates "
        "lie there",
    )


def _rules_without_classes(
    modelled: Collection[str], settings: FindingSettings
) -> list[NotAssessed]:
    items = []
    for rule in rules_in_force(settings):
        missing = [part.subject for part in rule.criteria if not part.is_modelled(modelled)]
        if missing:
            subjects = " and ".join(subject[0].lower() + subject[1:] for subject in missing)
            items.append(
                NotAssessed(
                    NotAssessedKind.RULE,
                    _rule_name(rule),
                    f"rule not evaluated, for want of modelled {subjects}",
                    rule_id=rule.rule_id,
                )
            )
    if SMUDGE not in modelled:
        items.append(
            NotAssessed(
                NotAssessedKind.RULE,
                SMUDGE_RULE,
                "rule not evaluated, for want of modelled smudged nuclei",
                rule_id=SMUDGE_RULE,
            )
        )
    return items


def _rules_not_on_audit(settings: FindingSettings) -> list[NotAssessed]:
    """Those that the estimate of an audit says nothing of."""
    evaluated = set(audited_rules(settings))
    left = [
        (_rule_name(rule), rule.rule_id)
        for rule in rules_in_force(settings)
        if rule not in evaluated
    ]
    left.append((SMUDGE_RULE, SMUDGE_RULE))
    if settings.me_reference is not None:
        left += [(rule_id, rule_id) for rule_id in _RATIO_RULES]
    return [
        NotAssessed(NotAssessedKind.RULE, name, NOT_ON_AN_AUDIT, rule_id=rule_id)
        for name, rule_id in left
    ]


def _rule_name(rule: Rule) -> str:
    return rule.rule_id if rule.edition == "none" else f"{rule.rule_id} ({rule.edition})"


def _rules_off(settings: FindingSettings) -> list[NotAssessed]:
    items = [
        NotAssessed(
            NotAssessedKind.RULE,
            _rule_name(rule),
            "rule switched off by the laboratory"
            if rule.is_on
            else "rule off until the laboratory adopts a limit",
            rule_id=rule.rule_id,
        )
        for rule in rules_switched_off(settings)
    ]
    if settings.me_reference is None:
        items += [
            NotAssessed(
                NotAssessedKind.RULE,
                rule_id,
                "rule off until the laboratory adopts a reference interval of M:E",
                rule_id=rule_id,
            )
            for rule_id in _RATIO_RULES
        ]
    return items


def not_assessed(
    modelled: Collection[str],
    *,
    blood_only: Collection[str] = (),
    rejected_mm2: Mapping[str, float] | None = None,
    settings: FindingSettings = DEFAULT_SETTINGS,
    errors_are_known: bool = False,
    auer_rods: str = "",
    is_audited: bool = False,
) -> tuple[NotAssessed, ...]:
    """Everything a reader might take for assessed and that was not, most weighty first.

    modelled: classes that could be answered; blood_only: those of them learnt from blood alone.
    rejected_mm2: areas left out of the count by name, such as {"thick": 3.2}, in mm². settings: as
    for the findings; rules that are off or lack their classes are named. errors_are_known: the
    classifier's, measured on this scanner and stain. auer_rods: what readers looked for of them
    (`auer_rods_words`), "" where they did not. is_audited: the findings are
    those of an audit (`audited_findings`). Never empty.
    Raises UsageError at an unknown class.
    """
    classifier_error = NotAssessed(
        NotAssessedKind.CLASSIFIER_ERROR,
        "Classifier error",
        "classifier error on this scanner and stain is not known; the limits printed are those of "
        "sampling only",
    )
    return (
        *(() if errors_are_known else (classifier_error,)),
        _areas(rejected_mm2 or {}),
        *_examinations(auer_rods),
        *_classes(modelled),
        *_blood_only(blood_only),
        *(
            _rules_not_on_audit(settings)
            if is_audited
            else _rules_without_classes(modelled, settings)
        ),
        *_rules_off(settings),
    )
