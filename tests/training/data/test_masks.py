"""No mask is made by weights that learned from the patient."""

from pathlib import Path

import pytest

from shared.errors import ModelError
from shared.manifest import read_manifest
from tests.networks import risk_network, write_weights
from tests.training.data.cohorts import MemoryPatient
from tests.training.data.taught import COHORT, write_taught
from training.data.learned import different_data
from training.data.masks import mask_makers, mask_weights, unseen_masks
from training.data.patient import DataError
from training.export.members import bring_segmentation
from training.run import ABOUT_FILE, Learned, MaskMaker, RunError

OTHER = "phantom, generator version 3, seed 8, 6 patients, neck only"
REAL = "HECKTOR layout, 6 patients"
START = "default after 9 steps in 4 s on"
NAMES = ("a", "b", "c", "d")


def who(*names: str) -> list[MemoryPatient]:
    return [MemoryPatient(name) for name in names]


@pytest.fixture
def crossval(tmp_path: Path) -> Path:
    """Three folds: the first holds out a and d, the second b, the third c."""
    for number, held in enumerate(("ad", "b", "c"), start=1):
        training = tuple(name for name in NAMES if name not in held)
        write_taught(tmp_path / f"cv/fold_{number}/weights", training)
    return tmp_path / "cv"


def test_each_patient_gets_the_fold_that_held_them_out(crossval: Path) -> None:
    chosen = unseen_masks(crossval, who(*NAMES), data=COHORT)
    assert {name: path.parent.name for name, path in chosen.items()} == {
        "a": "fold_1",
        "b": "fold_2",
        "c": "fold_3",
        "d": "fold_1",
    }
    assert set(chosen.values()) == set(mask_weights(crossval))


def test_a_patient_of_no_fold_gets_the_first(crossval: Path) -> None:
    first = mask_weights(crossval)[0]
    assert first == crossval / "fold_1/weights"
    assert unseen_masks(crossval, who("z"), data=COHORT) == {"z": first}
    # The same names, but other patients.
    assert set(unseen_masks(crossval, who(*NAMES), data=OTHER).values()) == {first}


def test_ten_folds_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (10, 2, 1):
        write_taught(tmp_path / f"fold_{number}/weights", ())
    assert [path.parent.name for path in mask_weights(tmp_path)] == ["fold_1", "fold_2", "fold_10"]


def test_a_cross_validation_that_is_not_finished(crossval: Path) -> None:
    (crossval / "fold_4").mkdir()
    with pytest.raises(DataError, match=r"expected a finished cross-validation .* in fold_4"):
        unseen_masks(crossval, who("a"), data=COHORT)


def test_a_patient_whom_every_fold_learned_from(crossval: Path, tmp_path: Path) -> None:
    (crossval / "fold_2").rename(tmp_path / "elsewhere")
    with pytest.raises(DataError, match=r"learned from 1 of the patients .*b is one"):
        unseen_masks(crossval, who(*NAMES), data=COHORT)


def test_weights_that_learned_from_a_patient_are_refused(tmp_path: Path) -> None:
    weights = write_taught(tmp_path / "task1", ("b", "c"))
    assert unseen_masks(weights, who("a", "d"), data=COHORT) == {"a": weights, "d": weights}
    with pytest.raises(
        DataError, match=r"segmentation: .*task1 learned from 2 of the patients .*\(b is one\)"
    ):
        unseen_masks(weights, who(*NAMES), data=COHORT)
    assert set(unseen_masks(weights, who(*NAMES), data=OTHER)) == set(NAMES)


def test_each_member_of_an_ensemble_counts(tmp_path: Path) -> None:
    weights = write_taught(tmp_path / "task1", ("a",))
    (weights / "training").rename(weights / "training_1")
    write_taught(tmp_path / "second", ("b",))
    (tmp_path / "second/training").rename(weights / "training_2")
    with pytest.raises(DataError, match="learned from 2 of the patients"):
        unseen_masks(weights, who("a", "b", "c"), data=COHORT)


