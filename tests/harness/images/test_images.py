"""What reaches a build, which base it stands on, and what is trimmed from it."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.images import base_image, trim
from harness.images import build as images
from harness.tasks import TASKS

ROOT = Path(__file__).resolve().parents[3]
DOCKERFILES = [ROOT / "shared/Dockerfile", *sorted(ROOT.glob("task*_container/Dockerfile"))]


def test_pip_and_proxy_settings_reach_the_build_but_local_folders_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in images.PASSED_ON:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "file:///srv/wheels")
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    assert images.passed_on() == {
        "PIP_INDEX_URL": "https://mirror.example/simple",
        "https_proxy": "http://proxy.example:3128",
    }


def test_certificates_come_from_the_command_line_then_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in images.CA_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert images.find_ca_bundle(None) is None
    monkeypatch.setenv("PIP_CERT", str(tmp_path / "gone.crt"))
    named = tmp_path / "named.crt"
    named.write_text("certificates", encoding="utf-8")
    monkeypatch.setenv("CURL_CA_BUNDLE", str(named))
    assert images.find_ca_bundle(None) == named
    given = tmp_path / "given.crt"
    given.write_text("certificates", encoding="utf-8")
    assert images.find_ca_bundle(given) == given
    with pytest.raises(images.BuildError, match=r"--ca-bundle: no file .*gone\.crt"):
        images.find_ca_bundle(tmp_path / "gone.crt")


def test_the_certificates_lie_in_the_context_only_while_building(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "ca.crt"
    bundle.write_text("certificates", encoding="utf-8")
    calls: list[tuple[tuple[str, ...], bool]] = []
    place = tmp_path / "build/ca-bundle.crt"

    def record(*words: str) -> None:
        calls.append((words, place.exists()))

    monkeypatch.setattr(images, "ROOT", tmp_path)
    monkeypatch.setattr(images, "_docker", record)
    monkeypatch.setattr("harness.images.build.shutil.which", lambda _: "/usr/bin/docker")
    options = images.BuildOptions(
        base="b:1", ca_bundle=bundle, on_error="fallback", time_limit_s=99, precision="bfloat16"
    )
    built = images.build([TASKS[2]], options)
    assert built == [images.RUNTIME, TASKS[2].image("exec"), TASKS[2].image("invoke")]
    (runtime, with_bundle), *variants, (tag, _) = calls
    assert [with_bundle, *(there for _, there in variants)] == [True, False, False]
    assert "BASE=b:1" in runtime
    for api, (words, _) in zip(("exec", "invoke"), variants, strict=True):
        baked = {"ON_ERROR=fallback", "TIME_LIMIT=99", "PRECISION=bfloat16"}
        assert baked | {f"RUNTIME={images.RUNTIME}"} <= set(words)
        assert words[words.index("--target") + 1] == api
    assert tag == ("tag", TASKS[2].image(), "hecktor-task2:latest")
    assert not place.exists()


def test_without_the_docker_command_line_the_build_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("harness.images.build.shutil.which", lambda _: None)
    with pytest.raises(images.BuildError, match="needs the docker command line"):
        images.build([TASKS[1]], images.BuildOptions())


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_dockerfiles_need_no_particular_builder(dockerfile: Path) -> None:
    text = dockerfile.read_text(encoding="utf-8")
    for newer in ("--mount", "--chmod", "--link", "<<", "# syntax"):
        assert newer not in text


def test_the_task_dockerfiles_differ_in_the_number_and_the_time_alone() -> None:
    def neutral(number: int) -> str:
        text = (ROOT / f"task{number}_container/Dockerfile").read_text(encoding="utf-8")
        limit = f"TIME_LIMIT={TASKS[number].time_limit_s:.0f}\n"
        assert limit in text
        text = text.replace(limit, "")
        return text.replace(f"task{number}", "taskN").replace(f"Task {number}", "Task N")

    assert neutral(1) == neutral(2) == neutral(3)


LIST = """
# deb http://commented.example/debian bookworm main
deb [signed-by=/usr/share/keyrings/k.gpg] http://one.example/debian bookworm main contrib
deb http://other.example/apt stable main
deb-src http://source.example/debian bookworm-security main
"""
STANZAS = """Types: deb deb-src
# URIs: http://commented.example/debian
URIs: http://two.example/debian
Suites: bookworm bookworm-updates
Components: main

Types: deb
URIs: http://two.example/debian-security
Suites: bookworm-security
Components: main
"""


@pytest.mark.parametrize(
    ("name", "text", "mirrors"),
    [
        ("sources.list", LIST, {"bookworm": "http://one.example/debian"}),
        (
            "sources.list.d/debian.sources",
            STANZAS,
            {
                "bookworm": "http://two.example/debian",
                "bookworm-security": "http://two.example/debian-security",
            },
        ),
        ("sources.list.d/other.save", LIST, {}),
    ],
)
def test_mirrors_are_those_of_the_host(
    tmp_path: Path, name: str, text: str, mirrors: dict[str, str]
) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert base_image.host_mirrors(tmp_path) == mirrors


def test_without_debootstrap_or_root_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess([], 1)

    monkeypatch.setattr("harness.images.base_image.subprocess.run", unknown)
    monkeypatch.setattr("harness.images.base_image.shutil.which", lambda _: None)
    with pytest.raises(base_image.BaseImageError, match=r"debootstrap is not installed.*--base"):
        base_image.ensure()
    monkeypatch.setattr("harness.images.base_image.shutil.which", lambda _: "/usr/sbin/debootstrap")
    monkeypatch.setattr("harness.images.base_image.os.geteuid", lambda: 1000)
    with pytest.raises(base_image.BaseImageError, match=r"needs root.*--base"):
        base_image.ensure()


def test_trim_removes_what_is_unused_and_links_copies(tmp_path: Path) -> None:
    packages = tmp_path / "lib/python3.11/site-packages"
    contents = {
        "sympy/core.py": b"s",
        "numpy/ma/tests/test_core.py": b"t",
        "numpy/__init__.py": b"n",
        "onnxruntime/capi/libopenvino.so": b"library",
        "onnxruntime/capi/libopenvino.so.2541": b"library",
        "onnxruntime/capi/libother.so": b"yrarbil",
    }
    for name, content in contents.items():
        file = packages / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    command = [sys.executable, trim.__file__, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("trimmed ")
    left = {path.relative_to(packages).as_posix() for path in packages.rglob("*.*")}
    assert not any(name.startswith(("sympy", "numpy/ma/tests")) for name in left)
    assert {"numpy/__init__.py", "onnxruntime/capi/libopenvino.so.2541"} <= left
    capi = packages / "onnxruntime/capi"
    links = [path for path in capi.iterdir() if path.is_symlink()]
    assert [path.name for path in links] == ["libopenvino.so.2541"]
    assert links[0].read_bytes() == b"library"
    assert (capi / "libother.so").read_bytes() == b"yrarbil"
