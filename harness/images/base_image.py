"""Makes the base image where no registry can be reached: Debian 12, minimal and up to date.

Equal in function to ``debian:bookworm-slim``, not in digest, hence its own name.
"""

import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

NAME = "hecktor-base:bookworm"
SUITE = "bookworm"
EXCLUDED = ("usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale")
EMPTIED = ("var/lib/apt/lists", "var/cache/apt", "var/log", "tmp")

log = logging.getLogger(__name__)


class BaseImageError(Exception):
    """The base image could not be made; the message says what is missing."""


def ensure() -> str:
    """Return the name of the home-made base image, making it first where it is not there."""
    known = subprocess.run(  # noqa: S603
        ["docker", "image", "inspect", NAME],  # noqa: S607
        capture_output=True,
        check=False,
    )
    if known.returncode == 0:
        log.info("base image: %s is there already", NAME)
        return NAME
    if shutil.which("debootstrap") is None:
        raise BaseImageError(
            "no registry answers and debootstrap is not installed: "
            "install it, or name a base image of yours with --base IMAGE"
        )
    if os.geteuid() != 0:
        raise BaseImageError(
            f"no registry answers and making {NAME} with debootstrap needs root: "
            "run build.sh once as root, or name a base image of yours with --base IMAGE"
        )
    log.info("base image: making %s with debootstrap", NAME)
    root = Path(tempfile.mkdtemp(prefix="hecktor-base-"))
    try:
        _bootstrap(root)
        _import(root)
    except subprocess.CalledProcessError as error:
        output = (error.stdout or b"").decode("utf-8", "replace").strip()
        raise BaseImageError(
            f"{error.cmd[0]} failed while making {NAME}: {output.splitlines()[-1:]}"
        ) from error
    finally:
        _remove(root)
    return NAME


def host_mirrors(sources: Path = Path("/etc/apt")) -> dict[str, str]:
    """Read which mirrors this machine's own apt uses.

    Parameters
    ----------
    sources : Path
        The folder of ``sources.list`` and ``sources.list.d``.

    Returns
    -------
    dict of str to str
        Suite (``bookworm``, ``bookworm-security``) to mirror, for those that are listed.
    """
    mirrors: dict[str, str] = {}
    files = [sources / "sources.list", *sorted((sources / "sources.list.d").glob("*"))]
    for file in files:
        if file.is_file() and file.suffix in {".list", ".sources"}:
            read = _stanzas if file.suffix == ".sources" else _lines
            for mirror, suites, components in read(file.read_text(encoding="utf-8")):
                if "main" in components:
                    for suite in suites:
                        mirrors.setdefault(suite, mirror)
    return {suite: mirrors[suite] for suite in (SUITE, f"{SUITE}-security") if suite in mirrors}


def _lines(text: str) -> Iterator[tuple[str, list[str], list[str]]]:
    for line in text.splitlines():
        words = [word for word in line.split() if not word.startswith("[") and "=" not in word]
        if len(words) >= 4 and words[0] == "deb":
            yield words[1], [words[2]], words[3:]


def _stanzas(text: str) -> Iterator[tuple[str, list[str], list[str]]]:
    for stanza in text.split("\n\n"):
        fields = dict(
            line.split(":", 1)
            for line in stanza.splitlines()
            if ":" in line and not line.startswith("#")
        )
        words = {name.strip().lower(): value.split() for name, value in fields.items()}
        if "deb" in words.get("types", []):
            for mirror in words.get("uris", []):
                yield mirror, words.get("suites", []), words.get("components", [])


def _run(*command: str | Path, root: Path | None = None) -> None:
    inside = ["chroot", str(root)] if root else []
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    subprocess.run(  # noqa: S603
        [*inside, *map(str, command)],
        check=True,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def _bootstrap(root: Path) -> None:
    mirrors = host_mirrors()
    mirror = mirrors.get(SUITE)
    _run("debootstrap", "--variant=minbase", SUITE, root, *([mirror] if mirror else []))
    sources = root / "etc/apt/sources.list"
    main = mirror or sources.read_text(encoding="utf-8").split()[1]
    security = mirrors.get(f"{SUITE}-security", f"{main.rstrip('/')}-security")
    sources.write_text(
        f"deb {main} {SUITE} main\n"
        f"deb {main} {SUITE}-updates main\n"
        f"deb {security} {SUITE}-security main\n",
        encoding="utf-8",
    )
    (root / "etc/dpkg/dpkg.cfg.d/without-docs").write_text(
        "".join(f"path-exclude=/{folder}/*\n" for folder in EXCLUDED)
        + "path-include=/usr/share/doc/*/copyright\n",
        encoding="utf-8",
    )
    (root / "etc/apt/apt.conf.d/small").write_text(
        'Acquire::Languages "none";\nAPT::Install-Recommends "false";\n', encoding="utf-8"
    )
    _run("apt-get", "update", root=root)
    _run("apt-get", "dist-upgrade", "--yes", root=root)
    _run("apt-get", "clean", root=root)
    _empty(root)


def _empty(root: Path) -> None:
    for folder in (*EXCLUDED, *EMPTIED):
        for path in sorted((root / folder).rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.name != "copyright":
                path.unlink()
    for leftover in (
        "etc/resolv.conf",
        "etc/hostname",
        "etc/machine-id",
        "var/lib/dbus/machine-id",
    ):
        (root / leftover).unlink(missing_ok=True)


def _import(root: Path) -> None:
    packing = subprocess.Popen(  # noqa: S603
        ["tar", "--numeric-owner", "--sort=name", "-C", str(root), "-c", "."],  # noqa: S607
        stdout=subprocess.PIPE,
    )
    with packing:
        subprocess.run(  # noqa: S603
            ["docker", "import", "--change", 'CMD ["bash"]', "-", NAME],  # noqa: S607
            stdin=packing.stdout,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=True,
        )
    if packing.returncode != 0:
        raise BaseImageError(f"packing {root} for docker import failed")


def _remove(root: Path) -> None:
    mounts = Path("/proc/mounts").read_text(encoding="utf-8").split()
    for mount in sorted({word for word in mounts if word.startswith(f"{root}/")}, reverse=True):
        subprocess.run(["umount", mount], check=True)  # noqa: S603, S607
    shutil.rmtree(root)