def test_a_score_s_record_beside_a_segmentation_is_not_the_segmentation_s(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    weights = write_taught(tmp_path / "task2", ("a",), task=2)
    assert unseen_masks(weights, who("a"), data=COHORT) == {"a": weights}
    assert "task2 has no record of whom it learned from" in caplog.text


def test_the_records_that_came_with_a_segmentation_are_read(tmp_path: Path) -> None:
    weights = write_weights(tmp_path / "task2", {"risk": [risk_network()]})
    bring_segmentation(write_taught(tmp_path / "task1", ("a",)), weights)
    with pytest.raises(DataError, match="learned from 1 of the patients"):
        unseen_masks(weights, who("a", "b"), data=COHORT)


def test_makers_of_masks_are_told_by_their_files(crossval: Path) -> None:
    makers = mask_makers(unseen_masks(crossval, who("c", "b"), data=COHORT))
    # Members are alike, so their hashes are: two folds made the masks.
    hashes = read_manifest(mask_weights(crossval)[0]).roles["segmentation"].files
    assert makers == (MaskMaker(files=(hashes[0].sha256,), data=COHORT),) * 2
    assert mask_makers({}) == ()


def test_weights_without_a_segmentation_make_no_masks(tmp_path: Path) -> None:
    weights = write_weights(tmp_path / "risk", {"risk": [risk_network()]})
    with pytest.raises(ModelError, match="expected a segmentation in risk/, found none"):
        mask_makers({"a": weights})


def test_whom_a_start_learned_from_is_listed(tmp_path: Path) -> None:
    before = (Learned(data=COHORT, patients=("x",)),)
    start = f"{START} {COHORT}"
    weights = write_taught(tmp_path / "own", ("y",), data=OTHER, start=start, before=before)
    assert set(unseen_masks(weights, who("a", "y"), data=COHORT)) == {"a", "y"}
    with pytest.raises(DataError, match=r"learned from 1 of the patients .*x is one"):
        unseen_masks(weights, who("a", "x"), data=COHORT)


def test_weights_made_elsewhere_are_taken_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    weights = write_taught(tmp_path / "own", None)
    for _ in range(2):
        assert unseen_masks(weights, who("a"), data=COHORT) == {"a": weights}
    assert caplog.text.count("has no record of whom it learned from") == 1


def test_what_a_fit_started_from_counts_too(tmp_path: Path) -> None:
    begun = write_taught(tmp_path / "begun", ("x",), data=OTHER, start=f"{START} {COHORT}")
    with pytest.raises(DataError, match="learned from 1 of the patients"):
        unseen_masks(begun, who("a"), data=COHORT)
    third = COHORT.replace("seed 7", "seed 70")
    assert unseen_masks(begun, who("a"), data=third) == {"a": begun}


def test_a_record_that_can_t_be_read(tmp_path: Path) -> None:
    weights = write_taught(tmp_path / "task1", ("a",))
    (weights / "training" / ABOUT_FILE).write_text("{}", encoding="utf-8")
    with pytest.raises(RunError, match=r"about\.json: expected a fit's record"):
        unseen_masks(weights, who("a"), data=COHORT)


@pytest.mark.parametrize(
    ("one", "other", "different"),
    [
        (COHORT, COHORT, False),
        (COHORT, OTHER, True),
        (COHORT, COHORT.replace("6 patients", "90 patients of CHUM"), False),
        (COHORT, COHORT.replace("seed 7", "seed 70"), True),
        (COHORT, REAL, True),
        (REAL, "HECKTOR layout, 522 patients", False),
        (REAL, "manifest, 6 patients", False),
        ("manifest, 6 patients", COHORT, False),
    ],
)
def test_only_certain_differences_count(one: str, other: str, different: bool) -> None:
    assert different_data(one, other) is different
    assert different_data(other, one) is different
