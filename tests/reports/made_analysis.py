"""Analyses made from a seed, with no slide behind them: synthetic, for tests only."""

from dataclasses import dataclass

import numpy as np

from marrowscope.analysis import (
    SCHEMA_VERSION,
    Analysis,
    Areas,
    Counts,
    JsonObject,
    ModelRecord,
    PictureRecord,
    RegionRecord,
    SlideCount,
    SlideRecord,
)
from marrowscope.cell_table import CellColumns, CellTable, cell_ids, reading_order
from marrowscope.cells.model import SlideReference
from marrowscope.differential.printing import printed_tenths, tenths_as_text
from marrowscope.geometry import PixelBox
from marrowscope.slides.model import Scale, ScaleOrigin, SlideKind
from marrowscope.vocabulary import cell_class, classes_of_category, icsh_categories

CLASS_IDS = (
    "BLAST_NOS", "PROMY", "MYELO", "META", "BAND", "SEG", "EOS_MAT", "BASO", "MONO", "LYMPH",
    "PLASMA", "ERY_NOS", "SMUDGE",
)  # fmt: skip
SHARES = (0.08, 0.05, 0.12, 0.1, 0.13, 0.12, 0.03, 0.005, 0.025, 0.11, 0.02, 0.19, 0.02)
FIELD_PX = (2560, 1920)
UM_PER_PX = 0.1

KNOWN = Scale(UM_PER_PX, ScaleOrigin.METADATA)
ESTIMATED = Scale(UM_PER_PX, ScaleOrigin.ESTIMATED, 0.096, 0.104, 214)


@dataclass(frozen=True)
class Made:
    """What an analysis is made of; the same values give the same analysis."""

    n_cells: int = 120
    n_slides: int = 1
    n_fields: int = 3
    whole_slides: bool = False
    undecided_share: float = 0.03
    scale: Scale = KNOWN
    synthetic: bool = False
    names: tuple[str, ...] = ()
    seed: int = 7


def field_names(made: Made) -> tuple[tuple[str, ...], ...]:
    """Names of the pictures of each slide."""
    if made.names:
        return (made.names,)
    if made.whole_slides:
        return tuple((f"smear-{slide + 1}.svs",) for slide in range(made.n_slides))
    return tuple(
        tuple(f"smear-{slide + 1}/field-{field + 1:02d}.png" for field in range(made.n_fields))
        for slide in range(made.n_slides)
    )


def make_analysis(made: Made = Made()) -> Analysis:
    names = field_names(made)
    cells = make_cells(made, names)
    counts = count_cells(cells, None)
    by_slide = tuple(
        SlideCount(f"smear-{place + 1}", *count_slide(cells, f"smear-{place + 1}"))
        for place in range(len(names))
    )
    square_mm2 = 1200 * 1800 * UM_PER_PX**2 * 1e-6
    regions = tuple(make_regions(names))
    n_counted_regions = sum(region.counted for region in regions)
    by_verdict = {
        verdict: square_mm2 * sum(region.verdict == verdict for region in regions)
        for verdict in sorted({region.verdict for region in regions})
    }
    return Analysis(
        software_version="0.1.0",
        slides=tuple(make_slide(made, place, some) for place, some in enumerate(names)),
        regions=regions,
        areas=Areas(
            square_mm2 * len(regions),
            by_verdict.get("countable", 0.0),
            square_mm2 * n_counted_regions,
            by_verdict,
        ),
        models=(
            ModelRecord("detector", "nucleus-peaks", "1.0", "ab" * 32, "CC BY-NC-SA 4.0", 0.4),
            ModelRecord(
                "classifier",
                "marrow-lite0",
                "1.0",
                "cd" * 32,
                "CC BY-NC-SA 4.0",
                0.5,
                CLASS_IDS,
                ("BASO", "ERY_NOS"),
            ),
        ),
        settings={"count": 500, "me_formula": "ICSH 2008", "skip_unreadable": False},
        cells=cells,
        counts=counts,
        differential=differential_rows(cells, None),
        me=me_row(cells, None),
        by_slide=by_slide,
        findings=make_findings(cells),
        not_assessed=(
            {"what": "dysplasia", "why": "no model here judges it"},
            {"what": "clumps and edges not reviewed", "why": "0.41 mm² rejected"},
            {"what": "iron stores and ring sideroblasts", "why": "no iron stain"},
        ),
        advice=("Fewer than 300 cells: not enough for a reportable differential.",),
    )


