import io
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from rich.console import Console

from shared.grid import Grid
from shared.spec import Box, Spec
from tests.networks import HPV, RISK, SEGMENTATION
from tests.scans import CT_GRID, make_dose, make_pet
from tests.training.data.cohorts import MemoryPatient, make_labels, write_hecktor, write_manifest
from training.data.check import check
from training.data.folds import Fold
from training.data.patient import Outcome
from training.data.source import Source, open_source
from training.data.survey import Survey
from training.data.survey_table import show

NAMES = ("CHUM-001", "MDA-002", "MDA-003")


def printed(survey: Survey) -> str:
    text = io.StringIO()
    show(survey, Console(file=text, width=120))
    return text.getvalue()


def scan(root: Path, name: str, kind: str = "") -> Path:
    return root / "Task 1" / name / f"{name}{kind}.nii.gz"


def surveyed(root: Path, spec: Spec = SEGMENTATION, *, task: int = 1) -> Survey:
    return check(open_source(str(root), task=task), spec, root / "cache", workers=1)


def test_a_sound_data_set(tmp_path: Path) -> None:
    write_hecktor(tmp_path, NAMES, columns={"CenterID": ("1", "5", "5")})
    sitk.WriteImage(make_labels(2), str(scan(tmp_path, "MDA-002")))
    sitk.WriteImage(make_labels(0), str(scan(tmp_path, "MDA-003")))
    sitk.WriteImage(make_pet() * 5000.0, str(scan(tmp_path, "MDA-003", "__PT")))
    survey = surveyed(tmp_path)
    assert survey.problems == ()
    assert survey.centres == {"CHUM": 1, "MDA": 2}
    assert survey.without_tumour == ("MDA-003",)
    assert survey.cut_off == ()
    assert [seen.pet_scaled for seen in survey.seen] == [False, False, True]
    voxels = np.count_nonzero(sitk.GetArrayFromImage(make_labels()))
    assert survey.seen[0].volumes_ml == ((1, voxels * Grid.of(make_labels()).voxel_ml),)
    assert survey.missing_clinical == {"tobacco": 3}
    assert not (tmp_path / "cache").exists()
    text = printed(survey)
    for told in (
        "HECKTOR layout, 3 patients",
        "CHUM 1, MDA 2",
        "32, 28, 24",
        "4, 4, 5",
        "in 1 patients; median 10.9 ml",
        "1: MDA-003",
        "tobacco 3",
        "No problems.",
    ):
        assert told in text


def test_every_problem_is_told_and_none_stops_the_rest(tmp_path: Path) -> None:
    write_hecktor(tmp_path, NAMES)
    path = scan(tmp_path, "CHUM-001", "__CT")
    path.write_bytes(path.read_bytes()[:100])
    sitk.WriteImage(make_labels(7), str(scan(tmp_path, "MDA-002")))
    survey = surveyed(tmp_path)
    assert len(survey.usable) == 1
    assert [problem.partition(":")[0] for problem in survey.problems] == [
        "CHUM-001",
        "MDA-002",
        "label GTVn (2)",
    ]
    assert "MDA-002: expected labels 1 (GTVp), 2 (GTVn), found 7" in survey.problems
    text = printed(survey)
    assert "3 problems:" in text
    assert "3, 1 of them can be used" in text
    assert "CHUM-001__CT.nii.gz" in text


def test_nothing_that_can_be_used(tmp_path: Path) -> None:
    survey = check(
        Source((MemoryPatient("a", fails=True),), "made"), SEGMENTATION, tmp_path, workers=1
    )
    assert survey.problems == ("a: expected a sound file, found a broken one",)
    assert "1 problem:" in printed(survey)


def test_a_patient_without_labels(tmp_path: Path) -> None:
    path = write_manifest(tmp_path, ("a", "b"), label=("", "b/b.nii.gz"))
    survey = check(open_source(str(path), task=1), SEGMENTATION, tmp_path, workers=1)
    assert survey.problems[0] == "a: expected a label image, found none"


