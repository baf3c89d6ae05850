"""The case that is there before anybody made one: a synthetic smear."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from marrowscope.cases.events import SlideForm
from marrowscope.cases.facts import CaseFacts, Purpose
from marrowscope.engine.ports import CaseLog, CaseSlideAdder, Draw, Jobs
from marrowscope.progress import Progress

SLIDE: Final = "synthetic-smear.tif"
NAME: Final = "Synthetic smear"
_DRAWN_IN: Final = ".demo-"
FACTS: Final = CaseFacts(
    accession="DEMO",
    purpose=Purpose.TEACHING,
    indication=(
        "This smear was drawn by a program. It shows what Marrowscope does; the class names in "
        "it mean nothing, and no accuracy can be read from them."
    ),
)


@dataclass(frozen=True, slots=True)
class DemoCase:
    """What makes it. draw: draws the slide into a file."""

    log: CaseLog
    slides: CaseSlideAdder
    draw: Draw

    def make(self, jobs: Jobs, scratch: Path, progress: Progress) -> bool:
        """Makes the case and asks for its analysis, unless there ever was a case; whether it did.

        scratch: folder in which the slide is drawn first, so that half a case is never seen.
        """
        if self.log.has_ever_had_cases():
            return False
        for left in scratch.glob(f"{_DRAWN_IN}*"):
            # By a server that was killed; one process a home draws.
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=scratch, prefix=_DRAWN_IN) as folder:
            slide = Path(folder) / SLIDE
            self.draw(slide, progress)
            if self.log.has_ever_had_cases():
                return False
            case = self.log.open_case(FACTS, by=None)
            self.slides.add_copied(case.case_id, NAME, SlideForm.FILE, [slide], by=None)
        jobs.ask(case.case_id, by=None)
        return True
