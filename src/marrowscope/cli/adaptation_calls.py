"""Calls of the room of sites: from an order to a site's folder."""

from marrowscope.cells import OnnxClassifier
from marrowscope.cli.adaptation_order import AdaptationOrder
from marrowscope.cli.evaluation_calls import EvaluationResult, card_as_ordered, model_that_loads
from marrowscope.errors import UsageError
from marrowscope.evaluation.cell_tree import list_tree, read_map
from marrowscope.evaluation.classifier_sets import cell_set_of_tree
from marrowscope.exchange import check_place_for, write_files
from marrowscope.progress import Progress
from marrowscope.sites.adapting import MOST_CELLS, adapt
from marrowscope.sites.reviewed import at_most, see
from marrowscope.sites.site_file import FILES, SiteOrigin, site_files, site_object
from marrowscope.sites.text import site_text


def adapt_as_ordered(order: AdaptationOrder, progress: Progress) -> EvaluationResult:
    """Learns a site from reviewed cells and writes `site.json` and `head.npz`, both or neither.

    Raises MarrowscopeError.
    """
    card = card_as_ordered("classifier", order.model, order.licence)
    progress.stage("opening", None)
    if order.class_map.resolve() in [(order.out / name).resolve() for name in FILES]:
        raise UsageError("--map lies where a result would replace it; choose another --out")
    tree = list_tree(order.cells, read_map(order.class_map), leave_out=order.class_map)
    every = cell_set_of_tree(order.cells, tree, order.um_per_px)
    check_place_for(FILES, order.out)
    model = model_that_loads(OnnxClassifier, card, order.model is not None)
    chosen = at_most(every, MOST_CELLS)
    seen = see(chosen, model, progress)
    progress.stage("learning", None)
    learnt = adapt(seen.outputs, seen.truths, model, never_named=every.never_named)
    origin = SiteOrigin(
        cells=every.name,
        um_per_px=order.um_per_px,
        n_left_out=len(every.cells) - len(chosen.cells),
        n_unreadable=seen.n_unreadable,
        n_copies=seen.n_copies,
        scanner=order.scanner,
        stain=order.stain,
        white_rgb=seen.reference.white_rgb,
    )
    written = write_files(site_files(learnt, origin, card), order.out)
    summary = site_object(learnt, origin, card)
    paths = dict(zip(("site", "head"), written, strict=True))
    return EvaluationResult(summary, site_text(summary), paths)
