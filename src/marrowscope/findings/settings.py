"""What a laboratory may decide about the rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import MappingProxyType

from marrowscope.errors import UsageError
from marrowscope.findings.model import Basis, Edition
from marrowscope.findings.rules import Rule, exact_share, shipped_rules

APL_TRIAGE = "F-APL-triage"
_NOT_SWITCHABLE = (APL_TRIAGE, "F-INAD-COUNT", "F-INAD-SMUDGE", "F-ME-hi", "F-ME-lo")
# Beyond this the triage would in effect be switched off.
_HIGHEST_TRIAGE_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class ReferenceRatio:
    """A reference interval of M:E that the laboratory has adopted, and where it is from."""

    low: float
    high: float
    source: str


@dataclass(frozen=True, slots=True)
class FindingSettings:
    """Settings of the rules; the defaults are what is shipped.

    editions: classifications whose thresholds are shown. switched_on, switched_off: rule ids,
    against the shipped state. threshold_percent: by rule id, instead of the shipped threshold of
    the rule's first condition; only for rules whose basis is not confirmed. me_reference: no
    rule on M:E without one. apl_immature_share, apl_undecided_share: of all found cells, from
    which the triage for immature or unusual cells speaks; fractions above 0, at most 0.5, never
    off. smudge_share: of counted cells and smudges, from which the smear is called inadequate.
    known_context: what of the rules' questions (`asks`) is known to the reader of the findings.
    Raises UsageError at anything that cannot be meant.
    """

    editions: frozenset[Edition] = frozenset(Edition)
    switched_on: frozenset[str] = frozenset()
    switched_off: frozenset[str] = frozenset()
    threshold_percent: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    me_reference: ReferenceRatio | None = None
    apl_immature_share: float = 0.30
    apl_undecided_share: float = 1 / 3
    smudge_share: float = 0.30
    known_context: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuses what cannot be meant."""
        if not self.editions - {Edition.NONE}:
            raise UsageError("no classification edition is chosen; choose WHO5, ICC2022 or both")
        _check_rule_ids(self)
        _check_thresholds(self.threshold_percent)
        for name in ("apl_immature_share", "apl_undecided_share"):
            if not 0 < getattr(self, name) <= _HIGHEST_TRIAGE_SHARE:
                raise UsageError(
                    f"{name} is {getattr(self, name)}; {APL_TRIAGE} can be tuned but not switched "
                    f"off: give a share above 0 and at most {_HIGHEST_TRIAGE_SHARE}"
                )
        if not 0 < self.smudge_share <= 1:
            raise UsageError(f"smudge_share is {self.smudge_share}; give a share above 0, up to 1")
        reference = self.me_reference
        if reference is not None and not 0 < reference.low < reference.high:
            raise UsageError(
                f"the reference interval of M:E is {reference.low} to {reference.high}; give a "
                "lower limit above 0 and a higher one above that"
            )


def _check_rule_ids(settings: FindingSettings) -> None:
    known = {rule.rule_id for rule in shipped_rules()}
    for rule_id in sorted(settings.switched_off | settings.switched_on):
        if rule_id in _NOT_SWITCHABLE:
            raise UsageError(f"{rule_id} cannot be switched; tune its setting instead")
        if rule_id not in known:
            raise UsageError(f"no rule is called {rule_id!r}; the rules are {_listed(known)}")
    both = settings.switched_off & settings.switched_on
    if both:
        raise UsageError(f"{_listed(both)} is switched on and off; choose one")


def _check_thresholds(thresholds: Mapping[str, float]) -> None:
    rules = {rule.rule_id: rule for rule in shipped_rules()}
    for rule_id, percent in thresholds.items():
        if rule_id not in rules:
            raise UsageError(f"no rule is called {rule_id!r}; the rules are {_listed(rules)}")
        if rules[rule_id].basis is Basis.CONFIRMED:
            raise UsageError(
                f"the threshold of {rule_id} is that of a published source and cannot be set; "
                "switch the rule off instead"
            )
        if not 0 < percent < 100:
            raise UsageError(f"the threshold of {rule_id} is {percent} %; give one from 0 to 100")


def _listed(names: Mapping[str, Rule] | set[str] | frozenset[str]) -> str:
    return ", ".join(sorted(names))


def setting_share(share: float) -> Fraction:
    """A share from the settings as the simple fraction that is meant: 0.333… is a third."""
    return Fraction(share).limit_denominator(10_000)


def _tuned(rule: Rule, settings: FindingSettings) -> Rule:
    percent = settings.threshold_percent.get(rule.rule_id)
    if percent is None:
        return rule
    first, *others = rule.criteria
    return replace(rule, criteria=(replace(first, share=exact_share(percent)), *others))


def rules_in_force(settings: FindingSettings) -> tuple[Rule, ...]:
    """The rules about shares that are on, with the laboratory's thresholds."""
    return tuple(
        _tuned(rule, settings)
        for rule in shipped_rules()
        if (rule.is_on or rule.rule_id in settings.switched_on)
        and rule.rule_id not in settings.switched_off
        and (rule.edition is Edition.NONE or rule.edition in settings.editions)
    )


def rules_switched_off(settings: FindingSettings) -> tuple[Rule, ...]:
    """The rules about shares that are off, be it as shipped or by the laboratory."""
    in_force = {(rule.rule_id, rule.edition) for rule in rules_in_force(settings)}
    return tuple(rule for rule in shipped_rules() if (rule.rule_id, rule.edition) not in in_force)
