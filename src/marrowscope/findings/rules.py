"""The rules as they are shipped."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from marrowscope.differential import Comparison
from marrowscope.findings.model import Basis, Edition
from marrowscope.vocabulary import cell_class, classes_of_category, in_reading_order


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition: a class set as a share of all counted cells.

    categories: the ICSH categories it was made of, if any. class_ids: cells surely of the set;
    possible_class_ids: cells that may be of it, because what `not_separated` names cannot be told
    from them. share, below_share: threshold and, for a band, the end it stays under; fractions.
    """

    subject: str
    categories: tuple[str, ...]
    class_ids: tuple[str, ...]
    possible_class_ids: tuple[str, ...]
    not_separated: str
    comparison: Comparison
    share: Fraction
    below_share: Fraction | None

    def is_modelled(self, modelled: Collection[str]) -> bool:
        """True where the condition can be judged by a model with these output classes.

        "At least" needs one class of the set. "Less than" needs one of every category, for
        otherwise it would hold for want of looking.
        """
        if self.comparison is Comparison.LESS_THAN:
            return all(
                any(known.class_id in modelled for known in classes_of_category(category))
                for category in self.categories
            )
        return any(class_id in modelled for class_id in self.class_ids)

    @property
    def threshold(self) -> str:
        """In words, such as "≥ 5 % and < 10 %"."""
        text = f"{self.comparison} {percent_text(self.share)} %"
        if self.below_share is not None:
            text = f"{text} and < {percent_text(self.below_share)} %"
        return text


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule about shares; every criterion must hold."""

    rule_id: str
    version: int
    edition: Edition
    basis: Basis
    is_on: bool
    is_critical: bool
    source: str
    statement: str
    asks: tuple[str, ...]
    criteria: tuple[Criterion, ...]


def percent_text(share: Fraction) -> str:
    """A share in percent, without needless decimals; thirds to one decimal."""
    percent = share * 100
    return str(percent) if percent.denominator == 1 else f"{float(percent):.1f}"


def exact_share(percent: float) -> Fraction:
    """A threshold in percent as an exact fraction of 1: 2.5 is 1/40, whatever a float makes of it.

    The number is read as it is written in decimals.
    """
    return Fraction(str(percent)) / 100


def _criterion(entry: Mapping[str, Any]) -> Criterion:
    categories = tuple(entry.get("categories", ()))
    members = [known.class_id for category in categories for known in classes_of_category(category)]
    below_percent = entry.get("below_percent")
    return Criterion(
        subject=entry["subject"],
        categories=categories,
        class_ids=in_reading_order([*members, *entry.get("classes", ())]),
        possible_class_ids=tuple(
            cell_class(class_id).class_id for class_id in entry.get("possible_classes", ())
        ),
        not_separated=entry.get("not_separated", ""),
        comparison=Comparison(entry["comparison"]),
        share=exact_share(entry["percent"]),
        below_share=None if below_percent is None else exact_share(below_percent),
    )


def _rule(entry: Mapping[str, Any]) -> Rule:
    return Rule(
        rule_id=entry["id"],
        version=entry["version"],
        edition=Edition(entry["edition"]),
        basis=Basis(entry["basis"]),
        is_on=entry["on"],
        is_critical=entry.get("critical", False),
        source=entry["source"],
        statement=entry["statement"],
        asks=tuple(entry.get("asks", ())),
        criteria=tuple(_criterion(part) for part in entry["criteria"]),
    )


@cache
def shipped_rules() -> tuple[Rule, ...]:
    """Every rule about shares, in the order in which findings are given."""
    text = (files(__package__) / "rules.toml").read_text(encoding="utf-8")
    return tuple(_rule(entry) for entry in tomllib.loads(text)["rule"])
