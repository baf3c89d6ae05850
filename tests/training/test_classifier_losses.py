"""What the classifier's training pays for: wrong names, by what they cost."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch (pip install 'marrowscope[train]')")
onnx = pytest.importorskip("onnx", reason="needs onnx (pip install 'marrowscope[train]')")
pytest.importorskip(
    "efficientnet_lite_pytorch", reason="needs the extra: pip install 'marrowscope[train]'"
)

from marrowscope.cells.costs import cost_table  # noqa: E402
from marrowscope.training.classifier_export import halve_weights  # noqa: E402
from marrowscope.training.classifier_fitting import _cost  # noqa: E402

CLASS_IDS = ("BLAST_NOS", "LYMPH", "SEG", "BAND")


def cost_of(logits: list[float], allowed: list[int], among: list[int] | None = None) -> float:
    costs = torch.from_numpy(cost_table(CLASS_IDS, CLASS_IDS).astype(np.float32))
    is_among = torch.tensor([among or [1, 1, 1, 1]], dtype=torch.bool)
    is_allowed = torch.tensor([allowed], dtype=torch.bool)
    return float(_cost(torch.tensor([logits]), is_allowed, is_among, costs))


def test_a_blast_called_a_lymphocyte_costs_more_than_a_band_called_segmented() -> None:
    blast = cost_of([0.0, 9.0, 0.0, 0.0], [1, 0, 0, 0])
    band = cost_of([0.0, 0.0, 9.0, 0.0], [0, 0, 0, 1])
    assert blast == pytest.approx(5, abs=0.05)
    assert band == pytest.approx(0.1, abs=0.01)


def test_a_right_name_costs_nothing_nor_does_any_name_that_may_be_right() -> None:
    assert cost_of([9.0, 0.0, 0.0, 0.0], [1, 0, 0, 0]) < 0.01
    assert cost_of([0.0, 0.0, 5.0, 5.0], [0, 0, 1, 1]) < 0.05


def test_names_that_are_not_compared_cost_nothing() -> None:
    assert cost_of([0.0, 9.0, 0.0, 0.0], [1, 0, 0, 0], [1, 0, 0, 0]) == pytest.approx(0)


def test_large_weights_of_the_network_alone_are_stored_in_16_bits() -> None:
    values = np.linspace(-1, 1, 4096, dtype=np.float32)
    weights = [
        onnx.numpy_helper.from_array(values, "network.a"),
        onnx.numpy_helper.from_array(values[:10], "network.b"),
        onnx.numpy_helper.from_array(values, "strangeness.c"),
    ]
    ends = [onnx.helper.make_tensor_value_info("y", 1, [4096])]
    add = onnx.helper.make_node("Add", ["network.a", "strangeness.c"], ["y"])
    model = onnx.helper.make_model(onnx.helper.make_graph([add], "g", [], ends, weights))
    halve_weights(model)
    onnx.checker.check_model(model)
    kinds = {one.name: one.data_type for one in model.graph.initializer}
    assert kinds["network.a in 16 bits"] == onnx.TensorProto.FLOAT16
    assert kinds["network.b"] == kinds["strangeness.c"] == onnx.TensorProto.FLOAT
