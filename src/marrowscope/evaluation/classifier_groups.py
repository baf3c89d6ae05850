"""Classes that truth and model both know: where one of them is coarser, its whole group counts.

The groups are the categories of the ICSH count: blasts, promyelocytes, eosinophils, monocytes with
promonocytes, lymphocytes, plasma cells, erythroblasts. Band and segmented neutrophils, for
instance, are categories of their own and never stand for each other; cells outside the count are
only ever themselves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from marrowscope.vocabulary import cell_class, in_reading_order


@dataclass(frozen=True, slots=True)
class CommonClasses:
    """scored_as: the class that each class of truth and model is scored as, itself for most.

    merged: what is scored as a class, where it is more than that class. not_modelled: classes of
    the truth for whose group the model has no output at all; they are not scored.
    """

    scored_as: Mapping[str, str]
    merged: Mapping[str, tuple[str, ...]]
    not_modelled: tuple[str, ...]

    def is_right(self, truth: str, called: str) -> bool:
        """Whether a cell of the class `truth` may be called so."""
        return self.scored_as[truth] == self.scored_as[called]


def group_of(class_id: str) -> str:
    """The ICSH category that a class is counted in; the class itself where it is not counted."""
    known = cell_class(class_id)
    return known.icsh_category if known.in_ndc else known.class_id


def common_classes(truths: Iterable[str], modelled: Iterable[str]) -> CommonClasses:
    """How cells of the classes `truths` are scored of a model with the output classes `modelled`.

    A group is scored as one class where not both tell all its classes apart: the model has one
    class of it, or lacks one that the truth has, or one side has the class "not stated" of it.
    """
    of_truth, of_model = set(in_reading_order(truths)), set(in_reading_order(modelled))
    members: dict[str, list[str]] = {}
    for class_id in in_reading_order(of_truth | of_model):
        members.setdefault(group_of(class_id), []).append(class_id)
    scored_as: dict[str, str] = {}
    merged: dict[str, tuple[str, ...]] = {}
    not_modelled: list[str] = []
    for classes in members.values():
        name = _one_name(classes, of_truth, of_model)
        scored_as |= {class_id: name or class_id for class_id in classes}
        if name and len(classes) > 1:
            merged[name] = tuple(classes)
        if not of_model & set(classes):
            not_modelled += classes
    return CommonClasses(
        MappingProxyType(scored_as), MappingProxyType(merged), tuple(in_reading_order(not_modelled))
    )


def _one_name(classes: list[str], of_truth: set[str], of_model: set[str]) -> str | None:
    """The class that a whole group is scored as; None where its classes are told apart."""
    output = [class_id for class_id in classes if class_id in of_model]
    if not output:
        return None
    if len(output) == 1:
        return output[0]
    unstated = [class_id for class_id in classes if _is_unstated(class_id)]
    if unstated:
        return unstated[0]
    has_unknown = any(class_id in of_truth and class_id not in of_model for class_id in classes)
    return output[0] if has_unknown else None


def _is_unstated(class_id: str) -> bool:
    """Whether a counted class is a group's "not stated": nothing is mistaken for want of it."""
    known = cell_class(class_id)
    return known.in_ndc and not known.mistaken_for
