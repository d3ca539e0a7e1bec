from pathlib import Path

import pytest

from jobs.lock import alone_in


def test_a_folder_has_one_writer_at_a_time(tmp_path: Path) -> None:
    with (
        alone_in(tmp_path),
        pytest.raises(FileExistsError, match="another process is writing"),
        alone_in(tmp_path),
    ):
        pytest.fail("two writers")
    with alone_in(tmp_path):
        assert list(tmp_path.iterdir()) == []


def test_an_error_inside_comes_out_and_frees_the_folder(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="disk on fire"), alone_in(tmp_path):
        raise OSError("disk on fire")
    with alone_in(tmp_path):
        assert tmp_path.is_dir()
