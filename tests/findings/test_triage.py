import pytest

from marrowscope.differential import ThresholdState
from marrowscope.findings import FindingSettings, FoundCells, apl_triage
from marrowscope.vocabulary import class_ids

MODELLED = ("BLAST_NOS", "PROMY", "MONO", "SEG", "LYMPH", "SMUDGE", "ARTEFACT")


def triage(n_undecided=0, modelled=MODELLED, settings=None, **counts):
    ids = [class_id for class_id, n in counts.items() for _ in range(n)]
    abstained = [False] * len(ids) + [True] * n_undecided
    ids += ["LYMPH"] * n_undecided
    found = FoundCells([f"c{place}" for place in range(len(ids))], ids, abstained)
    return apl_triage(found, modelled, settings or FindingSettings())


@pytest.mark.parametrize("class_id", ["BLAST_NOS", "PROMY", "MONO"])
def test_30_percent_of_any_immature_or_monocyte_like_cell(class_id):
    found = triage(**{class_id: 30, "SEG": 70})
    assert found.state is ThresholdState.MET
    assert found.sentence.startswith("Many immature or unusual cells: look now.")
    assert found.evidence == tuple(f"c{place}" for place in range(30))
    assert triage(**{class_id: 2999, "SEG": 7001}).state is not ThresholdState.MET


def test_they_are_added_up():
    assert triage(BLAST_NOS=10, PROMY=10, MONO=10, SEG=70).state is ThresholdState.MET


def test_a_third_undecided_is_enough():
    assert triage(n_undecided=1, SEG=2).state is ThresholdState.MET
    assert triage(n_undecided=333, SEG=667).state is not ThresholdState.MET
    assert triage(UNCLASS=50, SEG=100).state is ThresholdState.MET


def test_undecided_cells_that_could_reach_the_level_leave_it_open():
    found = triage(n_undecided=100, BLAST_NOS=250, SEG=650)
    assert found.state is ThresholdState.NOT_DECIDED
    assert len(found.evidence) == 350


def test_far_below():
    found = triage(BLAST_NOS=10, SEG=990)
    assert found.state is ThresholdState.NOT_MET
    assert found.evidence == ()


def test_smudges_and_debris_do_not_thin_out_the_share():
    found = triage(BLAST_NOS=30, SEG=70, SMUDGE=500, ARTEFACT=500)
    assert (found.k, found.n, found.state) == (30, 100, ThresholdState.MET)


@pytest.mark.parametrize("n_blasts", [0, 50])
def test_the_caveat_always_stands_beside_it(n_blasts):
    found = triage(BLAST_NOS=n_blasts, SEG=100)
    assert found.sentence.endswith("Abnormal promyelocytes not modelled; APL not excluded.")
    assert triage(modelled=class_ids(), SEG=100).sentence.endswith("APL not excluded.")


def test_it_says_which_cells_it_cannot_see():
    found = triage(modelled=("SEG", "LYMPH"), SEG=100)
    assert "Not modelled: blasts, promyelocytes, promonocytes+monocytes." in found.sentence


def test_it_can_be_tuned():
    settings = FindingSettings(apl_immature_share=0.1)
    assert triage(BLAST_NOS=10, SEG=90, settings=settings).state is ThresholdState.MET


def test_no_cells_found():
    found = triage()
    assert found.state is ThresholdState.NOT_DECIDED
    assert "No cells found." in found.sentence
