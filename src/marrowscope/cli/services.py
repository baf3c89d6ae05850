"""What the command line calls. Tests hand in their own; the rooms behind are loaded when called.

Loading them late keeps `--help` and a refused command fast, and PyTorch an extra.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from marrowscope.cli.adaptation_order import AdaptationOrder
from marrowscope.cli.evaluation_orders import (
    ClassifierEvaluationOrder,
    DetectorEvaluationOrder,
    FoldsEvaluationOrder,
)
from marrowscope.errors import EnvironmentProblemError
from marrowscope.progress import NoProgress, Progress
from marrowscope.settings import AnalyzeOptions, Licence, Settings, load_settings

if TYPE_CHECKING:
    from marrowscope.analysis import Analysis

NO_PROGRESS = NoProgress()
MODULES_OF_TRAINING = frozenset({"torch", "onnx", "efficientnet_lite_pytorch"})


class RunResult(Protocol):
    """What an analysis gives back."""

    @property
    def summary(self) -> Mapping[str, Any]:
        """Keys of `--json` without `paths`, ready for JSON."""

    @property
    def analysis(self) -> "Analysis":
        """What the machine saw."""

    @property
    def paths(self) -> Mapping[str, Path]:
        """The files that were written, by name ("report", ...)."""


class RunAnalysis(Protocol):
    """From inputs to written results."""

    def __call__(
        self, inputs: Sequence[Path], out: Path, options: AnalyzeOptions, progress: Progress
    ) -> RunResult:
        """Analyses all inputs as one case and writes the results into `out`."""


class WritePhantom(Protocol):
    """Writes a synthetic slide and its truth."""

    def __call__(
        self,
        out: Path,
        *,
        width_px: int,
        height_px: int,
        seed: int,
        um_per_px: float = ...,
        with_private_images: bool = ...,
        progress: Progress = ...,
    ) -> object:
        """Writes `out` and, beside it, its `.truth.parquet`.

        with_private_images: with label and macro images of an invented patient.
        """


class ModelCard(Protocol):
    """What `doctor` needs of a shipped model."""

    @property
    def name(self) -> str:
        """As the model is called in results."""

    @property
    def version(self) -> str:
        """Of the weights."""

    @property
    def task(self) -> str:
        """Detector or classifier."""

    @property
    def sha256(self) -> str:
        """Digest that its file must have."""

    @property
    def licence(self) -> str:
        """Licence of the weights."""

    @property
    def facts(self) -> dict[str, Any]:
        """The whole card."""

    def verify(self) -> object:
        """Raises ModelError unless the file is there and has that digest."""


class TrainingTask(StrEnum):
    """What can be trained."""

    DETECTOR = "detector"
    CLASSIFIER = "classifier"


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """What to train, from which image sets, into which folder.

    seed: None is the recipe's own. detector: a trained detector's last round, with which the
    classifier finds cells in marrow fields; None leaves those fields out. licence: permissive
    leaves out the fields that forbid commercial use. fields, boxes: own pictures with every
    nucleated cell boxed, for the detector to learn from too; um_per_px: their scale, None where
    boxed red cells or metadata give it. steps: of the classifier, None is the recipe's own.
    """

    task: TrainingTask
    data: Path
    out: Path
    seed: int | None = None
    detector: Path | None = None
    licence: Licence = Licence.FULL
    fields: Path | None = None
    boxes: Path | None = None
    um_per_px: float | None = None
    steps: int | None = None


class Train(Protocol):
    """Trains one model and exports it."""

    def __call__(self, order: TrainingOrder, progress: Progress) -> Path:
        """Returns the path of the ONNX file."""


class EvaluationResult(Protocol):
    """What an evaluation gives back."""

    @property
    def summary(self) -> Mapping[str, Any]:
        """Keys of `evaluation.json`, ready for JSON."""

    @property
    def text(self) -> str:
        """Tables for a person."""

    @property
    def paths(self) -> Mapping[str, Path]:
        """The files that were written, by name ("page", ...)."""


class EvaluateDetector(Protocol):
    """Scores one detector and writes the results."""

    def __call__(self, order: DetectorEvaluationOrder, progress: Progress) -> EvaluationResult:
        """Writes evaluation.json and evaluation.html into the folder of the order."""


class EvaluateClassifier(Protocol):
    """Scores one classifier and writes the results."""

    def __call__(self, order: ClassifierEvaluationOrder, progress: Progress) -> EvaluationResult:
        """Writes evaluation.json, cells.csv and evaluation.html into the folder of the order."""


class EvaluateFolds(Protocol):
    """Trains without some classes of some sets and scores these."""

    def __call__(self, order: FoldsEvaluationOrder, progress: Progress) -> EvaluationResult:
        """Writes folds.json into the folder of the order."""


class Adapt(Protocol):
    """Teaches a classifier a laboratory."""

    def __call__(self, order: AdaptationOrder, progress: Progress) -> EvaluationResult:
        """Writes site.json and head.npz into the folder of the order."""


def _run_analysis(
    inputs: Sequence[Path], out: Path, options: AnalyzeOptions, progress: Progress
) -> RunResult:
    from marrowscope.assembly import run_analysis  # noqa: PLC0415 - see the module's docstring

    return run_analysis(inputs, out, options, progress)


def _write_phantom(
    out: Path,
    *,
    width_px: int,
    height_px: int,
    seed: int,
    um_per_px: float = 0.25,
    with_private_images: bool = False,
    progress: Progress = NO_PROGRESS,
) -> object:
    from marrowscope.phantom import write_phantom  # noqa: PLC0415 - see the module's docstring

    return write_phantom(
        out,
        width_px=width_px,
        height_px=height_px,
        seed=seed,
        um_per_px=um_per_px,
        label_image=with_private_images,
        macro_image=with_private_images,
        on_progress=_tile_reporter(progress),
    )


def _tile_reporter(progress: Progress) -> Callable[[int, int], None]:
    """What drawing calls with the tiles done so far and the tiles in all."""
    reported = 0

    def report(done: int, total: int) -> None:
        nonlocal reported
        if not reported:
            progress.stage("drawing a synthetic smear", total)
        progress.advance(done - reported)
        reported = done

    return report


def _summary_text(analysis: "Analysis") -> str:
    from marrowscope.reports import render_text  # noqa: PLC0415 - see the module's docstring

    return render_text(analysis)


def _shipped_models() -> Sequence[ModelCard]:
    from marrowscope.cells.manifest import shipped_models  # noqa: PLC0415 - see above

    return shipped_models()


def _formats() -> Sequence[tuple[str, str, str]]:
    from marrowscope.slides import formats  # noqa: PLC0415 - see the module's docstring

    return formats()


def _execution_providers() -> Sequence[str]:
    import onnxruntime  # noqa: PLC0415 - see the module's docstring

    return tuple(onnxruntime.get_available_providers())


@contextmanager
def _needing_the_extra() -> Iterator[None]:
    """Around the import of what needs PyTorch: says how to get it where it is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in MODULES_OF_TRAINING:
            raise
        raise EnvironmentProblemError(
            "training needs PyTorch, which is an extra: pip install 'marrowscope[train]'"
        ) from error


