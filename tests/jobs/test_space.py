import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from jobs.space import free_bytes, nearest, require_space

Usage = namedtuple("Usage", "total used free")


def test_too_small_a_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(9, 9, 1_000_000_000))
    assert free_bytes(tmp_path / "new") == 1_000_000_000
    require_space(tmp_path, 1_000_000_000, what="a scan")
    with pytest.raises(
        OSError,
        match=r"new: too little disk for 3 scans: about 2\.50 GB needed, 1\.00 GB free; "
        "nothing was written",
    ):
        require_space(tmp_path / "new", 2_500_000_000, what="3 scans")
    require_space(tmp_path, 2_500_000_000, what="3 scans", freed=1_500_000_000)


def test_the_disk_is_that_of_the_nearest_folder(tmp_path: Path) -> None:
    assert nearest(tmp_path / "not" / "yet") == tmp_path
    assert nearest(tmp_path) == tmp_path
    (tmp_path / "file").touch()
    assert nearest(tmp_path / "file" / "below") == tmp_path
