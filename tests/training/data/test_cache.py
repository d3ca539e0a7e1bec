import errno
import importlib
import json
import re
import shutil
import threading
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import SimpleITK as sitk

from jobs.lock import alone_in
from shared.lesion_features import DOSE_FEATURES
from shared.preprocessing import prepare
from shared.spec import Box, Label, Spec
from tests.networks import HPV, RISK, SEGMENTATION, segmenter, write_weights
from tests.scans import make_dose
from tests.training.data.cohorts import MemoryPatient, write_hecktor
from training.data import cache as cache_module
from training.data import making
from training.data.cache import ABOUT, make_samples, sample_folders
from training.data.making import Making
from training.data.patient import DataError, Outcome
from training.data.source import open_source

ONE = SEGMENTATION.model_copy(update={"labels": (SEGMENTATION.labels[0],)})
FOLLOWED = Outcome(relapse=True, rfs_days=100.0)
SMALL = Box(size_xyz=(8, 8, 8))


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def patients(marks: Path, *names: str) -> list[MemoryPatient]:
    marks.mkdir(exist_ok=True)
    return [MemoryPatient(name, marks=marks) for name in names]


def loaded(marks: Path) -> dict[str, int]:
    return {path.name: len(path.read_text().splitlines()) for path in marks.iterdir()}


def test_a_sample_is_what_the_container_prepares(tmp_path: Path) -> None:
    patient = MemoryPatient("a", centre="HGJ")
    samples = make_samples([patient], ONE, tmp_path, workers=1)
    assert (samples.ids, samples.centres, len(samples)) == (("a",), ("HGJ",), 1)
    sample = samples[0]
    assert set(sample) == {"image", "label"}
    assert np.array_equal(sample["image"], prepare(patient.load().case, ONE).tensor[0])
    assert sample["image"].dtype == np.float32
    assert sample["label"].dtype == np.uint8
    assert sample["label"].shape == sample["image"].shape[1:]
    assert sample["label"].max() == 1


def test_large_arrays_are_mapped_and_never_written_back(tmp_path: Path) -> None:
    spec = ONE.model_copy(update={"region": Box(size_xyz=(40, 40, 40))})
    samples = make_samples([MemoryPatient("a")], spec, tmp_path, workers=1)
    image = samples[0]["image"]
    assert isinstance(image, np.memmap)
    image[:] = 7.0
    assert not np.array_equal(samples[0]["image"], image)


def test_samples_are_made_once(tmp_path: Path) -> None:
    who, store = patients(tmp_path / "marks", "a", "b"), tmp_path / "cache"
    first = make_samples(who, ONE, store, workers=1)
    assert make_samples(who, ONE, store, workers=1) == first
    assert make_samples(who[::-1], ONE, store, workers=1).ids == ("b", "a")
    assert loaded(tmp_path / "marks") == {"a": 1, "b": 1}


def test_several_workers_make_the_same(tmp_path: Path) -> None:
    who = patients(tmp_path / "marks", "a", "b")
    first = make_samples(who, ONE, tmp_path / "one", workers=1)
    second = make_samples(who, ONE, tmp_path / "two", workers=2)
    for i in range(2):
        assert np.array_equal(first[i]["image"], second[i]["image"])


def test_subset_keeps_names_and_centres(tmp_path: Path) -> None:
    who = [MemoryPatient("a", centre="A"), MemoryPatient("b", centre="B"), MemoryPatient("c")]
    part = make_samples(who, ONE, tmp_path, workers=1).subset(i for i in (2, 0))
    assert part.ids == ("c", "a")
    assert part.centres == ("MDA", "A")
    assert [folder.name[0] for folder in part.folders] == ["c", "a"]


@pytest.mark.parametrize(
    "change",
    [
        {"spacing_mm": (5.0, 4.0, 4.0)},
        {"region": Box(size_xyz=(8, 8, 8))},
        {"orientation": "RAS"},
        {"channels": SEGMENTATION.channels[:1]},
        {"labels": (Label(name="GTVp", value=2, channel=1),)},
        {"labels": (Label(name="GTVp", value=1, channel=2),)},
    ],
)
def test_what_changes_the_tensors_changes_the_key(change: dict[str, object]) -> None:
    assert Making(ONE.model_copy(update=change)).key() != Making(ONE).key()


@pytest.mark.parametrize(
    "change",
    [
        {"provenance": {"data": "other"}},
        {"precision": ("float32", "bfloat16")},
        {"threshold": 0.7},
        {"activation": "none"},
        {"mirror_axes": ("x",)},
        {"labels": (Label(name="Tumour", value=1, channel=1, threshold=0.3, minimum_ml=1.0),)},
    ],
)
def test_what_follows_the_network_does_not(change: dict[str, object]) -> None:
    assert Making(ONE.model_copy(update=change)).key() == Making(ONE).key()


