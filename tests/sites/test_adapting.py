import numpy as np
import pytest
from made_sites import CLASS_IDS, adapted, made_cells

from marrowscope.errors import UsageError
from marrowscope.sites.adapting import Adaptation


def learnt(n_of: dict[str, int], **made: float) -> Adaptation:
    logits, features, truths = made_cells(n_of, **made)
    return adapted(logits, features, truths)


def test_a_bias_of_the_model_is_unlearnt() -> None:
    site = learnt({"BLAST_NOS": 20, "PROMY": 20, "SEG": 20, "LYMPH": 20, "PLASMA": 20})

    assert site.is_changed
    assert site.before.balanced_accuracy < 0.7
    assert site.after.balanced_accuracy >= 0.9
    assert site.head.is_taught.sum() == 5


def test_what_it_learns_holds_on_cells_it_never_saw() -> None:
    site = learnt({"BLAST_NOS": 15, "PROMY": 15, "SEG": 15, "LYMPH": 15})
    logits, features, truths = made_cells(dict.fromkeys(CLASS_IDS[:4], 80), seed=9)
    truth = np.array([CLASS_IDS.index(name) for name in truths])

    before = (logits.argmax(axis=1) == truth).mean()
    after = (site.head.probabilities(logits, features).argmax(axis=1) == truth).mean()

    assert after > before + 0.1


def test_where_there_is_nothing_to_gain_the_model_stays_as_it_is() -> None:
    random = np.random.default_rng(3)
    logits, features, truths = made_cells({"SEG": 20, "LYMPH": 20}, shift=0.0, spread=0.1)
    noise = random.normal(0, 1, features.shape).astype(np.float32)
    site = adapted(logits, noise, truths)

    assert not site.is_changed
    assert "only a rise of more than" in site.why_not
    assert not site.head.is_taught.any()
    np.testing.assert_array_equal(
        site.head.probabilities(logits, features).argmax(axis=1), logits.argmax(axis=1)
    )


def test_shuffled_labels_are_not_learnt_nor_taken_for_the_classifiers_errors() -> None:
    logits, features, truths = made_cells(dict.fromkeys(CLASS_IDS[:5], 20), shift=0.0, spread=0.3)
    assert adapted(logits, features, truths).is_believed
    for seed in range(12):
        shuffled = np.random.default_rng(seed).permutation(truths).tolist()
        site = adapted(logits, features, shuffled)
        assert not site.is_changed
        assert not site.is_believed
        assert "no better than chance" in site.why_not


def test_classes_with_few_cells_and_classes_unknown_to_the_model_are_listed_not_learnt() -> None:
    site = learnt({"SEG": 20, "LYMPH": 20, "PLASMA": 2})
    assert dict(site.too_few) == {"PLASMA": 2}
    assert not site.head.is_taught[CLASS_IDS.index("PLASMA")]

    logits, features, truths = made_cells({"SEG": 20, "LYMPH": 20, "PLASMA": 3})
    renamed = ["MAST" if name == "PLASMA" else name for name in truths]
    site = adapted(logits, features, renamed)
    assert dict(site.not_modelled) == {"MAST": 3}
    assert dict(site.n_of) == {"SEG": 20, "LYMPH": 20}
    assert len(site.called) == 40


def test_a_finer_class_teaches_the_one_that_the_model_has() -> None:
    logits, features, truths = made_cells({"BLAST_NOS": 20, "LYMPH": 20})
    finer = ["BLAST_MYELO" if name == "BLAST_NOS" else name for name in truths]
    site = adapted(logits, features, finer)

    assert dict(site.n_of) == {"BLAST_NOS": 20, "LYMPH": 20}


def test_fewer_than_25_cells_are_refused() -> None:
    with pytest.raises(UsageError, match=r"24 reviewed cells .* at least 25"):
        learnt({"SEG": 12, "LYMPH": 12})


def test_the_same_cells_teach_the_same() -> None:
    one, two = (learnt({"SEG": 15, "LYMPH": 15}) for _ in range(2))

    np.testing.assert_array_equal(one.head.weights, two.head.weights)
    assert one.after == two.after


def test_a_strange_cell_is_undecided_in_what_is_counted_of_the_errors() -> None:
    logits, features, truths = made_cells({"SEG": 15, "LYMPH": 15})
    strange = np.zeros(30)
    strange[:2] = 1.5
    site = adapted(logits, features, truths, strange)

    assert site.called[:2] == ("UNCLASS", "UNCLASS")
    assert set(site.called[2:]) != {"UNCLASS"}
