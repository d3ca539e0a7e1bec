from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from phantom.disk.images import FORMATS, link, require_empty, write_image


def _image() -> sitk.Image:
    values = np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6)
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((0.977, 0.98, 3.27))
    image.SetOrigin((-250.5, 12.25, 777.0))
    return image


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_image_reads_back_with_its_geometry(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    write_image(_image(), path)
    back = sitk.ReadImage(str(path))
    assert np.array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(_image()))
    np.testing.assert_allclose(back.GetOrigin(), _image().GetOrigin(), atol=1e-4)
    np.testing.assert_allclose(back.GetSpacing(), _image().GetSpacing(), atol=1e-6)
    first = path.read_bytes()
    write_image(_image(), path)
    assert path.read_bytes() == first


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_that_cannot_be_written_is_an_os_error(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(OSError, match="no-such-folder"):
        write_image(_image(), tmp_path / "no-such-folder" / f"x{suffix}")


def test_a_second_name_or_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = tmp_path / "first"
    first.write_bytes(b"voxels")
    link(first, tmp_path / "second")
    assert first.samefile(tmp_path / "second")

    def refuse(_source: object, _target: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr("phantom.disk.images.os.link", refuse)
    link(first, tmp_path / "third")
    assert not first.samefile(tmp_path / "third")
    assert (tmp_path / "third").read_bytes() == b"voxels"


def test_a_folder_with_anything_in_it_is_refused(tmp_path: Path) -> None:
    require_empty(tmp_path / "new" / "folder")
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError, match="not an empty folder; nothing was written"):
        require_empty(tmp_path)
    with pytest.raises(FileExistsError, match="file exists and is not"):
        require_empty(tmp_path / "file")
