import json

import pytest

from marrowscope.errors import UsageError
from marrowscope.findings import (
    FindingSettings,
    NotAssessedKind,
    ReferenceRatio,
    not_assessed,
    not_assessed_as_json,
)
from marrowscope.vocabulary import class_ids, classes_not_modelled

MODELLED = ("BLAST_NOS", "PROMY", "SEG", "LYMPH", "MONO", "ERY_NOS")


def test_never_empty_even_where_everything_is_modelled_and_on():
    settings = FindingSettings(
        switched_on=frozenset({"F-LYM", "F-BASO", "F-MONO"}),
        me_reference=ReferenceRatio(2, 4, "x"),
    )
    found = not_assessed(class_ids(), settings=settings)
    assert {item.kind for item in found} == {
        NotAssessedKind.CLASSIFIER_ERROR,
        NotAssessedKind.AREA,
        NotAssessedKind.EXAMINATION,
    }


@pytest.mark.parametrize(
    "word",
    [
        "dysplasia", "auer rods", "faggot", "megakaryocytes", "cellularity", "iron",
        "ring sideroblasts", "organisms", "cytochemistry", "trephine", "immunophenotype",
        "genetics", "clumps and edges not reviewed",
        "classifier error on this scanner and stain is not known",
    ],
)  # fmt: skip
def test_each_is_always_named(word):
    sentences = " ".join(item.sentence for item in not_assessed(class_ids())).lower()
    assert word in sentences


def test_every_class_not_modelled_says_what_it_will_be_taken_for():
    found = {item.class_id: item for item in not_assessed(MODELLED) if item.mistaken_for}
    assert list(found) == [known.class_id for known in classes_not_modelled(MODELLED)]
    assert found["PROERY"].sentence == (
        "Proerythroblast: not modelled; such a cell will be taken for: blast or basophilic "
        "erythroblast"
    )


def test_classes_learnt_from_blood_alone():
    found = [
        item
        for item in not_assessed(MODELLED, blood_only=["SEG", "LYMPH"])
        if item.kind is NotAssessedKind.BLOOD_ONLY
    ]
    assert [item.class_id for item in found] == ["SEG", "LYMPH"]
    assert found[0].why == "learnt from blood alone; recall on marrow untested"


def test_rejected_areas_are_given_in_mm2():
    area = next(
        item
        for item in not_assessed(MODELLED, rejected_mm2={"thick": 3.2, "out of focus": 0.456})
        if item.kind is NotAssessedKind.AREA
    )
    assert "left out of the count: thick 3.20 mm², out of focus 0.46 mm²" in area.why


def test_rules_that_were_not_evaluated_say_why():
    found = {item.what: item.why for item in not_assessed(MODELLED) if item.rule_id}
    assert found["F-PEL (WHO5)"] == ("rule not evaluated, for want of modelled proerythroblasts")
    assert "mast cells" in found["F-MAST"]
    assert "plasma cells" in found["F-PC10"]
    assert "until the laboratory adopts a limit" in found["F-LYM"]
    assert "reference interval of M:E" in found["F-ME-hi"]
    assert "F-BLAST-20 (WHO5)" not in found


def test_a_rule_switched_off_is_named():
    settings = FindingSettings(switched_off=frozenset({"F-EOS"}))
    found = {item.what: item.why for item in not_assessed(class_ids(), settings=settings)}
    assert found["F-EOS"] == "rule switched off by the laboratory"


def test_unknown_class_is_refused():
    with pytest.raises(UsageError, match="'seg'"):
        not_assessed(["seg"])


def test_json_form():
    found = not_assessed_as_json(not_assessed(MODELLED, blood_only=["SEG"]))
    json.dumps(found, allow_nan=False)
    assert all({"what", "why", "kind"} <= set(item) and item["why"] for item in found)


def test_a_classifier_error_that_was_measured_is_not_among_them() -> None:
    found = not_assessed(MODELLED, errors_are_known=True)
    assert found == not_assessed(MODELLED)[1:]
