import pytest

from marrowscope.cells.model import ObjectKind
from marrowscope.evaluation.box_labels import is_ignored, kind_of
from marrowscope.vocabulary import cell_class, class_ids


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("PLASMA", ObjectKind.NUCLEATED),
        ("WBC", ObjectKind.NUCLEATED),
        ("nucleated red cell", ObjectKind.NUCLEATED),
        ("Erythroblast", ObjectKind.NUCLEATED),
        ("megaloblast", ObjectKind.NUCLEATED),
        ("Megakaryoblast", ObjectKind.NUCLEATED),
        ("巨核细胞", ObjectKind.NUCLEATED),
        ("", ObjectKind.NUCLEATED),
        ("Smudge Cells", ObjectKind.SMUDGED),
        ("smudged", ObjectKind.SMUDGED),
        ("bare_nucleus", ObjectKind.SMUDGED),
        ("Naked-Nuclei", ObjectKind.SMUDGED),
        ("basket cell", ObjectKind.SMUDGED),
        ("Megakaryocytes", ObjectKind.MEGAKARYOCYTE),
        ("micro-megakaryocyte", ObjectKind.MEGAKARYOCYTE),
        ("MEGA", ObjectKind.MEGAKARYOCYTE),
        ("debris", ObjectKind.DEBRIS),
        ("Artefacts", ObjectKind.DEBRIS),
        ("artifact", ObjectKind.DEBRIS),
        ("ART", ObjectKind.DEBRIS),
        ("precipitate", ObjectKind.DEBRIS),
    ],
)
def test_a_label_means_a_kind(label: str, kind: ObjectKind) -> None:
    assert kind_of(label) is kind
    assert not is_ignored(label)


@pytest.mark.parametrize(
    "label",
    [
        "RBC",
        "RBCs",
        "red cell",
        "Red_Blood_Cells",
        "erythrocytes",
        "reticulocyte",
        "PLT",
        "Platelets",
        "Giant platelet",
        "thrombocyte",
    ],
)
def test_cells_without_nucleus_are_of_no_kind(label: str) -> None:
    assert kind_of(label) is None
    assert not is_ignored(label)


@pytest.mark.parametrize("label", ["ignore", "Ignore*", "UNCERTAIN", "crowd"])
def test_nothing_counts_in_an_ignored_region(label: str) -> None:
    assert kind_of(label) is None
    assert is_ignored(label)


@pytest.mark.parametrize("class_id", class_ids())
def test_the_ids_of_the_vocabulary_mean_what_it_says(class_id: str) -> None:
    expected: ObjectKind | None = ObjectKind.NUCLEATED
    if class_id in {"RBC", "PLT", "PLT_CLUMP"}:
        expected = None
    elif class_id == "ARTEFACT":
        expected = ObjectKind.DEBRIS
    elif class_id == "SMUDGE":
        expected = ObjectKind.SMUDGED
    elif class_id.startswith("MEGA"):
        expected = ObjectKind.MEGAKARYOCYTE

    assert kind_of(class_id) is expected
    assert cell_class(class_id).class_id == class_id
