"""A finished analysis in a home folder, as an engine leaves it, without running one."""

from uuid import UUID, uuid4

from fakes.made_result import made_files
from marrowscope.cases.events import AnalysisAsked, AnalysisFinished, AnalysisStarted
from marrowscope.store.case_parts import CaseParts


def finish_made_analysis(
    parts: CaseParts, case_id: UUID, n_cells: int = 60, n_to_count: int = 30
) -> UUID:
    """Leaves the made result in a case with two slides; its id."""
    case = parts.records.case(case_id)
    assert case is not None
    analysis_id = uuid4()
    slides = tuple(slide.slide_id for slide in case.slides)
    stamp = parts.records.machine_stamp
    events = [
        AnalysisAsked(stamp(), analysis_id, slides, 0.1, n_to_count),
        AnalysisStarted(stamp(), analysis_id),
        AnalysisFinished(stamp(), analysis_id, "d" * 64, {}),
    ]
    folder = parts.files.analysis_folder(case_id, analysis_id)
    parts.files.make_folder(folder)
    for name, content in made_files(n_cells, n_to_count).items():
        (folder / name).write_bytes(content)
    parts.records.append(case_id, None, events, act="analysis_finished")
    return analysis_id
