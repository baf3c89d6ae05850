from cases.made_reviews import added, made_table, named, seen, undone
from marrowscope.cases.review import fold_review
from marrowscope.cases.reviewed_cells import reviewed_cells

TABLE = made_table(
    ["SEG", "LYMPH", "BLAST_NOS", "MONO", "ERY_NOS", "SEG"],
    [False, False, True, False, False, False],
    ["", "", "", "cut", "limit", ""],
    [0, 0, 0, 0, 0, 0],
)
SEG, LYMPH, UNDECIDED, CUT, BEYOND, OTHER = TABLE.texts("cell_id").tolist()


def classes(*events):
    found = reviewed_cells(TABLE, fold_review(events))
    return {cell.cell_id: cell.class_id for cell in found}


def test_nothing_was_reviewed_before_anybody_saw_it():
    assert classes() == {}


def test_a_class_that_was_seen_and_left_is_the_readers_too():
    assert classes(seen(1, [SEG, BEYOND])) == {SEG: "SEG", BEYOND: "ERY_NOS"}


def test_a_persons_class_wins_and_an_undone_one_does_not():
    events = (named(1, [SEG, UNDECIDED], "BAND"), named(2, [SEG], "META"), undone(3, 2))
    assert classes(*events) == {SEG: "BAND", UNDECIDED: "BAND"}


def test_what_stays_undecided_or_is_cut_teaches_nothing():
    events = (seen(1, [UNDECIDED, CUT]), named(2, [LYMPH], "UNCLASS"), named(3, [CUT], "MONO"))
    assert classes(*events) == {}


def test_what_is_no_cell_is_told_too():
    assert classes(named(1, [LYMPH], "ARTEFACT")) == {LYMPH: "ARTEFACT"}


def test_added_cells_come_with_their_class_and_place():
    (cell,) = reviewed_cells(TABLE, fold_review([added(1, "PLASMA", x_px=12.0)]))
    assert (cell.class_id, cell.x_px, cell.y_px) == ("PLASMA", 12.0, 20.0)