def make_slide(made: Made, place: int, names: tuple[str, ...]) -> SlideRecord:
    return SlideRecord(
        name=f"smear-{place + 1}",
        kind=SlideKind.WHOLE_SLIDE if made.whole_slides else SlideKind.FIELDS,
        scale=made.scale,
        pictures=tuple(PictureRecord(name, *FIELD_PX) for name in names),
        reference=SlideReference((244.0, 241.0, 245.0), (216.0, 178.0, 186.0), 51200),
        private_images=("label", "macro") if made.whole_slides else (),
        synthetic=made.synthetic,
    )


def make_regions(names: tuple[tuple[str, ...], ...]) -> list[RegionRecord]:
    verdicts = ("countable", "countable", "thick", "background", "out of focus", "debris")
    regions = []
    for slide, sources in enumerate(names):
        for source in sources:
            for side in range(2):
                place = len(regions)
                verdict = verdicts[place % len(verdicts)]
                box = PixelBox(40 + 1260 * side, 60, 1200, 1800)
                countable = verdict == "countable"
                regions.append(
                    RegionRecord(
                        f"r{place:05d}", f"smear-{slide + 1}", source, box, verdict,
                        countable and place % 7 != 6, place if countable else None,
                    )
                )  # fmt: skip
    return regions


def make_cells(made: Made, names: tuple[tuple[str, ...], ...]) -> CellTable:
    random = np.random.default_rng(made.seed)
    n = made.n_cells
    pictures = [(slide, name) for slide, some in enumerate(names) for name in some]
    picture = random.integers(0, len(pictures), n)
    slide_index = np.array([pictures[one][0] for one in picture], dtype=np.int64)
    x_px, y_px = random.uniform(60, 2500, n), random.uniform(60, 1860, n)
    order = reading_order(slide_index, picture.astype(np.int64), x_px, y_px)
    guess = random.choice(len(CLASS_IDS), size=n, p=np.array(SHARES) / sum(SHARES))
    probabilities = random.dirichlet(np.full(len(CLASS_IDS), 0.3), n)
    probabilities[np.arange(n), guess] += 2.0
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    size = random.uniform(90, 190, n)
    abstained = random.uniform(size=n) < made.undecided_share
    outside = random.uniform(size=n) < 0.2
    smudge = (guess == CLASS_IDS.index("SMUDGE")) & ~abstained
    why_not = np.where(outside, "region", np.where(smudge, "class", ""))
    columns = CellColumns(
        slide=[f"smear-{slide_index[row] + 1}" for row in order],
        source=[pictures[picture[row]][1] for row in order],
        cell_id=cell_ids(slide_index[order]),
        x_px=x_px[order],
        y_px=y_px[order],
        w_px=size[order],
        h_px=size[order] * 0.9,
        um_per_px=np.full(n, made.scale.um_per_px),
        score=random.uniform(0.5, 1.0, n),
        class_id=[CLASS_IDS[guess[row]] for row in order],
        probability=probabilities.max(axis=1)[order].astype(np.float32),
        probabilities=probabilities[order].astype(np.float32),
        abstained=abstained[order],
        counted=(why_not == "")[order],
        why_not=why_not[order].tolist(),
        object_kind=["nucleated"] * n,
        nucleus=[_nucleus(x_px[row], y_px[row], size[row], row) for row in order],
        strangeness=np.zeros(n, dtype=np.float32),
    )
    return CellTable.from_columns(columns, CLASS_IDS, SCHEMA_VERSION)


def _nucleus(x: float, y: float, size: float, row: int) -> tuple[np.ndarray, ...]:
    """No outline for every fifth cell, two lobes for every seventh, one for the others."""
    triangle = np.array([[-1.0, -1.0], [1.0, -1.0], [0.0, 1.0]]) * size / 6
    centre = np.array([x, y])
    if row % 5 == 0:
        return ()
    if row % 7 == 0:
        return (centre - size / 5 + triangle, centre + size / 5 + triangle)
    return (centre + triangle,)


def _rows(cells: CellTable, slide: str | None) -> np.ndarray:
    return np.full(cells.n_cells, True) if slide is None else cells.texts("slide") == slide


def count_cells(cells: CellTable, slide: str | None) -> Counts:
    here, counted = _rows(cells, slide), cells.mask("counted")
    return Counts(
        found=int(here.sum()),
        counted=int((here & counted).sum()),
        abstained=int((here & counted & cells.mask("abstained")).sum()),
        removed=int((here & (cells.texts("why_not") == "class")).sum()),
        area_mm2=0.0648,
    )


def count_slide(cells: CellTable, slide: str) -> tuple[Counts, tuple[JsonObject, ...], JsonObject]:
    return count_cells(cells, slide), differential_rows(cells, slide), me_row(cells, slide)


