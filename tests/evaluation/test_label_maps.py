"""What the labels of each source mean, and that a table that contradicts itself is refused."""

import pytest

from marrowscope.errors import UsageError
from marrowscope.evaluation.labels import (
    LabelEntry,
    Relation,
    class_of,
    entry_of,
    label_map,
    label_sources,
    read_label_map,
)
from marrowscope.vocabulary import all_classes, class_ids, icsh_categories

N_LABELS = {"mll-marrow": 21, "lmu-aml": 15, "deepheme": 23, "segpc-marrow": 1}
HEADER = "label,class_ids,relation,note"


def test_the_sources_are_those_that_are_documented() -> None:
    assert label_sources() == (
        "acevedo-blood",
        "bmdeep",
        "deepheme",
        "folder-per-class",
        "lmu-aml",
        "mll-marrow",
        "segpc-marrow",
        "txl-blood-fields",
    )


@pytest.mark.parametrize("source", label_sources())
def test_every_label_leads_to_classes_of_the_vocabulary(source: str) -> None:
    labels = label_map(source)
    assert labels.entries
    for entry in labels.entries.values():
        assert set(entry.class_ids) <= set(class_ids())
    assert not set(labels.entries) & labels.without_class


@pytest.mark.parametrize(("source", "n_labels"), N_LABELS.items())
def test_no_code_of_a_source_is_missing(source: str, n_labels: int) -> None:
    assert len(label_map(source).entries) == n_labels


@pytest.mark.parametrize(
    ("source", "label", "class_id", "relation"),
    [
        ("mll-marrow", "MYB", "MYELO", "exact"),
        ("mll-marrow", "KSC", "SMUDGE", "exact"),
        ("mll-marrow", "NIF", "UNCLASS", "exact"),
        ("mll-marrow", "BLA", "BLAST_NOS", "exact"),
        ("mll-marrow", "FGC", "PROMY_ABN", "narrower"),
        ("mll-marrow", "EOS", "EOS_MAT", "broader"),
        ("mll-marrow", "OTH", "UNCLASS", "broader"),
        ("lmu-aml", "MYB", "MYELO", "exact"),
        ("lmu-aml", "MYO", "BLAST_MYELO", "exact"),
        ("lmu-aml", "MOB", "BLAST_MONO", "exact"),
        ("lmu-aml", "PMB", "PROMY_ABN", "narrower"),
        ("lmu-aml", "LYA", "LYMPH_ATYP", "exact"),
        ("acevedo-blood", "MMY", "META", "exact"),
        ("acevedo-blood", "PMY", "PROMY", "exact"),
        ("acevedo-blood", "EO", "EOS_MAT", "exact"),
        ("acevedo-blood", "neutrophil", "SEG", "broader"),
        ("deepheme", "M3", "MYELO", "exact"),
        ("deepheme", "ER4", "ERY_ORTHO", "exact"),
        ("deepheme", "ER5", "RBC", "narrower"),
        ("deepheme", "U4", "MITOSIS", "exact"),
        ("bmdeep", "lymphocytic_blast", "BLAST_LYMPH", "exact"),
        ("bmdeep", "eosinophilic_band", "EOS_IMM", "narrower"),
        ("segpc-marrow", "PLASMA", "PLASMA", "broader"),
    ],
)
def test_codes_are_not_misread(source: str, label: str, class_id: str, relation: str) -> None:
    entry = entry_of(source, label)
    assert entry is not None
    assert (entry.class_ids[0], entry.relation) == (class_id, relation)
    assert class_of(source, label) == class_id


def test_an_immature_granulocyte_is_one_of_three_stages() -> None:
    for label in ("IG", "ig"):
        entry = entry_of("acevedo-blood", label)
        assert entry is not None
        assert set(entry.class_ids) == {"PROMY", "MYELO", "META"}
        assert entry.relation is Relation.BROADER


def test_a_label_without_a_class_is_known_and_has_none() -> None:
    labels = label_map("bmdeep")
    assert labels.knows("no_consensus_found")
    assert class_of("bmdeep", "no_consensus_found") is None
    assert not labels.knows("no such cell")


def test_an_unknown_label_or_set_has_no_class() -> None:
    assert class_of("mll-marrow", "???") is None
    assert class_of("mll-marrow", "myb") is None
    assert class_of("nowhere", "BLA") is None


def test_a_set_with_a_name_of_its_own_has_the_labels_of_its_source() -> None:
    assert class_of("deepheme:msk", "M3") == "MYELO"
    assert class_of("folder-per-class:ours", "MYELO") == "MYELO"


def test_folders_may_be_called_by_class_id_label_or_icsh_name() -> None:
    for known in all_classes():
        exact = LabelEntry((known.class_id,), Relation.EXACT)
        assert entry_of("folder-per-class", known.class_id) == exact
        assert entry_of("folder-per-class", known.class_id.lower()) == exact
        assert class_of("folder-per-class", known.label) == known.class_id
    for category in icsh_categories():
        entry = entry_of("folder-per-class", category.category)
        assert entry is not None, category
        categories = {known.class_id: known.icsh_category for known in all_classes()}
        assert {categories[class_id] for class_id in entry.class_ids} == {category.category}


@pytest.mark.parametrize("name", ["Band_Neutrophils", "BAND-FORM", "band", "band forms"])
def test_spelling_of_folders_does_not_matter(name: str) -> None:
    assert class_of("folder-per-class", name) == "BAND"


def test_class_ids_joined_mean_one_of_these() -> None:
    assert entry_of("folder-per-class", "PROMY|MYELO") == LabelEntry(
        ("PROMY", "MYELO"), Relation.BROADER
    )
    assert entry_of("folder-per-class", "PROMY|NONSENSE") is None


def test_an_unknown_source_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="mll-marrow"):
        label_map("mll")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["label,class_id", "A,BAND"], "columns"),
        ([HEADER, "A,BANDS,exact,"], "vocabulary has not"),
        ([HEADER, "A,BAND|BAND,broader,"], "names a class twice"),
        ([HEADER, "A,BAND,same,"], "exact, broader, narrower"),
        ([HEADER, "A,BAND|SEG,exact,"], "broader label names several"),
        ([HEADER, "A,BAND,broader,"], "broader label names several"),
        ([HEADER, "A,BAND,exact,", "A,SEG,exact,"], "line 3: A is there twice"),
        ([HEADER, ",BAND,exact,"], "empty label"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(lines: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_label_map("made", lines)
