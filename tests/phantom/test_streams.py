import numpy as np
import pytest

from phantom.streams import Stream, generator, pick


def test_a_stream_depends_on_seed_index_and_purpose_alone() -> None:
    first = generator(1, 2, Stream.BODY).random(4)
    assert np.array_equal(first, generator(1, 2, Stream.BODY).random(4))
    for other in ((2, 2, Stream.BODY), (1, 3, Stream.BODY), (1, 2, Stream.SCAN)):
        assert not np.array_equal(first, generator(*other).random(4))


@pytest.mark.parametrize(("seed", "index"), [(-1, 0), (0, -1)])
def test_negative_numbers_are_refused(seed: int, index: int) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        generator(seed, index, Stream.BODY)


def test_pick_follows_the_weights() -> None:
    rng = np.random.default_rng(0)
    counts = np.bincount([pick(rng, (1, 0, 3)) for _ in range(8000)], minlength=3)
    assert counts[1] == 0
    assert counts[2] / 8000 == pytest.approx(0.75, abs=0.02)
