import json

import numpy as np
import pytest
import SimpleITK as sitk

from benchmarks import evaluation
from benchmarks.evaluation import Scored, as_json, markdown, spoiled
from benchmarks.machine import Machine

MACHINE = Machine("a processor", 2, 24.0, "Linux x86_64", "3.11.7")


def test_cases_are_scored_from_files() -> None:
    result = evaluation.benchmark(cases=2, pictures=1, workers=1, seed=1, centres=("MDA",))
    assert (result.cases, result.pictures, result.workers) == (2, 1, 1)
    assert result.seconds > 0.5
    assert 0.1 < result.peak_gb < 4.0


def test_a_failing_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "spoiled", lambda labels: labels[:, :, 1:])
    with pytest.raises(ChildProcessError, match="expected the CT's grid"):
        evaluation.benchmark(cases=1, pictures=0, workers=1, seed=1, centres=("MDA",))


def test_spoiled_labels_stay_on_their_grid() -> None:
    array = np.zeros((4, 5, 6), dtype=np.uint8)
    array[1, 2, 1] = 2
    labels = sitk.GetImageFromArray(array)
    labels.SetSpacing((1.0, 2.0, 3.0))
    moved = spoiled(labels)
    assert moved.GetSpacing() == labels.GetSpacing()
    assert np.argwhere(sitk.GetArrayFromImage(moved)).tolist() == [[1, 2, 3]]


@pytest.mark.parametrize(
    ("seconds", "peak_gb", "word"),
    [(299.0, 1.9, "within"), (301.0, 1.0, "OVER"), (1.0, 2.1, "OVER")],
)
def test_the_table_names_the_limits(seconds: float, peak_gb: float, word: str) -> None:
    result = Scored(200, 50, 2, seconds, peak_gb)
    row = markdown(result, MACHINE).splitlines()[2]
    assert row == f"| 200 | 50 | 2 | {seconds:.0f} | 300 | {peak_gb:.2f} | 2 | {word} |"
    plain = json.loads(json.dumps(as_json(result, MACHINE)))
    assert plain["result"]["within"] is (word == "within")
