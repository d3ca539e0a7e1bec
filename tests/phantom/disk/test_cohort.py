import hashlib
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest
import SimpleITK as sitk

from phantom.disk import cohort as cohort_module
from phantom.disk.cohort import SCRATCH, write_cohort
from phantom.disk.layout import LAYOUTS
from phantom.disk.marker import read_marker
from phantom.disk.space import needed_bytes
from phantom.profile import draw_profile
from tests.phantom.sketches import sketch

ROOT = Path(__file__).parents[3]
SEED, CENTRES = 11, ("HGJ", "MDA")
Usage = namedtuple("Usage", "total used free")


def _hashes(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def _names(patients: int, **changes: object) -> list[str]:
    order = {"centres": CENTRES, **changes}
    return [draw_profile(SEED, index, **order).patient_id for index in range(patients)]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("rendered") / "data"
    written = write_cohort(out, patients=2, seed=SEED, centres=CENTRES, neck_only=True)
    assert written == 2
    return out


def test_the_number_of_workers_changes_no_byte(rendered: Path, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    write_cohort(
        tmp_path,
        patients=2,
        seed=SEED,
        workers=2,
        centres=("MDA", "HGJ", "MDA"),
        neck_only=True,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert _hashes(tmp_path) == _hashes(rendered)
    assert steps == [(0, 2), (1, 2), (2, 2)]


def test_labels_are_on_the_cts_grid(rendered: Path) -> None:
    name = _names(1)[0]
    folder = rendered / "Task 1" / name
    ct = sitk.ReadImage(str(folder / f"{name}__CT.nii.gz"))
    labels = sitk.ReadImage(str(folder / f"{name}.nii.gz"))
    assert labels.GetPixelID() == sitk.sitkUInt8
    assert labels.GetSize() == ct.GetSize()
    assert labels.GetOrigin() == ct.GetOrigin()
    assert labels.GetSpacing() == ct.GetSpacing()


def test_the_estimated_space_is_enough_and_not_far_off(rendered: Path) -> None:
    profiles = [draw_profile(SEED, index, centres=CENTRES) for index in range(2)]
    inodes = {path.stat().st_ino: path.stat().st_size for path in rendered.rglob("*.nii.gz")}
    taken = sum(inodes.values())
    estimate = needed_bytes(profiles, neck_only=True, workers=0, linked=True)
    assert taken < estimate < 2.5 * taken


@pytest.fixture
def sketched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process write sketches for scans: a cohort takes no time."""
    monkeypatch.setattr(cohort_module, "render_patient", sketch)


def _write(out: Path, patients: int = 4, **changes: object) -> int:
    order = {"seed": SEED, "centres": CENTRES, **changes}
    return write_cohort(out, patients=patients, **order)  # type: ignore[arg-type]


@pytest.mark.usefixtures("sketched")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_patient_and_nothing_else_is_there(tmp_path: Path, layout: str) -> None:
    assert _write(tmp_path, layout=layout) == 4
    first_task = tmp_path / LAYOUTS[layout].parents[-1]
    assert sorted(path.name for path in first_task.iterdir() if path.is_dir()) == _names(4)
    tops = {"hecktor": {"Task 1", "Task 2", "Task 3", "truth.csv", "lesions.csv"}}
    tops["grand-challenge"] = {"task1", "task2", "task3", "truth"}
    assert {path.name for path in tmp_path.iterdir()} == tops[layout] | {"cohort.json"}
    marker = read_marker(tmp_path)
    assert marker is not None
    assert list(marker.patient_ids) == _names(4)


class _Stop(BaseException):
    """What ends a command from outside, as an interrupt does."""


@pytest.mark.usefixtures("sketched")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_interrupted_cohort_goes_on_where_it_was(tmp_path: Path, layout: str) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    _write(whole, layout=layout)

    def stop(done: int, _total: int) -> None:
        if done == 2:
            raise _Stop

    with pytest.raises(_Stop):
        _write(broken, layout=layout, progress=stop)
    assert not (broken / SCRATCH).exists()
    finished = [name for name in _names(4) if LAYOUTS[layout].finished(broken, name)]
    assert len(finished) == 2
    kept = LAYOUTS[layout].folders(broken, finished[0])[-1].stat()
    steps: list[int] = []
    assert _write(broken, layout=layout, progress=lambda done, _total: steps.append(done)) == 2
    assert steps == [2, 3, 4]
    assert _hashes(broken) == _hashes(whole)
    assert LAYOUTS[layout].folders(broken, finished[0])[-1].stat().st_ino == kept.st_ino
    assert _write(broken, layout=layout) == 0


# Replaces the command's process by one that is killed, as by the system, at its Nth rename.
_KILLED = """
import os, pathlib, signal, sys
import phantom.disk.cohort
from tests.phantom.sketches import sketch
from tests.phantom.disk.test_cohort import _write

count = 0
moves = {name: getattr(pathlib.Path, name) for name in ("rename", "replace")}

def killing(name):
    def move(self, target):
        global count
        count += 1
        if count == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return moves[name](self, target)
    return move

phantom.disk.cohort.render_patient = sketch
for name in moves:
    setattr(pathlib.Path, name, killing(name))
_write(pathlib.Path(sys.argv[1]), patients=2, layout="grand-challenge")
"""


@pytest.mark.usefixtures("sketched")
@pytest.mark.parametrize("at", [1, 2, 5, 8, 13, 15])
def test_a_kill_at_any_move_leaves_what_can_be_resumed(tmp_path: Path, at: int) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    _write(whole, 2, layout="grand-challenge")
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, str(broken), str(at)], cwd=ROOT, check=False
    )
    assert killed.returncode == -9
    assert (broken / SCRATCH).exists()
    assert _hashes(broken) != _hashes(whole)
    _write(broken, 2, layout="grand-challenge")
    assert _hashes(broken) == _hashes(whole)


@pytest.mark.usefixtures("sketched")
def test_a_cohort_grows_by_the_patients_it_lacks(tmp_path: Path) -> None:
    grown, at_once = tmp_path / "grown", tmp_path / "at once"
    assert _write(grown, 2) == 2
    assert _write(grown, 4) == 2
    _write(at_once, 4)
    assert _hashes(grown) == _hashes(at_once)


@pytest.mark.usefixtures("sketched")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"seed": 12}, r"another cohort \(seed 11, not 12\)"),
        ({"patients": 1}, r"another cohort \(patients 2, not 1\)"),
        ({"neck_only": True, "centres": ("MDA",)}, "centres MDA,HGJ, not MDA; neck only False"),
        ({"layout": "grand-challenge"}, "layout hecktor, not grand-challenge"),
    ],
)
def test_another_cohort_is_refused_unless_asked_for(
    tmp_path: Path, change: dict[str, object], reason: str
) -> None:
    there, fresh = tmp_path / "there", tmp_path / "fresh"
    _write(there, 2)
    (there / "notes.txt").write_text("mine", encoding="utf-8")
    before = _hashes(there)
    order = {"patients": 2, **change}
    with pytest.raises(FileExistsError, match=reason):
        _write(there, **order)  # type: ignore[arg-type]
    assert _hashes(there) == before
    _write(there, overwrite=True, **order)  # type: ignore[arg-type]
    _write(fresh, **order)  # type: ignore[arg-type]
    left = _hashes(there)
    assert left.pop("notes.txt")
    assert left == _hashes(fresh)
    folders = {path.relative_to(there) for path in there.rglob("*") if path.is_dir()}
    assert folders == {path.relative_to(fresh) for path in fresh.rglob("*") if path.is_dir()}


@pytest.mark.usefixtures("sketched")
def test_what_no_cohort_wrote_is_never_deleted(tmp_path: Path) -> None:
    _write(tmp_path, 2)
    name = _names(2)[0]
    prediction = tmp_path / "Task 1" / name / "prediction.nii.gz"
    prediction.touch()
    before = _hashes(tmp_path)
    with pytest.raises(FileExistsError, match=r"prediction\.nii\.gz is no file of a cohort"):
        _write(tmp_path, 2, neck_only=True, overwrite=True)
    assert _hashes(tmp_path) == before
    prediction.unlink()
    shutil.rmtree(tmp_path / "Task 1" / name)
    (tmp_path / "Task 2" / name / "prediction.nii.gz").touch()
    with pytest.raises(FileExistsError, match=r"prediction\.nii\.gz is no file of a cohort"):
        _write(tmp_path, 2)


@pytest.mark.usefixtures("sketched")
def test_a_folder_of_someone_elses_patient_is_not_taken_for_a_finished_one(tmp_path: Path) -> None:
    _write(tmp_path, 2)
    real = tmp_path / "Task 1" / _names(3)[2]
    real.mkdir()
    for overwrite in (False, True):
        with pytest.raises(FileExistsError, match=f"{real.name} is of no cohort"):
            _write(tmp_path, 3, overwrite=overwrite)
    assert real.is_dir()


@pytest.mark.usefixtures("sketched")
def test_overwriting_the_same_cohort_goes_on_with_it(tmp_path: Path) -> None:
    _write(tmp_path, 2)
    before = _hashes(tmp_path)
    assert _write(tmp_path, 2, overwrite=True) == 0
    assert _hashes(tmp_path) == before


@pytest.mark.usefixtures("sketched")
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_of_anything_else_is_refused(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(FileExistsError, match="not an empty folder and holds no cohort"):
        _write(tmp_path, overwrite=overwrite)
    with pytest.raises(FileExistsError, match=r"thesis\.txt is not a folder"):
        _write(tmp_path / "thesis.txt", overwrite=overwrite)
    assert os.listdir(tmp_path) == ["thesis.txt"]  # noqa: PTH208


def test_bad_orders_are_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "a" / "b"
    with pytest.raises(ValueError, match="at least one patient and worker, got 0 and 1"):
        _write(out, 0)
    with pytest.raises(ValueError, match="at least one patient and worker, got 1 and 0"):
        _write(out, 1, workers=0)
    with pytest.raises(ValueError, match="unknown centre CHUV"):
        _write(out, centres=("CHUV",))
    with pytest.raises(ValueError, match="unknown format bids"):
        _write(out, layout="bids")
    with pytest.raises(ValueError, match="must not be negative"):
        _write(out, seed=-1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(9, 9, 20_000_000))
    with pytest.raises(OSError, match=r"too little disk for .*GB needed, 0\.02 GB free"):
        _write(out)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("sketched")
def test_two_commands_do_not_write_one_folder(tmp_path: Path) -> None:
    def again(done: int, _total: int) -> None:
        if done == 1:
            with pytest.raises(FileExistsError, match="another process is writing"):
                _write(tmp_path, 2)

    assert _write(tmp_path, 2, progress=again) == 2
