"""Services for the command line that remember what they were asked and never compute."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marrowscope.cli.adaptation_order import AdaptationOrder
from marrowscope.cli.evaluation_orders import ClassifierEvaluationOrder, DetectorEvaluationOrder
from marrowscope.cli.services import Services, TrainingOrder
from marrowscope.errors import ModelError
from marrowscope.progress import Progress
from marrowscope.settings import AnalyzeOptions, Settings, load_settings

EvaluationOrder = AdaptationOrder | DetectorEvaluationOrder | ClassifierEvaluationOrder

SUMMARY: Mapping[str, Any] = {
    "differential": [
        {
            "category": "blasts",
            "n": 107,
            "percent": 21.4,
            "low": 18.0,
            "high": 25.2,
            "not_modelled": False,
        }
    ],
    "me": {"formula": "ICSH 2008", "value": 3.0, "low": 2.39, "high": 3.76},
    "counts": {"found": 812, "counted": 500, "abstained": 12, "removed": 3, "area_mm2": 0.61},
    "findings": [],
    "not_assessed": [{"what": "iron", "why": "not stained for"}],
}


@dataclass(frozen=True)
class FakeResult:
    summary: Mapping[str, Any]
    analysis: Any
    paths: Mapping[str, Path]


@dataclass(frozen=True)
class FakeEvaluation:
    summary: Mapping[str, Any]
    text: str
    paths: Mapping[str, Path]


@dataclass(frozen=True)
class FakeCard:
    name: str = "finder"
    version: str = "1"
    task: str = "detector"
    sha256: str = "0" * 64
    licence: str = "CC BY-NC-SA 4.0"
    is_intact: bool = True
    facts: dict[str, object] = field(default_factory=lambda: {"scores": {"in_set": 3}})

    def verify(self) -> None:
        if not self.is_intact:
            raise ModelError(f"{self.name}.onnx is not the one its card names")


INTACT = (FakeCard(), FakeCard(name="namer", task="classifier"))
PERMISSIVE = (
    FakeCard(licence="CC BY 4.0"),
    FakeCard(name="namer", task="classifier", licence="CC BY 4.0"),
)


@dataclass
class FakeRooms:
    """What the command line calls, remembering the calls; `during` happens in each of them."""

    home: Path
    during: Callable[[], object] = lambda: None
    cards: Sequence[FakeCard] = INTACT
    debug: bool = False
    runs: list[tuple[list[Path], Path, AnalyzeOptions]] = field(default_factory=list)
    phantoms: list[tuple[Path, dict[str, Any]]] = field(default_factory=list)
    orders: list[TrainingOrder] = field(default_factory=list)
    evaluations: list[EvaluationOrder] = field(default_factory=list)

    def load_settings(self, **given: object) -> Settings:
        return load_settings(**({"home": self.home, "debug": self.debug} | given))

    def run_analysis(
        self, inputs: Sequence[Path], out: Path, options: AnalyzeOptions, progress: Progress
    ) -> FakeResult:
        self.runs.append((list(inputs), out, options))
        progress.stage("finding cells", 2)
        progress.advance(1, 400)
        self.during()
        return FakeResult(SUMMARY, "an analysis", {"report": out / "report.html"})

    def write_phantom(self, out: Path, progress: Progress, **given: Any) -> None:
        progress.stage("drawing", None)
        self.phantoms.append((out, given))

    def train(self, order: TrainingOrder, progress: Progress) -> Path:
        self.orders.append(order)
        progress.stage("training", 1)
        self.during()
        return order.out / "model.onnx"

    def evaluate(self, order: EvaluationOrder, progress: Progress) -> FakeEvaluation:
        self.evaluations.append(order)
        progress.stage("scoring", 1)
        self.during()
        page = order.out / "evaluation.html"
        return FakeEvaluation({"sets": {"made": {"n": 3}}}, "recall 0.9\n", {"page": page})

    def services(self) -> Services:
        return Services(
            load_settings=self.load_settings,
            run_analysis=self.run_analysis,
            summary_text=lambda analysis: f"Blasts 21.4 %, says {analysis}\n",
            write_phantom=self.write_phantom,
            train=self.train,
            evaluate_detector=self.evaluate,
            evaluate_classifier=self.evaluate,
            evaluate_folds=self.evaluate,
            adapt=self.evaluate,
            shipped_models=lambda: self.cards,
            formats=lambda: [("Aperio SVS", ".svs", "tested")],
            execution_providers=lambda: ["CPUExecutionProvider"],
        )
