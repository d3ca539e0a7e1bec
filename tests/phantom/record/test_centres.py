from collections import Counter

import numpy as np
import pytest

from phantom.profile import Profile
from phantom.record.centres import CENTRES, check_centres, draw_centre, draw_matrix


def test_centres_are_drawn_by_their_share(profiles: list[Profile]) -> None:
    counts = Counter(profile.centre for profile in profiles)
    total = sum(centre.patients for centre in CENTRES.values())
    assert total == 680
    for name, centre in CENTRES.items():
        assert counts[name] / len(profiles) == pytest.approx(centre.patients / total, abs=0.012)


def test_centre_codes_are_those_of_the_data_set() -> None:
    codes = {name: centre.centre_id for name, centre in CENTRES.items()}
    assert codes == {"CHUM": 1, "CHUP": 2, "CHUS": 3, "MDA": 5, "HGJ": 6, "HMR": 7, "USZ": 8}


def test_only_the_named_centres_are_drawn() -> None:
    rng = np.random.default_rng(0)
    assert {draw_centre(rng, ("HGJ", "USZ")) for _ in range(100)} == {"HGJ", "USZ"}


def test_matrices_are_drawn_by_their_weight() -> None:
    rng = np.random.default_rng(0)
    sizes = [draw_matrix(rng, CENTRES["MDA"].pet).pixel_mm for _ in range(4000)]
    assert sizes.count(5.469) / 4000 == pytest.approx(0.8, abs=0.03)


def test_an_unknown_centre_is_named() -> None:
    with pytest.raises(ValueError, match="unknown centre XYZ; known are CHUM, CHUP"):
        check_centres(("MDA", "XYZ"))