def _named(cells: CellTable, slide: str | None) -> list[str]:
    mask = _rows(cells, slide) & cells.mask("counted") & ~cells.mask("abstained")
    return [str(one) for one in cells.texts("class_id")[mask]]


def differential_rows(cells: CellTable, slide: str | None) -> tuple[JsonObject, ...]:
    counts = count_cells(cells, slide)
    named = _named(cells, slide)
    rows: list[JsonObject] = []
    tallies = [
        sum(named.count(one.class_id) for one in classes_of_category(known.category))
        for known in icsh_categories()
    ]
    printed = printed_tenths([*tallies, counts.abstained])
    for place, known in enumerate(icsh_categories()):
        members = [one.class_id for one in classes_of_category(known.category)]
        modelled = [one for one in members if one in CLASS_IDS]
        k = sum(named.count(one) for one in members)
        percent, low, high = wilson(k, counts.counted)
        missing = [one for one in members if one not in CLASS_IDS and not one.endswith("_NOS")]
        rows.append(
            {
                "category": known.category,
                "n": k if modelled else None,
                "percent": percent if modelled else None,
                "printed_percent": tenths_as_text(printed[place])
                if modelled and counts.counted
                else None,
                "low": low if modelled else None,
                "high": high if modelled else None,
                "not_modelled": not modelled,
                "not_modelled_classes": [
                    {
                        "class_id": one,
                        "label": cell_class(one).label,
                        "mistaken_for": cell_class(one).mistaken_for,
                    }
                    for one in missing
                ],
                "upper_n": k + counts.abstained if modelled else None,
                "upper_percent": 100 * (k + counts.abstained) / max(counts.counted, 1)
                if modelled
                else None,
                "blood_only": [one for one in modelled if one in ("BASO", "ERY_NOS")],
            }
        )
    return tuple(rows)


def wilson(k: int, n: int) -> tuple[float | None, float | None, float | None]:
    """Percent and its 95 % Wilson limits, in percent."""
    if n == 0:
        return None, None, None
    z, p = 1.959964, k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return 100 * p, 100 * float(max(middle - half, 0)), 100 * float(min(middle + half, 1))


def me_row(cells: CellTable, slide: str | None) -> JsonObject:
    named = _named(cells, slide)
    n_erythroid = named.count("ERY_NOS")
    n_myeloid = sum(cell_class(one).me_side.value.startswith("N") for one in named)
    if n_erythroid == 0:
        return {"formula": "ICSH 2008", "value": None, "low": None, "high": None,
                "note": "no erythroid cells counted"}  # fmt: skip
    _, low, high = wilson(n_myeloid, n_myeloid + n_erythroid)
    assert low is not None
    assert high is not None
    return {
        "formula": "ICSH 2008",
        "value": n_myeloid / n_erythroid,
        "low": low / (100 - low),
        "high": high / (100 - high),
        "n_myeloid": n_myeloid,
        "n_erythroid": n_erythroid,
        "note": "",
    }


def make_findings(cells: CellTable) -> tuple[JsonObject, ...]:
    n = cells.n_counted
    blasts = cells.mask("counted") & ~cells.mask("abstained")
    blasts &= cells.texts("class_id") == "BLAST_NOS"
    k = int(blasts.sum())
    percent, low, high = wilson(k, n)
    evidence = [str(one) for one in cells.texts("cell_id")[blasts]]
    common = {"version": "1", "k": k, "n": n, "percent": percent, "low": low, "high": high}
    return (
        {
            "rule_id": "F-BLAST-5", "edition": "WHO 2022, ICC 2022", "threshold": 5.0,
            "sentence": f"Blasts ({k}/{n}) in the 5–9 % range: extend the count; correlate with "
            "blood blast % and genetics.",
            "state": "met", "evidence": evidence, **common,
        },
        {
            "rule_id": "F-BLAST-10", "edition": "WHO 2022, ICC 2022", "threshold": 10.0,
            "sentence": "This value lies in the indeterminate band around the 10 % cut-off.",
            "state": "near", "evidence": evidence, **common,
        },
        {
            "rule_id": "F-APL-triage", "edition": "none", "threshold": 30.0,
            "sentence": "Many immature or unusual cells: look now. Abnormal promyelocytes not "
            "modelled; APL not excluded.",
            "state": "met", "evidence": evidence[:3], "version": "1", "k": None, "n": None,
            "percent": None, "low": None, "high": None,
        },
        {
            "rule_id": "F-PC10", "edition": "none", "threshold": 10.0, "version": "1",
            "sentence": "Plasma cells below 10 %.", "state": "not met", "evidence": [],
            "k": 1, "n": n, "percent": 0.9, "low": 0.1, "high": 4.0,
        },
    )  # fmt: skip
