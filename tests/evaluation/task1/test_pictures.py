from pathlib import Path

import numpy as np
import pytest

from evaluation.report.report import Card
from evaluation.task1.evaluate import evaluate
from evaluation.task1.pictures import make_cards, scan_roots
from tests.evaluation.files import SHAPE_ZYX, blank, cube, write_mask

LESIONS = cube(1, z=2, y=2, x=2) + cube(2, z=8, y=2, x=2)
ROOT = Path("r")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    predictions, truth = tmp_path / "predictions", tmp_path / "Task 1"
    for patient, mask in {"CHUM-001": LESIONS, "MDA-002": blank(), "MDA-003": LESIONS}.items():
        write_mask(predictions / f"{patient}.mha", mask)
        write_mask(truth / f"{patient}/{patient}.nii.gz", LESIONS)
    return predictions, truth


def cards(folders: tuple[Path, Path], most: int = 50) -> list[Card]:
    seen: list[tuple[int, int]] = []
    made = make_cards(evaluate(*folders), *folders, most=most, progress=lambda *at: seen.append(at))
    assert seen == [(n, len(made)) for n in range(len(made) + 1)]
    return made


def write_scans(truth: Path, patient: str) -> None:
    ramp = np.linspace(0.1, 3.0, int(np.prod(SHAPE_ZYX)), dtype=np.float32).reshape(SHAPE_ZYX)
    write_mask(truth / f"{patient}/{patient}__CT.nii.gz", np.full(SHAPE_ZYX, 40, np.int16))
    write_mask(truth / f"{patient}/{patient}__PT.nii.gz", ramp)


def test_the_worst_patients_are_pictured_first(folders: tuple[Path, Path]) -> None:
    write_scans(folders[1], "MDA-002")
    first, second = cards(folders, most=2)
    assert (first.patient, first.centre) == ("MDA-002", "MDA")
    assert first.numbers["GTVp Dice"] == 0.0
    assert first.numbers["GTVn true ml"] == pytest.approx(0.064)
    assert first.scene is not None
    primary, node = (cut.text for cut in first.scene.cuts)
    assert primary == "Missed primary, 0.06 ml"
    assert node == "Missed node, 0.06 ml"
    assert [cut.wrong for cut in first.scene.cuts] == [True, True]
    assert second.patient == "CHUM-001"
    assert second.scene is not None


def test_a_scan_that_can_not_be_read_is_named(folders: tuple[Path, Path]) -> None:
    write_scans(folders[1], "MDA-002")
    (folders[1] / "MDA-002/MDA-002__PT.nii.gz").write_bytes(b"no image")
    card = cards(folders, most=1)[0]
    assert "PET: expected an image" in card.reason
    assert card.scene is not None


def test_a_prediction_that_can_not_be_read_has_no_picture(folders: tuple[Path, Path]) -> None:
    (folders[0] / "CHUM-001.mha").unlink()
    found = evaluate(*folders, missing="zero")
    card = make_cards(found, *folders, most=1)[0]
    assert card.patient == "CHUM-001"
    assert card.scene is None
    assert card.reason == "prediction: expected one mask, found none"


def test_a_patient_who_can_not_be_drawn_keeps_the_figures(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise RuntimeError("Exception thrown in SimpleITK\nsize too large")

    monkeypatch.setattr("evaluation.task1.pictures.make_scene", refuse)
    card = cards(folders, most=1)[0]
    assert card.scene is None
    assert card.reason.endswith("no picture: size too large")


def test_scans_are_looked_for_with_the_truth(tmp_path: Path) -> None:
    (tmp_path / "a/Task 1").mkdir(parents=True)
    (tmp_path / "b/task1").mkdir(parents=True)
    (tmp_path / "b/truth/task1").mkdir(parents=True)
    assert scan_roots(tmp_path / "a", None) == (tmp_path / "a/Task 1",)
    assert scan_roots(tmp_path / "b", None) == (tmp_path / "b/task1",)
    assert scan_roots(tmp_path / "b/truth", None) == (tmp_path / "b/task1",)
    assert scan_roots(ROOT, None) == (ROOT,)
    assert scan_roots(ROOT, tmp_path) == (tmp_path,)
