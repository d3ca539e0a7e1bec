"""What is written is whole, checked and right, or not there at all."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import OutputError
from shared.grid import Grid
from shared.outputs import (
    discard_unfinished,
    write_hpv_status,
    write_rfs,
    write_segmentation,
)
from tests.scans import CT_GRID, files_in
from tests.strategies import few

FOLDER = "images/tumor-lymph-node-segmentation"
OBLIQUE = sitk.Euler3DTransform((0.0, 0.0, 0.0), 0.1, -0.2, 0.3).GetMatrix()


def mask(grid: Grid = CT_GRID, highest: int = 2) -> sitk.Image:
    labels = np.zeros(grid.shape_zyx, dtype=np.uint8)
    labels[3:6, 4:7, 5:8] = 1
    labels[10, 11, 12] = highest
    return grid.image(labels)


@pytest.mark.parametrize("direction", [CT_GRID.direction, OBLIQUE], ids=["straight", "oblique"])
def test_a_segmentation_keeps_labels_and_geometry(
    output_dir: Path, direction: tuple[float, ...]
) -> None:
    grid = Grid((32, 28, 24), (0.9765625, 1.1, 3.27), (-249.51, 7.7, -1012.3), direction)
    path = write_segmentation(mask(grid), output_dir, ct_grid=grid, patient_id="CHUB-001")
    assert files_in(output_dir) == ["images", FOLDER, f"{FOLDER}/CHUB-001.mha"]
    found = sitk.ReadImage(str(path))
    assert found.GetPixelID() == sitk.sitkUInt8
    assert np.array_equal(sitk.GetArrayFromImage(found), sitk.GetArrayFromImage(mask(grid)))
    for mine, theirs in (
        (found.GetSize(), grid.size_xyz),
        (found.GetSpacing(), grid.spacing_mm),
        (found.GetOrigin(), grid.origin_mm),
        (found.GetDirection(), grid.direction),
    ):
        assert mine == pytest.approx(theirs, abs=1e-9)
    assert b"CompressedData = True" in path.read_bytes()[:1000]


def test_without_a_name_the_file_is_output_mha(output_dir: Path) -> None:
    assert write_segmentation(mask(), output_dir, ct_grid=CT_GRID).name == "output.mha"


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("size", Grid((33, 28, 24), CT_GRID.spacing_mm, CT_GRID.origin_mm)),
        ("spacing", Grid(CT_GRID.size_xyz, (4.0, 4.01, 5.0), CT_GRID.origin_mm)),
        ("origin", Grid(CT_GRID.size_xyz, CT_GRID.spacing_mm, (-62.0, -54.0, -57.4))),
        ("direction", Grid(CT_GRID.size_xyz, CT_GRID.spacing_mm, CT_GRID.origin_mm, OBLIQUE)),
    ],
)
def test_each_field_of_the_cts_grid_must_match(output_dir: Path, field: str, other: Grid) -> None:
    with pytest.raises(OutputError, match=f"^segmentation: expected the CT's grid, found {field} "):
        write_segmentation(mask(), output_dir, ct_grid=other)
    assert files_in(output_dir) == []


def test_other_labels_and_other_types_are_refused(output_dir: Path) -> None:
    with pytest.raises(OutputError, match="expected labels 0, 1 and 2, found 3"):
        write_segmentation(mask(highest=3), output_dir, ct_grid=CT_GRID)
    with pytest.raises(OutputError, match="expected 8-bit labels, found 16-bit"):
        write_segmentation(sitk.Cast(mask(), sitk.sitkInt16), output_dir, ct_grid=CT_GRID)
    assert files_in(output_dir) == []


def fail(*_: Any, **__: Any) -> None:
    raise RuntimeError("disk full")


def half(image: sitk.Image, name: str, **_: Any) -> None:
    Path(name).write_bytes(b"half a file")
    fail()


def other(image: sitk.Image, name: str, *, write: Any = sitk.WriteImage, **_: Any) -> None:
    write(image * 0, name)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [(fail, "disk full"), (half, "disk full"), (other, "read back different from what was writ")],
)
@pytest.mark.parametrize("before", [(), ("images",), ("images", FOLDER)])
def test_a_failing_write_leaves_nothing(
    output_dir: Path,
    before: tuple[str, ...],
    broken: Any,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for folder in before:
        (output_dir / folder).mkdir()
    monkeypatch.setattr("shared.outputs.sitk.WriteImage", broken)
    with pytest.raises(OutputError, match=f"^segmentation: .*{reason}"):
        write_segmentation(mask(), output_dir, ct_grid=CT_GRID)
    assert files_in(output_dir) == list(before)


def test_stopping_in_the_middle_of_a_write_leaves_nothing(
    output_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(image: sitk.Image, name: str, **_: Any) -> None:
        Path(name).write_bytes(b"half a file")
        assert len(files_in(output_dir)) == 3
        discard_unfinished()
        assert files_in(output_dir) == []
        fail()

    monkeypatch.setattr("shared.outputs.sitk.WriteImage", stop)
    with pytest.raises(OutputError, match="disk full"):
        write_segmentation(mask(), output_dir, ct_grid=CT_GRID)


@few
@given(risk=st.floats(allow_nan=False, allow_infinity=False))
def test_rfs_is_a_bare_finite_number(tmp_path_factory: pytest.TempPathFactory, risk: float) -> None:
    output_dir = tmp_path_factory.mktemp("output")
    found = json.loads(write_rfs(risk, output_dir).read_bytes())
    assert type(found) is float
    assert found == risk
    assert files_in(output_dir) == ["rfs.json"]


@pytest.mark.parametrize("risk", [float("nan"), float("inf"), -float("inf")])
def test_a_risk_that_is_not_finite_is_refused(output_dir: Path, risk: float) -> None:
    with pytest.raises(
        OutputError, match=r"^rfs\.json: expected a finite number, found -?(nan|inf)"
    ):
        write_rfs(risk, output_dir)
    assert files_in(output_dir) == []


def test_a_higher_risk_gives_a_higher_rfs(tmp_path: Path) -> None:
    """The sign: HECKTOR 2025 reads rfs.json as a risk, higher = earlier recurrence."""
    written = [
        json.loads(write_rfs(risk, tmp_path).read_bytes()) for risk in (-2.5, -0.1, 0.0, 0.3, 40.0)
    ]
    assert all(low < high for low, high in itertools.pairwise(written))


@pytest.mark.parametrize("positive", [True, False, np.True_, np.False_, 1, 0])
def test_hpv_status_is_strictly_true_or_false(output_dir: Path, positive: Any) -> None:
    path = write_hpv_status(positive, output_dir)
    assert path.name == "hpv-status.json"
    assert path.read_bytes() == (b"true" if positive else b"false")


def test_an_output_of_a_case_before_is_replaced(output_dir: Path) -> None:
    write_hpv_status(True, output_dir)
    write_hpv_status(False, output_dir)
    assert files_in(output_dir) == ["hpv-status.json"]
    assert (output_dir / "hpv-status.json").read_text() == "false"


def test_json_that_reads_back_different_is_refused(
    output_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.outputs.json.dumps", lambda *_, **__: "1")
    with pytest.raises(OutputError, match=r"^hpv-status\.json: read back 1, not True"):
        write_hpv_status(True, output_dir)
    assert files_in(output_dir) == []


def test_an_output_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"can't be written to .*output"):
        write_rfs(0.5, tmp_path / "output")
    with pytest.raises(OutputError, match=r"can't be written to .*output"):
        write_segmentation(mask(), tmp_path / "output", ct_grid=CT_GRID)
    assert (tmp_path / "output").read_text(encoding="utf-8") == "mine"


READ_ONLY = """
import os, sys
from pathlib import Path
from shared.errors import OutputError
from shared.outputs import write_rfs
if os.geteuid() == 0:  # root writes anywhere; and once here, the parents' rights do not matter
    os.setgid(65534)
    os.setuid(65534)
try:
    write_rfs(0.5, Path("."))
except OutputError as error:
    print(error)
"""


def test_a_read_only_output_folder_is_refused(output_dir: Path) -> None:
    output_dir.chmod(0o555)
    program = "import os, sys; sys.path.insert(0, sys.argv[2]); os.chdir(sys.argv[1])\n" + READ_ONLY
    done = subprocess.run(
        [sys.executable, "-c", program, str(output_dir), str(Path.cwd())],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("rfs.json: can't be written to .")
    assert "Permission denied" in done.stdout
    assert files_in(output_dir) == []