def test_code_and_data_are_in_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = MemoryPatient("a")
    first = sample_folders([patient], Making(ONE), tmp_path)
    others = [patient.but(made_of="other"), patient.but(patient_id="b")]
    assert not set(first) & set(sample_folders(others, Making(ONE), tmp_path))
    # Where and with what outcome a patient is treated is in no tensor of a segmentation.
    same = [patient.but(outcome=FOLLOWED), patient.but(centre="HGJ")]
    assert set(sample_folders(same, Making(ONE), tmp_path)) == set(first)
    monkeypatch.setattr(making, "code_version", lambda *, scores: f"another {scores}")
    assert sample_folders([patient], Making(ONE), tmp_path) != first


def test_the_code_s_version_follows_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "made_up_preparing.py"
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(making, "_PREPARING", ("made_up_preparing",))
    versions = set()
    for text in ("A = 1\n", "A = 2\n"):
        module.write_text(text, encoding="utf-8")
        versions.add(making.code_version.__wrapped__(scores=False))
    versions.add(making.code_version.__wrapped__(scores=True))
    assert len(versions) == 3


def test_all_that_prepares_an_image_counts() -> None:
    """What `prepare` imports is listed, or changes no voxel."""
    silent = {"shared.errors", "shared.spec", "shared.steps", "shared.sockets", "shared.documents"}
    # They refuse files, and change no voxel of the others.
    silent |= {"shared.nifti", "shared.metaimage"}
    scoring = set(making._SCORING)
    reached, todo = set(), ["shared.preprocessing"]
    while todo:
        name = todo.pop()
        if name in reached:
            continue
        reached.add(name)
        text = Path(str(importlib.import_module(name).__file__)).read_text(encoding="utf-8")
        todo += re.findall(r"^from (shared\.\w+) import", text, re.MULTILINE)
    assert "shared.separable" in reached
    assert reached <= set(making._PREPARING) | silent | scoring


def test_odd_names_stay_inside_the_cache(tmp_path: Path) -> None:
    (folder,) = sample_folders([MemoryPatient("../../x y")], Making(ONE), tmp_path)
    assert folder.parent == tmp_path
    assert folder.name.startswith("_.._x_y-")


def test_an_empty_label_is_a_sample(tmp_path: Path) -> None:
    samples = make_samples([MemoryPatient("a", label_value=0)], ONE, tmp_path, workers=1)
    assert not samples[0]["label"].any()


def test_a_patient_without_labels_is_named_before_any_preparing(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    who = [*patients(marks, "a"), MemoryPatient("b", labelled=False, marks=marks)]
    with pytest.raises(DataError, match="1 problem\n  b: expected a label image, found none"):
        make_samples(who, ONE, tmp_path / "cache", workers=1)
    assert loaded(marks) == {}
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("spec", "outcome", "told"),
    [
        (RISK, Outcome(), "a: expected relapse and days, found none"),
        (RISK, Outcome(hpv_positive=True), "a: expected relapse and days, found none"),
        (HPV, FOLLOWED, "a: expected an HPV status, found none"),
    ],
)
def test_a_patient_without_the_outcome_is_named(
    tmp_path: Path, spec: Spec, outcome: Outcome, told: str
) -> None:
    with pytest.raises(DataError, match=told):
        make_samples([MemoryPatient("a", outcome=outcome)], spec, tmp_path, workers=1)


