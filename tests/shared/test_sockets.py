"""Where each input lies, and what its folder may hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InputError
from shared.sockets import CT, DOSE, EHR, PET, PLANNING_CT, Sockets, find_sockets
from tests.strategies import JSON, few

VINTAGES = {
    "current": ("socket",),
    "before November 2025": ("interface",),
    "between": ("socket", "interface"),
}


def entry(slug: str, path: str, *, keys: tuple[str, ...] = ("socket",), name: Any = None) -> Any:
    declared = {"slug": slug, "relative_path": path, "kind": "Image"}
    image = None if name is None else {"pk": "0", "name": name}
    return {**dict.fromkeys(keys, declared), "value": None, "file": None, "image": image, "pk": 1}


def find(folder: Path, content: Any) -> Sockets:
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "inputs.json").write_text(text, encoding="utf-8")
    return find_sockets(folder)


def ct_folder(folder: Path, *names: str) -> Sockets:
    (folder / "images/ct").mkdir(parents=True)
    for name in names:
        (folder / "images/ct" / name).touch()
    return find_sockets(folder)


def test_without_inputs_json_the_folder_names_decide(tmp_path: Path) -> None:
    sockets = find_sockets(tmp_path)
    assert sockets.paths == {
        CT: tmp_path / "images/ct",
        PET: tmp_path / "images/pet",
        EHR: tmp_path / "ehr.json",
        PLANNING_CT: tmp_path / "images/ct-planning",
        DOSE: tmp_path / "images/rt-dose",
    }
    assert sockets.patient_id is None


@pytest.mark.parametrize("keys", VINTAGES.values(), ids=VINTAGES)
def test_inputs_json_decides_in_every_vintage(tmp_path: Path, keys: tuple[str, ...]) -> None:
    entries = [
        entry("pet-image", "images/here/pet", keys=keys),
        entry("ct-image", "images/there", keys=keys, name="CHUB-001__CT.nii.gz"),
        entry("electronic-health-record", "record.json", keys=keys),
    ]
    sockets = find(tmp_path, entries)
    assert sockets.paths[CT] == tmp_path / "images/there"
    assert sockets.paths[PET] == tmp_path / "images/here/pet"
    assert sockets.paths[EHR] == tmp_path / "record.json"
    assert sockets.patient_id == "CHUB-001"


def test_an_unknown_slug_is_known_by_its_path(tmp_path: Path) -> None:
    entries = [entry("new-ct", "images/ct/", name="A.mha"), entry("other", "images/other")]
    sockets = find(tmp_path, entries)
    assert sockets.paths[CT] == tmp_path / "images/ct"
    assert sockets.patient_id == "A"


@pytest.mark.parametrize(
    ("name", "patient_id"),
    [
        ("CHUB-001__CT.nii.gz", "CHUB-001"),
        ("MDA-0007__CT.mha", "MDA-0007"),
        ("MDA-0007_ct.NII", "MDA-0007"),
        ("patient 7.mha", None),
        ("plain", "plain"),
        ("scan.tiff", "scan"),
        ("../../x", None),
        ("..", None),
        (".hidden.mha", None),
        ("/etc/passwd", None),
        ("C:\\x.mha", None),
        ("", None),
        ("__CT.nii.gz", None),
        ("Zoë__CT.nii.gz", None),
        ("患者.mha", None),
        ("a\nb.mha", None),
        ("a\0b", None),
        ("x" * 300, None),
        (7, None),
    ],
)
def test_only_a_harmless_name_names_the_output(
    tmp_path: Path, name: object, patient_id: str | None
) -> None:
    assert find(tmp_path, [entry("ct-image", "images/ct", name=name)]).patient_id == patient_id


def test_a_refused_name_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    find(tmp_path, [entry("ct-image", "images/ct", name="../../x")])
    assert "can't name a file; writing output.mha" in caplog.text


@pytest.mark.parametrize("path", ["../outside", "/etc", "", "a/../../b", "a\0b", None, 5])
def test_a_path_that_leaves_the_input_folder_is_not_followed(tmp_path: Path, path: Any) -> None:
    assert find(tmp_path, [entry("ct-image", path)]).paths[CT] == tmp_path / "images/ct"


@pytest.mark.parametrize(
    ("content", "warning"),
    [("", "not readable"), ("{", "not readable"), ('{"a": 1}', "expected a list"), ("3", "a list")],
)
def test_a_malformed_inputs_json_falls_back_with_a_warning(
    tmp_path: Path, content: str, warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert find(tmp_path, content) == find_sockets(tmp_path)
    assert find(tmp_path, content).paths[CT] == tmp_path / "images/ct"
    assert warning in caplog.text
    assert "using the folder names" in caplog.text


@few
@given(content=st.lists(JSON | st.fixed_dictionaries({"socket": JSON, "image": JSON})))
def test_any_inputs_json_is_survived(
    tmp_path_factory: pytest.TempPathFactory, content: Any
) -> None:
    folder = tmp_path_factory.mktemp("input")
    assert find(folder, content).paths[PET] == folder / "images/pet"


@pytest.mark.parametrize(
    "name", ["0b1c.mha", "x.MHA", "a.mhd", "b.nii", "c.nii.gz", "Zoë 1.nii.gz"]
)
def test_one_image_of_any_name_is_found(tmp_path: Path, name: str) -> None:
    assert ct_folder(tmp_path, name, ".DS_Store", "._x.mha").image(CT).name == name


def test_the_data_file_beside_an_mhd_header_is_no_second_image(tmp_path: Path) -> None:
    assert ct_folder(tmp_path, "scan.mhd", "scan.zraw").image(CT).name == "scan.mhd"


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([], r"expected one image \(.*\), found 0 files"),
        (["a.mha", "b.nii.gz"], "expected one image, found 2 files"),
        (["a.tif"], "found a TIFF, which drops the z spacing and the origin"),
        (["a.TIFF"], "found a TIFF"),
        (["notes.txt"], "found a file of another kind"),
        ([".a.mha"], "found 0 files"),
    ],
)
def test_a_socket_without_one_image_is_refused(
    tmp_path: Path, names: list[str], reason: str
) -> None:
    sockets = ct_folder(tmp_path, *names)
    with pytest.raises(InputError, match=f"^CT socket images/ct: .*{reason}"):
        sockets.image(CT)


def test_a_socket_without_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^PET socket images/pet: .*found no such folder"):
        find_sockets(tmp_path).image(PET)


def test_an_input_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^input folder: expected a folder"):
        find_sockets(tmp_path / "nowhere")


def test_the_input_may_be_a_symlink_and_read_only(tmp_path: Path) -> None:
    ct_folder(tmp_path / "job-1-input", "a.mha")
    (tmp_path / "input").symlink_to(tmp_path / "job-1-input")
    (tmp_path / "job-1-input").chmod(0o555)
    sockets = find_sockets(tmp_path / "input")
    assert sockets.image(CT).name == "a.mha"
    assert not sockets.present(PLANNING_CT)
