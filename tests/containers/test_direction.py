"""Which way the shipped weights point, from raw input folders to JSON, on extreme patients."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from phantom.disk.case import write_case
from phantom.patient import make_patient
from phantom.profile import Profile, draw_profile
from phantom.report.visible import visible_score
from shared.runtime import Program, Settings, Task
from task2_container.inference import TASK as TASK_2
from task3_container.inference import TASK as TASK_3

# No fit, no evaluation and no other test draws from this seed.
SEED, DRAWN = 52_525, 400
# Of how many patients at each end of a scale there is an input folder.
EACH = 2

Answer = Callable[[Profile], Any]


@pytest.fixture(scope="module")
def profiles() -> list[Profile]:
    """Patients on paper of whom every clinical value is recorded."""
    drawn = [draw_profile(SEED, index) for index in range(DRAWN)]
    return [profile for profile in drawn if None not in profile.recorded.values.values()]


def answers(task: Task[Any], folder: Path) -> Answer:
    """Return what a task's container answers for a patient, asked once each."""
    settings = Settings.from_environment({})
    program = Program.load(task, model_dir=folder / "no-upload", settings=settings)

    @cache
    def answer(index: int) -> Any:
        input_dir, output_dir = folder / f"input{index}", folder / f"output{index}"
        patient = make_patient(SEED, index, neck_only=True, planning=False)
        write_case(patient, input_dir, task=task.number)
        output_dir.mkdir()
        program.run_case(input_dir, output_dir)
        (path,) = output_dir.iterdir()
        assert path.name == {2: "rfs.json", 3: "hpv-status.json"}[task.number]
        return json.loads(path.read_text(encoding="utf-8"))

    return lambda profile: answer(profile.index)


@pytest.fixture(scope="module")
def risk(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """Task 2's container."""
    return answers(TASK_2, tmp_path_factory.mktemp("risk"))


@pytest.fixture(scope="module")
def hpv(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """Task 3's container."""
    return answers(TASK_3, tmp_path_factory.mktemp("hpv"))


def test_patients_of_the_highest_true_risk_get_a_higher_rfs(
    profiles: Sequence[Profile], risk: Answer
) -> None:
    ordered = sorted(profiles, key=lambda profile: profile.outcome.log_risk)
    low, high = ordered[:EACH], ordered[-EACH:]
    # The hazards of the two ends differ more than twentyfold.
    assert high[0].outcome.log_risk - low[-1].outcome.log_risk > 3.0
    assert max(map(risk, low)) < min(map(risk, high))


def test_hpv_is_called_as_it_is_where_it_shows_most(
    profiles: Sequence[Profile], hpv: Answer
) -> None:
    ordered = [profiles[index] for index in visible_score().of(profiles).argsort()]
    negative = [profile for profile in ordered if not profile.clinical.hpv_positive][:EACH]
    positive = [profile for profile in ordered if profile.clinical.hpv_positive][-EACH:]
    assert [hpv(profile) for profile in positive] == [True] * EACH
    assert [hpv(profile) for profile in negative] == [False] * EACH
