import json
import math
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import SimpleITK as sitk
import torch

from benchmarks.peers import shipped as shipped_module
from benchmarks.peers.monai_windows import main
from benchmarks.peers.program import MASK_FILE, WEIGHTS
from benchmarks.peers.shipped import FILE, shipped
from shared.errors import ModelError
from shared.grid import Grid
from tests.scans import CT_GRID

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("region", ["box", "overlap"])
def test_a_case_gets_a_mask_on_its_ct(
    region: str, input_dir: Path, output_dir: Path, tmp_path: Path
) -> None:
    steps = tmp_path / "steps.json"
    arguments = ["--input", str(input_dir), "--output", str(output_dir), "--threads", "2"]
    assert main([*arguments, "--steps", str(steps), "--region", region]) == 0
    mask = sitk.ReadImage(str(output_dir / MASK_FILE))
    assert not CT_GRID.differences(Grid.of(mask))
    assert mask.GetPixelID() == sitk.sitkUInt8
    seconds = json.loads(steps.read_text(encoding="utf-8"))
    assert " ".join(seconds) == "start network read prepare windows postprocess write"


def test_the_network_answers_what_the_shipped_file_does() -> None:
    network, recipe, spec = shipped()
    assert spec.same_as(recipe.spec)
    image = np.random.default_rng(0).normal(size=(1, 3, 32, 32, 48)).astype(np.float32)
    session = onnxruntime.InferenceSession(WEIGHTS / FILE, providers=["CPUExecutionProvider"])
    expected = session.run(None, {"image": image})[0]
    with torch.inference_mode():
        found = network(torch.from_numpy(image)).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_the_network_has_the_weights_of_the_shipped_file_and_its_normalisation() -> None:
    model = onnx.load(WEIGHTS / FILE)
    network, _, _ = shipped()
    in_file = sum(math.prod(tensor.dims) for tensor in model.graph.initializer)
    in_torch = sum(parameter.numel() for parameter in network.parameters())
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm3d)]
    # A factor a channel is within the file's convolutions.
    assert in_torch == in_file + sum(norm.num_features for norm in norms)
    operations = [node.op_type for node in model.graph.node]
    for kind, name in ((torch.nn.Conv3d, "Conv"), (torch.nn.ConvTranspose3d, "ConvTranspose")):
        found = [m for m in network.modules() if isinstance(m, kind)]
        assert len(found) == operations.count(name)


def test_a_file_of_another_network_is_refused() -> None:
    network, _, _ = shipped()
    model = onnx.load(WEIGHTS / FILE)
    del model.graph.initializer[0]
    with pytest.raises(ModelError, match=r"expected weights for down\.0\.conv1\.conv\.weight"):
        shipped_module._fill(network, model)
    model.graph.initializer[0].name = "head.weight"
    with pytest.raises(ModelError, match=r"has no head\.weight like its own"):
        shipped_module._fill(network, model)
