"""Which class of the vocabulary a source's label means, and how exactly."""

from enum import StrEnum


class Specificity(StrEnum):
    """How a source's label stands to the class it is mapped to."""

    EXACT = "exact"
    BROADER = "broader"
    NARROWER = "narrower"


LABELS: dict[str, dict[str, tuple[str, Specificity]]] = {
    "mll-marrow": {
        "ABE": ("EOS_ABN", Specificity.EXACT),
        "ART": ("ARTEFACT", Specificity.EXACT),
        "BAS": ("BASO", Specificity.EXACT),
        "BLA": ("BLAST_NOS", Specificity.EXACT),
        "EBO": ("ERY_NOS", Specificity.EXACT),
        "EOS": ("EOS_MAT", Specificity.BROADER),
        "LYT": ("LYMPH", Specificity.EXACT),
        "MMZ": ("META", Specificity.EXACT),
        "MON": ("MONO", Specificity.EXACT),
        "MYB": ("MYELO", Specificity.EXACT),
        "NGB": ("BAND", Specificity.EXACT),
        "NGS": ("SEG", Specificity.EXACT),
        "NIF": ("UNCLASS", Specificity.EXACT),
        "PEB": ("PROERY", Specificity.EXACT),
        "PLM": ("PLASMA", Specificity.EXACT),
        "PMO": ("PROMY", Specificity.EXACT),
    },
    "acevedo-blood": {
        "BA": ("BASO", Specificity.EXACT),
        "BNE": ("BAND", Specificity.EXACT),
        "EO": ("EOS_MAT", Specificity.EXACT),
        "ERB": ("ERY_NOS", Specificity.EXACT),
        "LY": ("LYMPH", Specificity.EXACT),
        "MMY": ("META", Specificity.EXACT),
        "MO": ("MONO", Specificity.EXACT),
        "MY": ("MYELO", Specificity.EXACT),
        "PLATELET": ("PLT", Specificity.EXACT),
        "PMY": ("PROMY", Specificity.EXACT),
        "SNE": ("SEG", Specificity.EXACT),
    },
    "segpc-marrow": {"PLASMA": ("PLASMA", Specificity.EXACT)},
}
"""Source label to (class id, specificity), by set. The German codes of `mll-marrow` are easily
misread: MYB is a myelocyte, NIF is "not identifiable"."""


def class_of(image_set: str, label: str) -> str | None:
    """The class id of a source label; None where the vocabulary has no place for it."""
    entry = LABELS.get(image_set, {}).get(label)
    return entry[0] if entry else None
