"""From an Analysis to what its report says. Pure: no pictures, no format, no clock."""

import json
from dataclasses import replace

from marrowscope.analysis import Analysis, JsonObject, SlideCount
from marrowscope.differential import CLASSIFIER_ERROR_NOT_KNOWN
from marrowscope.differential.printing import printed_percent
from marrowscope.findings import NotAssessedKind
from marrowscope.reports.corrected import corrected_note, corrected_rows
from marrowscope.reports.document import (
    CategoryRow,
    FindingEntry,
    GalleryGroup,
    ModelEntry,
    NotAssessedEntry,
    NotModelledEntry,
    Ratio,
    RemovedClass,
    ReportDocument,
    SlideColumn,
)
from marrowscope.reports.gallery import (
    CellStates,
    cell_states,
    first_group_of,
    gallery_groups,
)
from marrowscope.reports.json_values import count, number, objects, text, texts
from marrowscope.reports.marks import mark_of_category
from marrowscope.reports.overview import slide_overviews, verdict_areas
from marrowscope.reports.summary import slide_facts, summary_facts
from marrowscope.reports.wording import MISSING, percent, sentence_case
from marrowscope.vocabulary import cell_class, icsh_categories, in_reading_order

EVIDENCE_SHOWN = 8
_EDITIONS = {"WHO5": "WHO 2022", "ICC2022": "ICC 2022"}
_STATE_ORDER = ("met", "not decided", "near", "not met")


def build_document(analysis: Analysis) -> ReportDocument:
    """What the report of an analysis says."""
    states = cell_states(analysis.cells)
    gallery = gallery_groups(analysis.cells, states)
    rows = tuple(
        _category_row(row, analysis.counts.counted, gallery) for row in analysis.differential
    )
    ratio = _ratio(analysis.me)
    return ReportDocument(
        case_name=", ".join(slide.name for slide in analysis.slides),
        is_synthetic=analysis.is_synthetic,
        scale_is_estimated=analysis.scale_is_estimated,
        n_found=analysis.counts.found,
        n_counted=analysis.counts.counted,
        n_undecided=analysis.counts.abstained,
        undecided_printed=_undecided_printed(analysis),
        facts=summary_facts(analysis, rows, ratio),
        rows=rows,
        removed=_removed_classes(states),
        ratio=ratio,
        notes=_notes(analysis),
        advice=analysis.advice,
        partial=_partial(analysis.partial or {}),
        partial_note=text(analysis.partial or {}, "note"),
        corrected=corrected_rows(analysis.corrected or {}),
        corrected_note=corrected_note(analysis.corrected or {}),
        slide_columns=_slide_columns(analysis),
        findings=_findings(analysis, gallery),
        gallery=gallery,
        overviews=slide_overviews(analysis, states),
        areas=verdict_areas(analysis),
        not_assessed=tuple(
            NotAssessedEntry(text(row, "what"), text(row, "why"), text(row, "kind"))
            for row in analysis.not_assessed
        ),
        not_modelled=_not_modelled(analysis),
        models=_models(analysis),
        slide_facts=slide_facts(analysis),
        settings=tuple((key, _setting(value)) for key, value in sorted(analysis.settings.items())),
        software_version=analysis.software_version,
        schema_version=analysis.schema_version,
    )


def _category_row(
    row: JsonObject, n_counted: int, gallery: tuple[GalleryGroup, ...]
) -> CategoryRow:
    category = text(row, "category")
    known = next(one for one in icsh_categories() if one.category == category)
    upper_n = count(row, "upper_n")
    plain = CategoryRow(
        category=category,
        label=known.label,
        mark=mark_of_category(category),
        n=count(row, "n"),
        printed=_printed(row),
        percent=number(row, "percent"),
        low=number(row, "low"),
        high=number(row, "high"),
        upper_n=upper_n,
        upper_printed="" if upper_n is None else printed_percent(upper_n, n_counted),
        upper_percent=number(row, "upper_percent"),
        thresholds=tuple(float(one) for one in known.decision_thresholds_percent),
        not_modelled=tuple(text(one, "label") for one in objects(row, "not_modelled_classes")),
        blood_only=tuple(cell_class(one).label for one in texts(row, "blood_only")),
        group_id=first_group_of(category, gallery),
    )
    if row.get("not_modelled") is True:
        # Whatever number came with it: a class nobody looked for has no count, not a zero.
        return replace(
            plain,
            n=None,
            printed=MISSING,
            percent=None,
            low=None,
            high=None,
            upper_n=None,
            upper_printed="",
            upper_percent=None,
        )
    return plain


def _printed(row: JsonObject) -> str:
    """The figure of the column that adds up to 100.0; rounded here only where none came."""
    return text(row, "printed_percent") or percent(number(row, "percent"))


def _undecided_printed(analysis: Analysis) -> str:
    """The printed column adds up to 100.0, so the undecided have what the categories leave."""
    if analysis.counts.counted == 0:
        return MISSING
    printed = [_printed(row) for row in analysis.differential]
    return percent(100.0 - sum(float(one) for one in printed if one != MISSING))


def _partial(partial: JsonObject) -> tuple[tuple[str, str], ...]:
    return tuple(
        (text(row, "label"), f"{percent(number(row, 'percent'))} % ({text(row, 'n')})")
        for row in objects(partial, "rows")
    )