def _train(order: TrainingOrder, progress: Progress) -> Path:
    with _needing_the_extra():
        from marrowscope.cli.training_calls import TRAINERS  # noqa: PLC0415 - needs the extra
    return TRAINERS[order.task](order, progress)


def _evaluate_folds(order: FoldsEvaluationOrder, progress: Progress) -> EvaluationResult:
    with _needing_the_extra():
        from marrowscope.cli.folds_evaluation_calls import (  # noqa: PLC0415 - needs the extra
            evaluate_folds_as_ordered,
        )
    return evaluate_folds_as_ordered(order, progress)


def _evaluate_detector(order: DetectorEvaluationOrder, progress: Progress) -> EvaluationResult:
    from marrowscope.cli.detector_evaluation_calls import (  # noqa: PLC0415 - see above
        evaluate_detector_as_ordered,
    )

    return evaluate_detector_as_ordered(order, progress)


def _evaluate_classifier(order: ClassifierEvaluationOrder, progress: Progress) -> EvaluationResult:
    from marrowscope.cli.classifier_evaluation_calls import (  # noqa: PLC0415 - see above
        evaluate_classifier_as_ordered,
    )

    return evaluate_classifier_as_ordered(order, progress)


def _adapt(order: AdaptationOrder, progress: Progress) -> EvaluationResult:
    from marrowscope.cli.adaptation_calls import adapt_as_ordered  # noqa: PLC0415 - see above

    return adapt_as_ordered(order, progress)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that sub-commands call; `formats` are (name, extensions, how well tested)."""

    load_settings: Callable[..., Settings] = load_settings
    run_analysis: RunAnalysis = _run_analysis
    summary_text: "Callable[[Analysis], str]" = _summary_text
    write_phantom: WritePhantom = _write_phantom
    train: Train = _train
    evaluate_detector: EvaluateDetector = _evaluate_detector
    evaluate_classifier: EvaluateClassifier = _evaluate_classifier
    evaluate_folds: EvaluateFolds = _evaluate_folds
    adapt: Adapt = _adapt
    shipped_models: Callable[[], Sequence[ModelCard]] = _shipped_models
    formats: Callable[[], Sequence[tuple[str, str, str]]] = _formats
    execution_providers: Callable[[], Sequence[str]] = _execution_providers