def test_a_patient_twice(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a: expected once, found 2 times"):
        make_samples([MemoryPatient("a")] * 2, ONE, tmp_path, workers=1)


def test_a_label_that_the_spec_does_not_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a: expected labels 1 \(GTVp\), found 7"):
        make_samples([MemoryPatient("a", label_value=7)], ONE, tmp_path, workers=1)


def test_a_label_that_no_patient_has(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    told = r"labels: expected GTVn (2) in some patient's truth, found it in none of"
    who = [MemoryPatient(f"p{i}") for i in range(10)]
    make_samples(who[:2], SEGMENTATION, tmp_path, workers=1)
    assert f"{told} 2" in caplog.text
    with pytest.raises(DataError, match=r"expected GTVn .* found it in none of 10"):
        make_samples(who, SEGMENTATION, tmp_path, workers=1)


def test_a_failure_in_the_middle_leaves_what_was_finished_and_nothing_else(tmp_path: Path) -> None:
    marks, store = tmp_path / "marks", tmp_path / "cache"
    first, second = patients(marks, "a", "b")
    with pytest.raises(DataError, match="b: expected a sound file"):
        make_samples([first, second.but(fails=True)], ONE, store, workers=1)
    assert [path.name[:2] for path in store.iterdir()] == ["a-"]
    make_samples([first, second], ONE, store, workers=1)
    assert loaded(marks) == {"a": 1, "b": 2}


def test_a_kill_while_writing_leaves_no_half_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, store = patients(tmp_path / "marks", "a"), tmp_path / "cache"
    save = np.save

    def killed(path: Path, array: object) -> None:
        if path.stem == "label":
            raise KeyboardInterrupt
        save(path, array)  # type: ignore[arg-type]

    monkeypatch.setattr(cache_module.np, "save", killed)
    # As after a kill: nothing is cleared on the way out.
    monkeypatch.setattr(cache_module.shutil, "rmtree", lambda *_, **__: None)
    with pytest.raises(KeyboardInterrupt):
        make_samples(who, ONE, store, workers=1)
    (left,) = store.iterdir()
    assert [path.name for path in left.glob("*/*")] == ["image.npy"]
    monkeypatch.undo()
    samples = make_samples(who, ONE, store, workers=1)
    assert set(samples[0]) == {"image", "label"}
    assert list(store.iterdir()) == [samples.folders[0]]


def test_a_disk_that_is_too_small_is_told_before_any_preparing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = tmp_path / "marks"
    who = patients(marks, "a", "b")
    # 200 x 200 x 310 voxels of two channels of 4 bytes and a label of 1: 0.1116 GB a patient.
    spec = ONE.model_copy(update={"region": Box(size_xyz=(200, 200, 310))})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 9 * 10**8, 10**8))
    with pytest.raises(
        DataError, match=r"cache: too little disk for 2 patients: about 0.22 GB need"
    ):
        make_samples(who, spec, tmp_path / "cache", workers=1)
    assert loaded(marks) == {}


def test_a_disk_that_becomes_full_names_patient_and_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache_module.np, "save", full)
    with pytest.raises(
        DataError, match=r"a: its sample can't be written to .*cache .*No space left"
    ):
        make_samples([MemoryPatient("a")], ONE, tmp_path / "cache", workers=1)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_cache_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(DataError, match="cache: expected a folder for samples"):
        make_samples([MemoryPatient("a")], ONE, tmp_path / "cache", workers=1)


def test_another_process_that_fills_the_cache_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "_WAIT_S", 0.02)
    store, marks = tmp_path / "cache", tmp_path / "marks"
    store.mkdir()
    who = patients(marks, "a")
    with alone_in(store):
        waiting = threading.Thread(
            target=make_samples, args=(who, ONE, store), kwargs={"workers": 1}
        )
        waiting.start()
        time.sleep(0.1)
        assert waiting.is_alive()
        assert loaded(marks) == {}
    waiting.join(timeout=60.0)
    assert loaded(marks) == {"a": 1}


def test_files_that_change_are_prepared_again(tmp_path: Path) -> None:
    write_hecktor(tmp_path, ("MDA-001",))
    before = open_source(str(tmp_path), task=1).patients
    first = make_samples(before, ONE, tmp_path / "cache", workers=1)
    (tmp_path / "Task 1" / "MDA-001" / "MDA-001.nii.gz").touch()
    again = make_samples(before, ONE, tmp_path / "cache", workers=1)
    assert again.folders != first.folders
    about = json.loads((again.folders[0] / ABOUT).read_text(encoding="utf-8"))
    assert about == {"patient": "MDA-001", "labels": [1]}


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return write_weights(tmp_path / "weights", {"segmentation": [segmenter()]})


def test_a_score_s_sample_holds_inputs_and_outcome(tmp_path: Path, weights: Path) -> None:
    who = [MemoryPatient("a", outcome=Outcome(True, 100.0, False))]
    samples = make_samples(who, RISK, tmp_path / "cache", workers=1, segmentation=weights)
    sample = samples[0]
    assert set(sample) == {"clinical", "lesions", "event", "time_days", "hpv"}
    # 61 years, and not missing; ln(1 + ml) of a lesion of 11.5 ml as the tiny network sees it.
    assert sample["clinical"].tolist() == [61.0, 0.0]
    assert np.expm1(sample["lesions"][0]) == pytest.approx(11.5, rel=0.3)
    assert (bool(sample["event"]), float(sample["time_days"])) == (True, 100.0)
    assert (sample["event"].dtype, sample["hpv"].dtype) == (np.bool_, np.bool_)
    assert not sample["hpv"]


def test_what_a_role_does_not_need_may_be_unknown(tmp_path: Path, weights: Path) -> None:
    who = [MemoryPatient("a", outcome=Outcome(hpv_positive=True))]
    sample = make_samples(who, HPV, tmp_path / "cache", workers=1, segmentation=weights)[0]
    assert sample["hpv"]
    assert np.isnan(sample["time_days"])
    assert not sample["event"]


