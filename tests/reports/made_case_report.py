"""Case reports of invented patients: for tests only."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import numpy as np

from marrowscope.cases.events import SlideFile, SlideForm
from marrowscope.cases.facts import CaseFacts, Purpose, Sex
from marrowscope.cases.pending_tests import AncillaryResult, AncillaryTest, Dropping
from marrowscope.cases.reviewed_count import ReviewedCount, SeenCount
from marrowscope.cases.sign_out_events import AncillaryKind
from marrowscope.cases.signing import SignOutState
from marrowscope.cases.state import AnalysisState, AnalysisStatus, CaseState, SlideState
from marrowscope.differential import Differential, case_differential
from marrowscope.findings import FindingSettings, evaluate_findings, gather_evidence, not_assessed
from marrowscope.reports.case_composing import (
    Acknowledgement,
    GivenFinding,
    Writing,
    compose_case_report,
)
from marrowscope.reports.case_digitisation import SlideOpened
from marrowscope.reports.case_report import (
    CaseReport,
    CriticalCall,
    EarlierVersion,
    Labelled,
    Reader,
    ReportKind,
    Signature,
    Version,
)
from marrowscope.reports.case_result import AuditedShare, AuditOutcome
from marrowscope.vocabulary import Counting, all_classes, icsh_categories

MODELLED = (
    "BLAST_NOS", "PROMY", "MYELO", "META", "BAND", "SEG", "EOS_MAT", "BASO", "MONO", "LYMPH",
    "PLASMA", "ERY_NOS", "SMUDGE",
)  # fmt: skip
COUNTED = {
    "BLAST_NOS": 41, "PROMY": 22, "PROMY_ABN": 2, "MYELO": 60, "META": 48, "BAND": 71, "SEG": 64,
    "EOS_MAT": 14, "BASO": 2, "MONO": 11, "LYMPH": 60, "PLASMA": 9, "ERY_NOS": 84, "PROERY": 12,
    "SMUDGE": 5, "ARTEFACT": 2,
}  # fmt: skip
UNDECIDED = 12
SETTINGS = FindingSettings(
    known_context=frozenset({"age", "indication", "blood blast percentage", "prior therapy"})
)
HARD = "Weiß-Łukasiewicz, Zoë #let x = $a$ *b* _c_ \\ `d` <e> [f] @g // שלום مرحبا 王 😀"
"""Everything that would be markup somewhere, and letters from right to left."""
LONG_WORD = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 4
AT = datetime(2026, 11, 24, 11, 2, 31, tzinfo=UTC)
SIGNATURE = Signature(
    "Dr A. Karlsson", "pathologist", "akarlsson", "2026-11-24T11:02:31Z", "author of this report"
)
AMENDED = Version(
    ReportKind.AMENDED,
    3,
    supersedes=2,
    reason="Blast count extended on the second slide",
    earlier=(
        EarlierVersion(1, ReportKind.PRELIMINARY, "2026-11-24T09:00:00Z", "Dr A. Karlsson", "",
                       "1f00aa3355cc7799"),
        EarlierVersion(2, ReportKind.FINAL, "2026-11-24T10:00:00Z", "Dr A. Karlsson", "",
                       "8f2c41be9c4177d0"),
    ),
)  # fmt: skip
TEXTS = (
    Labelled("Aspirate", "Particles present, not diluted. Easy to aspirate."),
    Labelled("Megakaryocytes", "14 in 42 mm², reduced; too few to judge dysplasia."),
    Labelled("Erythropoiesis", "Normoblastic; 6 of 200 dysplastic."),
    Labelled("Myelopoiesis", "Left shift; granulation normal in 200 of 200."),
    Labelled("Lymphocytes", "Unremarkable."),
    Labelled("Iron stain", ""),
)
CALL = CriticalCall(
    "Blasts near 10 %", "Dr A. Karlsson", "Dr R. Lindqvist, ward 4B", "2026-11-24T10:58:00Z",
    "telephone", was_read_back=True, note="Will see the patient today.",
)  # fmt: skip


FACTS = CaseFacts(
    accession="S26-01234",
    patient_name="Doe, Jane",
    patient_id="483-22-901",
    birth_date=date(1962, 3, 12),
    sex=Sex.FEMALE,
    collected_on=date(2026, 11, 23),
    received_on=date(2026, 11, 23),
    site="left iliac crest",
    requester="Dr R. Lindqvist, ward 4B",
    indication="Pancytopenia, first marrow",
    blood_count="Hb 84 g/l, WBC 2.1, Plt 54",
    blood_blast_percent=Decimal("1.5"),
    prior_therapy="None; no G-CSF",
    preparation="direct smear",
    purpose=Purpose.CLINICAL,
)
FINAL = Version(ReportKind.FINAL, 1)
WRITING = Writing(
    conclusion=(
        "Increased blasts; 10 % is not excluded at this count. Maturing granulocytic and "
        "erythroid cells, few megakaryocytes. Immunophenotype and cytogenetics to follow."
    ),
    comment="Reviewed with the flow laboratory.",
    texts=TEXTS,
    calls=(CALL,),
    glass_not_read_first=True,
)


_ASKED = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
PENDING_TESTS = (
    AncillaryTest(UUID(int=81), AncillaryKind.FLOW_CYTOMETRY, "", _ASKED, "M. Berg"),
    AncillaryTest(UUID(int=82), AncillaryKind.FISH, "BCR::ABL1", _ASKED, "M. Berg"),
)
OTHER_TESTS = (
    replace(
        PENDING_TESTS[0],
        results=(
            AncillaryResult("5 % blasts.", AT, "M. Berg", 2),
            AncillaryResult("CD34+ CD117+ blasts 9 %.\nNo aberrant lymphocytes.", AT, "M. Berg"),
        ),
    ),
    PENDING_TESTS[1],
    AncillaryTest(
        UUID(int=83), AncillaryKind.IRON_STAIN, "", _ASKED, "M. Berg",
        (AncillaryResult("Stores 3+, no ring sideroblasts.", AT, "M. Berg", 1),),
    ),
    AncillaryTest(
        UUID(int=84), AncillaryKind.TREPHINE, "", _ASKED, "M. Berg", (),
        Dropping("No bone in the biopsy.", AT, "Dr A. Karlsson"),
    ),
)  # fmt: skip
"""One corrected, one awaited, one reported before, one taken off."""


@dataclass(frozen=True)
class MadeReport:
    """What a report is made of; the same values give the same report."""

    undecided: int = 0
    seen: bool = True
    audited: bool = False
    audit_upper: bool = False
    not_estimated: tuple[str, ...] = ()
    signed: bool = True
    n_slides: int = 2
    n_files: int = 1
    facts: CaseFacts = FACTS
    version: Version = FINAL
    writing: Writing = WRITING
    classes: tuple[tuple[str, int], ...] = tuple(COUNTED.items())
    tests: tuple[AncillaryTest, ...] = ()


def make_report(made: MadeReport = MadeReport()) -> CaseReport:
    case, analysis = made_case(made)
    count, findings = made_count(made)
    return compose_case_report(
        case,
        analysis,
        made_header(made),
        count,
        writing=made.writing,
        version=made.version,
        findings=findings,
        not_assessed=not_assessed(count.pooled.modelled),
        readers=(
            Reader("Dr A. Karlsson", "pathologist", "named 44 cells, saw 507"),
            Reader("M. Berg", "technologist", "named 12 cells, saw 300"),
        ),
        opened=[SlideOpened(UUID(int=1), datetime(2026, 11, 24, 10, 5, tzinfo=UTC), "M. Berg")],
        audit=_audit(count, made) if made.audited else None,
        signature=SIGNATURE if made.signed else None,
        institution="Department of Haematopathology, St Example Hospital, 1 Example Road",
    )


made_report = cache(make_report)


def with_hard_words(made: MadeReport = MadeReport()) -> CaseReport:
    """Every text that a person writes is as nasty as it can be."""
    return replace(
        make_report(made),
        conclusion=HARD,
        comment=LONG_WORD,
        texts=(Labelled(HARD, f"{HARD}\n{LONG_WORD}\n\n{HARD}"),),
        identity=(Labelled("Patient", HARD), Labelled("Indication", f"{HARD}\n{LONG_WORD}")),
        institution=HARD,
        accession=LONG_WORD,
    )


def made_case(made: MadeReport) -> tuple[CaseState, AnalysisState]:
    slides = tuple(
        SlideState(
            slide_id=UUID(int=number + 1),
            name=f"Smear {number + 1}",
            form=SlideForm.FILE if made.n_files == 1 else SlideForm.FIELDS,
            files=tuple(
                SlideFile(f"smear-{number + 1}-{file}.svs", 1_234_567_890, f"{number:032x}" * 2)
                for file in range(made.n_files)
            ),
            scanner="Scanner X2, 40x" if number == 0 else "",
            stain="MGG",
            added_at=datetime(2026, 11, 24, 8, 12, tzinfo=UTC),
            added_by_name="M. Berg",
        )
        for number in range(made.n_slides)
    )
    analysis = AnalysisState(
        analysis_id=UUID(int=77),
        slide_ids=tuple(slide.slide_id for slide in slides),
        um_per_px=None,
        count_target=500,
        status=AnalysisStatus.FINISHED,
        asked_at=datetime(2026, 11, 24, 8, 20, tzinfo=UTC),
        asked_by_name="M. Berg",
        ended_at=datetime(2026, 11, 24, 8, 31, tzinfo=UTC),
        digest="ab" * 32,
    )
    case = CaseState(
        case_id=UUID(int=5),
        facts=made.facts,
        opened_at=AT,
        opened_by_name="M. Berg",
        changed_at=AT,
        version=9,
        slides=slides,
        analyses=(analysis,),
        sign_out=SignOutState(tests=made.tests),
    )
    return case, analysis


def made_header(made: MadeReport) -> dict[str, Any]:
    return {
        "software": {"name": "marrowscope", "version": "1.4.0"},
        "synthetic": False,
        "counts": {"found": 3112},
        "differential": [
            {"category": row.category, "not_modelled": row.category == "mast cells"}
            for row in icsh_categories()
        ],
        "slides": [
            {"name": f"smear-{n}", "scale": {"um_per_px": 0.21, "origin": "metadata"}}
            for n in range(made.n_slides)
        ],
        "models": [
            {"role": "detector", "name": "nucleus-peaks", "version": "3", "sha256": "cd" * 32},
            {"role": "classifier", "name": "marrow-lite0", "version": "7", "sha256": "9c" * 32},
        ],
        "settings": {"count": 500, "me_formula": "ICSH 2008"},
    }


def made_count(made: MadeReport) -> tuple[ReviewedCount, tuple[GivenFinding, ...]]:
    ids = [one for class_id, n in made.classes for one in [class_id] * n]
    ids += ["BLAST_NOS"] * made.undecided
    abstained = [place >= len(ids) - made.undecided for place in range(len(ids))]
    modelled = [one.class_id for one in all_classes()] if made.seen else [*MODELLED, *ids]
    smears = [f"smear-{place % made.n_slides}" for place in range(len(ids))]
    both = case_differential(
        smears,
        ids,
        abstained,
        slides=list(dict.fromkeys(smears)),
        modelled=tuple(dict.fromkeys(modelled)),
    )
    evidence = gather_evidence(
        [f"s1-{place:06d}" for place in range(len(ids))],
        ids,
        abstained,
        np.ones(len(ids), dtype=bool),
    )
    said = Acknowledgement("Dr A. Karlsson", datetime(2026, 11, 24, 10, 58, tzinfo=UTC), "Seen.")
    findings = tuple(
        GivenFinding(one, "", said if one.state.value != "not met" else None)
        for one in evaluate_findings(both.pooled, evidence, SETTINGS)
    )
    return _reviewed(both.pooled, both.slides, made.seen), findings


def _reviewed(pooled: Differential, slides: Any, seen: bool) -> ReviewedCount:
    return ReviewedCount(
        pooled=pooled,
        slides=slides,
        seen={
            row.category: SeenCount((row.n or 0) if seen or row.category == "blasts" else 0,
                                    row.n or 0)
            for row in pooled.categories
        },
        seen_undecided=SeenCount(pooled.n_undecided, pooled.n_undecided),
        seen_removed=SeenCount(pooled.n_removed if seen else 0, pooled.n_removed),
    )  # fmt: skip


def _audit(count: ReviewedCount, made: MadeReport) -> AuditOutcome:
    """Figures that are nobody's plain percentage. audit_upper: some cells are undecided."""
    is_open = made.audit_upper
    shares = tuple(
        AuditedShare(
            row.category,
            percent=(row.percent or 0.0) + 1.5,
            printed=f"{(row.percent or 0.0) + 1.5:.1f}",
            low=max((row.percent or 0.0) - 1.2, 0.0),
            high=(row.percent or 0.0) + 7.7,
            audit_low=row.percent or 0.0,
            audit_high=(row.percent or 0.0) + 6.1,
            near=(10,) if row.category == "blasts" and not is_open else (),
            upper_printed=f"{(row.percent or 0.0) + 4.5:.1f}" if is_open else "",
            upper_percent=(row.percent or 0.0) + 4.5 if is_open else None,
            open=(10,) if row.category == "blasts" and is_open else (),
            note="upper figure with every undecided cell" if is_open else "",
        )
        for row in count.pooled.categories
        if row.category not in made.not_estimated
    )
    note = "exact finite-population limits, shared equally between the strata"
    return AuditOutcome(
        60, count.n_to_see - count.n_seen, shares, note, undecided_printed="3.0" if is_open else ""
    )


def counted_classes() -> dict[str, int]:
    """Of the made count: those that are part of N."""
    counting = {one.class_id: one.counting for one in all_classes()}
    return {one: n for one, n in COUNTED.items() if counting[one] is Counting.COUNTED}