def test_a_tumour_out_of_the_network_s_view(tmp_path: Path) -> None:
    write_hecktor(tmp_path, NAMES[:1])
    corner = np.zeros(CT_GRID.shape_zyx, dtype=np.uint8)
    corner[:6, :6, :6] = 1
    sitk.WriteImage(CT_GRID.image(corner), str(scan(tmp_path, "CHUM-001")))
    spec = SEGMENTATION.model_copy(
        update={"region": Box(size_xyz=(8, 8, 8)), "labels": SEGMENTATION.labels[:1]}
    )
    survey = surveyed(tmp_path, spec)
    assert survey.cut_off == ("CHUM-001",)
    assert survey.problems == ()
    assert "tumour mostly out of view" in printed(survey)


def test_a_cache_that_would_not_fit(tmp_path: Path) -> None:
    survey = Survey("made", SEGMENTATION, (), needed_bytes=2_500_000_000, free_bytes=300_000_000)
    assert survey.problems == ("cache: about 2.50 GB needed, 0.30 GB free",)


@pytest.mark.parametrize(
    ("task", "spec", "columns", "told"),
    [
        (
            2,
            RISK,
            {"Relapse": ("1", "0", "0"), "RFS": ("100", "900", "2000")},
            "1 in 3 patients; followed for 100 to 2000 days, median 900",
        ),
        (3, HPV, {"HPV Status": ("1", "0", "1")}, "2 of 3 tested"),
    ],
)
def test_outcomes(
    tmp_path: Path, task: int, spec: Spec, columns: dict[str, tuple[str, ...]], told: str
) -> None:
    write_hecktor(tmp_path, NAMES, task=task, columns=columns)
    survey = surveyed(tmp_path, spec, task=task)
    assert survey.problems == ()
    assert told in printed(survey)
    # Tobacco is Task 3's feature here, and age, which is known, Task 2's.
    assert survey.missing_clinical == ({} if task == 2 else {"tobacco": 3})


def test_a_missing_dose_is_told_where_one_is_asked_for(tmp_path: Path) -> None:
    write_hecktor(tmp_path, NAMES, task=2, columns={"Relapse": "111", "RFS": "999"})
    folder = tmp_path / "Task 2" / NAMES[0]
    sitk.WriteImage(make_dose(), str(folder / f"{NAMES[0]}__RTDOSE.nii.gz"))
    wanting = RISK.model_copy(update={"lesions": ("dose_known",)})
    survey = surveyed(tmp_path, wanting, task=2)
    assert survey.missing_clinical == {"dose map": 2}
    assert "dose map 2" in printed(survey)
    assert surveyed(tmp_path, RISK, task=2).missing_clinical == {}


def test_folds_and_masks_are_looked_at_too(tmp_path: Path) -> None:
    write_hecktor(tmp_path, NAMES, task=3, columns={"HPV Status": ("1", "0", "1")})
    source = open_source(str(tmp_path), task=3)
    held = Fold("fold-1-of-3", (1, 2), (0,))
    survey = check(
        source, HPV, tmp_path / "cache", workers=1, split=(held,), obstacles=("segmentation: old",)
    )
    assert survey.problems == (
        "fold-1-of-3: HPV-positive: expected 2 or more among the training patients, found 1 of 2",
        "fold-1-of-3: HPV-negative: expected 2 or more among the training patients, found 1 of 2",
        "fold-1-of-3: HPV-negative: expected 1 or more among the held-out patients, found none "
        "of 1",
        "segmentation: old",
    )
    assert "fold-1-of-3: 1 of 3, HPV-positive 1, HPV-negative 0" in printed(survey)


def test_a_name_with_brackets_is_no_markup(tmp_path: Path) -> None:
    who = MemoryPatient("[red]a[/red]", centre="[b]", outcome=Outcome(), fails=True)
    text = printed(check(Source((who,), "made"), SEGMENTATION, tmp_path, workers=1))
    assert "[red]a[/red]" in text
    assert "[b] 1" in text


def test_several_workers_keep_the_source_s_order(tmp_path: Path) -> None:
    who = tuple(MemoryPatient(name) for name in ("c", "a", "b"))
    survey = check(Source(who, "made"), SEGMENTATION, tmp_path, workers=2)
    assert [seen.patient_id for seen in survey.seen] == ["c", "a", "b"]
