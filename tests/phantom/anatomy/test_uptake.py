import numpy as np
import pytest

from phantom.anatomy.uptake import ASYMMETRY, BROWN_FAT_SUV, RECOVERY, Sides, Uptake
from phantom.profile import Profile


def _shown(uptake: Uptake, name: str) -> Sides:
    """Return what a scanner shows of a paired organ."""
    left, right = getattr(uptake, name)
    return left * RECOVERY[name], right * RECOVERY[name]


@pytest.fixture(scope="module")
def drawn(profiles: list[Profile]) -> list[tuple[Profile, Uptake]]:
    """The uptake of many patients of the cohort's ages and sexes."""
    rng = np.random.default_rng(77)
    return [
        (p, Uptake.draw(rng, age=p.clinical.age_years, male=p.clinical.male))
        for p in profiles[:12_000]
    ]


def test_hard_negatives_come_at_their_frequencies(drawn: list[tuple[Profile, Uptake]]) -> None:
    uptakes = [uptake for _, uptake in drawn]
    # 22 % with hot tonsils of 5.4 on average, about half of them over 5.4, and others' tail.
    tonsils = np.array([max(_shown(u, "tonsil")) for u in uptakes])
    assert np.mean(tonsils > 5.0) == pytest.approx(0.28, abs=0.02)
    assert np.quantile(tonsils, 0.99) < 11
    assert np.mean([max(u.cords) > 2.8 for u in uptakes]) == pytest.approx(0.19, abs=0.03)
    tense = [max(*u.neck_muscle, *u.longus) > 1.6 for u in uptakes]
    assert np.mean(tense) == pytest.approx(0.04, abs=0.008)
    assert np.mean([max(_shown(u, "thyroid")) > 3.5 for u in uptakes]) == pytest.approx(
        0.02, abs=0.006
    )
    assert np.mean([max(u.chewing) > 1.8 for u in uptakes]) == pytest.approx(0.03, abs=0.006)
    before_spine = np.mean([max(u.longus) > 1.6 for u in uptakes]) / np.mean(tense)
    assert 0.2 < before_spine < 0.5
    one_sided = [
        max(side) > 1.6 and min(side) < 1.3 for u in uptakes for side in (u.neck_muscle, u.longus)
    ]
    assert 0.15 < np.sum(one_sided) / np.sum(tense) < 0.45


def test_brown_fat_is_rare_and_mostly_in_women(drawn: list[tuple[Profile, Uptake]]) -> None:
    active = np.array([max(uptake.brown_fat) for _, uptake in drawn])
    male = np.array([profile.clinical.male for profile, _ in drawn])
    assert (active > 0).mean() == pytest.approx(0.03, abs=0.01)
    assert (active[~male] > 0).mean() > 3 * (active[male] > 0).mean()
    hot = active[active > 0]
    assert hot.min() >= BROWN_FAT_SUV[0]
    assert hot.max() <= BROWN_FAT_SUV[1]
    assert np.median(hot) == pytest.approx(6.0, abs=0.8)


def test_paired_organs_are_about_alike_and_have_their_suv(
    drawn: list[tuple[Profile, Uptake]],
) -> None:
    uptakes = [uptake for _, uptake in drawn]
    for name, mean in (("parotid", 1.9), ("submandibular", 2.1), ("sublingual", 3.1)):
        pairs = np.array([_shown(u, name) for u in uptakes])
        assert pairs.mean() == pytest.approx(mean, rel=0.1)
        assert np.log(pairs[:, 0] / pairs[:, 1]).std() == pytest.approx(ASYMMETRY, rel=0.05)
    tonsils = np.array([_shown(u, "tonsil") for u in uptakes])
    assert tonsils.mean() == pytest.approx(3.9, abs=0.4)
    for name, mean in (("lingual_tonsil", 3.1), ("soft_palate", 3.0)):
        shown = [getattr(u, name) * RECOVERY[name] for u in uptakes]
        assert np.mean(shown) == pytest.approx(mean, rel=0.15)
    assert np.corrcoef([p.clinical.age_years for p, _ in drawn], tonsils.max(axis=1))[0, 1] < -0.1


def test_men_and_women_share_their_early_draws() -> None:
    man, woman = (Uptake.draw(np.random.default_rng(9), age=55.0, male=m) for m in (True, False))
    assert man.brain == woman.brain
    assert man.liver == woman.liver
    assert man.soft_palate > woman.soft_palate