def test_scores_depend_on_the_segmentation_s_files_alone(tmp_path: Path, weights: Path) -> None:
    key = Making(RISK, weights).key()
    other = write_weights(
        tmp_path / "other", {"segmentation": [segmenter(bias=(0.0, -9.0, -50.0))]}
    )
    same = write_weights(
        tmp_path / "same", {"segmentation": [segmenter()], "risk": [segmenter(RISK, image="x")]}
    )
    assert Making(RISK, other).key() != key
    assert Making(RISK, same).key() == key
    # Risk and HPV networks with the same inputs share their samples.
    same_inputs = RISK.model_copy(update={"role": "hpv", "activation": "sigmoid"})
    assert Making(same_inputs, weights).key() == key


def test_each_patient_s_lesions_are_found_by_the_weights_given_for_them(
    tmp_path: Path, weights: Path
) -> None:
    blind = write_weights(
        tmp_path / "blind", {"segmentation": [segmenter(bias=(0.0, -900.0, -50.0))]}
    )
    who = [MemoryPatient(name, outcome=FOLLOWED) for name in ("a", "b", "c")]
    given = {"a": weights, "b": blind, "c": weights}
    samples = make_samples(who, RISK, tmp_path / "cache", workers=1, segmentation=given)
    assert samples.ids == ("a", "b", "c")
    assert [float(samples[i]["lesions"][0]) > 0.0 for i in range(3)] == [True, False, True]
    alone = make_samples(who[:1], RISK, tmp_path / "cache", workers=1, segmentation=weights)
    assert alone.folders == samples.folders[:1]


def test_values_alone_need_no_scan(tmp_path: Path) -> None:
    spec = RISK.model_copy(update={"lesions": ()})
    who = [MemoryPatient("a", outcome=Outcome(True, 100.0, True), fails=True)]
    sample = make_samples(who, spec, tmp_path / "cache", workers=1)[0]
    assert set(sample) == {"clinical", "event", "time_days", "hpv"}
    assert sample["clinical"].tolist() == [61.0, 0.0]
    seeing = spec.model_copy(update={"channels": SEGMENTATION.channels, "region": SMALL})
    with pytest.raises(DataError, match="a: expected a sound file"):
        make_samples(who, seeing, tmp_path / "cache", workers=1)


def test_risk_and_hpv_share_a_patient_of_both_tables(tmp_path: Path, weights: Path) -> None:
    """Task 2's record names the centre, which is no matter where no network asks for it."""
    names = ("CHUM-001", "MDA-002")
    outcome = {"Relapse": ("1", "0"), "RFS": ("87", "900")}
    write_hecktor(tmp_path, names, task=2, columns=outcome)
    write_hecktor(tmp_path, names, task=3, columns={"HPV Status": ("0", "1")})
    for scan in sorted((tmp_path / "Task 2").glob("*/*.nii.gz")):
        copy = tmp_path / "Task 3" / scan.relative_to(tmp_path / "Task 2")
        shutil.copy2(scan, copy)
    sitk.WriteImage(make_dose(), str(tmp_path / "Task 2/CHUM-001/CHUM-001__RTDOSE.nii.gz"))
    risk, hpv = (open_source(str(tmp_path), task=task).patients for task in (2, 3))
    places = sample_folders(risk, Making(RISK, weights), tmp_path)
    alike = RISK.model_copy(update={"role": "hpv", "activation": "sigmoid"})
    assert sample_folders(hpv, Making(alike, weights), tmp_path) == places
    for change in (
        {"clinical": (*RISK.clinical, "centre_id")},
        {"lesions": (*RISK.lesions, *DOSE_FEATURES)},
    ):
        asking = Making(RISK.model_copy(update=change), weights)
        one, other = (sample_folders(who, asking, tmp_path)[0] for who in (risk, hpv))
        assert one != other


def test_an_outcome_is_in_a_score_s_key(tmp_path: Path, weights: Path) -> None:
    patient, making_risk = MemoryPatient("a", outcome=FOLLOWED), Making(RISK, weights)
    other = patient.but(outcome=Outcome(relapse=False, rfs_days=100.0))
    first, second = sample_folders([patient, other], making_risk, tmp_path)
    assert first != second


@pytest.mark.parametrize("given", [True, False])
def test_a_score_needs_a_segmentation(tmp_path: Path, given: bool) -> None:
    told = "expected files for segmentation" if given else "expected a weights folder"
    with pytest.raises(DataError, match=f"segmentation: .*{told}"):
        make_samples(
            [MemoryPatient("a", outcome=FOLLOWED)],
            RISK,
            tmp_path / "cache",
            workers=1,
            segmentation=tmp_path / "none" if given else None,
        )
