from fakes.truth_models import NamingOnly, proposals
from marrowscope.findings import FindingSettings
from marrowscope.pipeline.early_triage import FEWEST_CELLS, EarlyTriage


def triage() -> EarlyTriage:
    return EarlyTriage(NamingOnly(), FindingSettings())


def test_many_blasts_are_told_while_the_run_goes_on_and_once() -> None:
    watch = triage()
    assert watch.see(proposals("BLAST_NOS", FEWEST_CELLS - 1)) is None
    said = watch.see(proposals("BLAST_NOS", 1))
    assert said is not None
    assert "look now" in said
    assert watch.see(proposals("BLAST_NOS", 100)) is None


def test_many_undecided_cells_are_told_too() -> None:
    assert triage().see(proposals("SEG", 100, top=0.3)) is not None


def test_an_ordinary_marrow_is_not_told() -> None:
    watch = triage()
    assert watch.see(proposals("SEG", 100)) is None
    assert watch.see(proposals("ERY_NOS", 100)) is None
