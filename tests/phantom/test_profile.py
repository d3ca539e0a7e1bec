from dataclasses import replace

import pytest

from phantom.disease.drawing import REACTIVE
from phantom.profile import draw_profile
from phantom.record.centres import CENTRES


def test_the_same_pair_gives_the_same_patient() -> None:
    assert draw_profile(3, 4) == draw_profile(3, 4)
    assert draw_profile(3, 4).lesions != draw_profile(3, 5).lesions
    assert draw_profile(3, 4).lesions != draw_profile(4, 4).lesions


def test_another_centre_scans_the_same_disease() -> None:
    here, there = (draw_profile(3, 4, centre=centre) for centre in ("MDA", "USZ"))
    factor = CENTRES["USZ"].suv_factor / CENTRES["MDA"].suv_factor
    for mine, theirs in zip(here.lesions, there.lesions, strict=True):
        scale = 1 if mine.label == REACTIVE else factor
        assert theirs.suv_max == pytest.approx(scale * mine.suv_max)
        assert replace(theirs, suv_max=mine.suv_max) == mine
    assert here.clinical == there.clinical
    assert here.patient_id == "MDA-005"
    assert there.patient_id == "USZ-005"
    assert replace(here, centre="USZ") != there


def test_an_unknown_centre_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown centre CHUV"):
        draw_profile(0, 0, centre="CHUV")