def _ratio(row: JsonObject) -> Ratio:
    return Ratio(
        formula=text(row, "formula"),
        value=number(row, "value"),
        low=number(row, "low"),
        high=number(row, "high"),
        note=text(row, "note"),
        n_erythroid=count(row, "n_erythroid"),
    )


def _removed_classes(states: CellStates) -> tuple[RemovedClass, ...]:
    removed = states.class_id[states.removed].tolist()
    return tuple(
        RemovedClass(cell_class(one).label, removed.count(one)) for one in in_reading_order(removed)
    )


def _notes(analysis: Analysis) -> tuple[str, ...]:
    """What has to be read with the numbers, whatever they are (clinical.md 2.5)."""
    corrected = analysis.corrected or {}
    why = str(corrected.get("reason", "")).removeprefix(CLASSIFIER_ERROR_NOT_KNOWN)
    error = (
        "Classifier error is not in them; the corrected shares hold it."
        if corrected.get("known")
        else f"Classifier error on this scanner and stain is not known and not in them{why}."
    )
    notes = [f"Limits: 95 % sampling interval (Wilson). {error}"]
    if analysis.counts.abstained:
        notes.append("If all: the share if every undecided cell belonged to the row.")
    if analysis.scale_is_estimated:
        notes.append(
            "est.: rests on a scale that was estimated from red cells; so do the finding and "
            "the naming of every cell here."
        )
    return tuple(notes)


def _slide_columns(analysis: Analysis) -> tuple[SlideColumn, ...]:
    return (
        tuple(_slide_column(one) for one in analysis.by_slide) if len(analysis.by_slide) > 1 else ()
    )


def _slide_column(one: SlideCount) -> SlideColumn:
    numbers: list[tuple[int | None, str]] = []
    for row in one.differential:
        missing = row.get("not_modelled") is True
        numbers.append((None, MISSING) if missing else (count(row, "n"), _printed(row)))
    return SlideColumn(
        slide=one.slide,
        n_counted=one.counts.counted,
        n_undecided=one.counts.abstained,
        area_mm2=one.counts.area_mm2,
        ratio=_ratio(one.me),
        numbers=tuple(numbers),
    )


def _findings(analysis: Analysis, gallery: tuple[GalleryGroup, ...]) -> tuple[FindingEntry, ...]:
    """Triage for APL first, then by how far a threshold is reached (clinical.md 3.2)."""
    shown = {cell.cell_id for group in gallery for cell in group.cells}
    entries: dict[tuple[str, str], FindingEntry] = {}
    for row in analysis.findings:
        entry = _finding(row, shown)
        # Two classifications that set the same threshold say the same of it: one entry for both.
        same = entries.get((entry.rule, entry.sentence))
        edition = f"{same.edition}, {entry.edition}" if same else entry.edition
        entries[entry.rule, entry.sentence] = replace(entry, edition=edition)
    return tuple(sorted(entries.values(), key=_urgency))


def _urgency(entry: FindingEntry) -> tuple[bool, int]:
    place = _STATE_ORDER.index(entry.state) if entry.state in _STATE_ORDER else 0
    return (not (entry.rule.startswith("F-APL") and entry.state != "not met"), place)


def _finding(row: JsonObject, shown: set[str]) -> FindingEntry:
    evidence = texts(row, "evidence")
    version = text(row, "version")
    return FindingEntry(
        rule=text(row, "rule_id") + (f" v{version}" if version else ""),
        edition=_EDITIONS.get(text(row, "edition"), text(row, "edition")),
        sentence=text(row, "sentence"),
        state=text(row, "state"),
        k=count(row, "k"),
        n=count(row, "n"),
        percent=number(row, "percent"),
        low=number(row, "low"),
        high=number(row, "high"),
        upper_percent=number(row, "upper_percent"),
        threshold=number(row, "threshold"),
        evidence_shown=tuple(one for one in evidence if one in shown)[:EVIDENCE_SHOWN],
        n_evidence=len(evidence),
    )


def _not_modelled(analysis: Analysis) -> tuple[NotModelledEntry, ...]:
    """Classes of the differential first, as its rows name them, then those outside it."""
    within = [
        NotModelledEntry(
            category=sentence_case(text(row, "category")),
            label=text(one, "label"),
            mistaken_for=text(one, "mistaken_for"),
        )
        for row in analysis.differential
        for one in objects(row, "not_modelled_classes")
    ]
    listed = {entry.label for entry in within}
    outside = [
        NotModelledEntry("Outside the differential", text(row, "what"), text(row, "mistaken_for"))
        for row in analysis.not_assessed
        if text(row, "kind") == NotAssessedKind.CLASS_NOT_MODELLED
        and text(row, "what") not in listed
    ]
    return (*within, *outside)


def _models(analysis: Analysis) -> tuple[ModelEntry, ...]:
    entries = []
    for model in analysis.models:
        details = [f"threshold {model.threshold:g}"]
        if model.class_ids:
            details.append(f"{len(model.class_ids)} classes")
        if model.blood_only_class_ids:
            labels = ", ".join(cell_class(one).label for one in model.blood_only_class_ids)
            details.append(f"learnt from blood alone, recall on marrow untested: {labels}")
        entries.append(
            ModelEntry(
                role=sentence_case(model.role),
                name=model.name,
                version=model.version,
                sha256=model.sha256,
                licence=model.licence,
                details="; ".join(details),
            )
        )
    return tuple(entries)


def _setting(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
