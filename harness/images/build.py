"""Builds the container images with the Docker command line, either builder."""

import logging
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.images import base_image
from harness.shim.order import APIS
from harness.tasks import Task
from shared import __version__
from shared.spec import Precision

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_BASE = "debian:bookworm-slim"
RUNTIME = f"hecktor-runtime:{__version__}"
CA_VARIABLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
PASSED_ON = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_TRUSTED_HOST",
    "PIP_DEFAULT_TIMEOUT",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
)
PULL_TIMEOUT_S = 300
LICENCE = "Apache-2.0"

log = logging.getLogger(__name__)


class BuildError(Exception):
    """An image could not be built; Docker's own output stands above the message."""


@dataclass(frozen=True)
class BuildOptions:
    """Choices of build.sh.

    Attributes
    ----------
    base : str or None
        Base image; None for Debian's own, or its home-made equivalent where no registry answers.
    ca_bundle : Path or None
        Certificates for the build stage.
    on_error : {"fail", "fallback"}
        Baked into the image.
    time_limit_s : int or None
        Baked into the image; None for the task's own limit.
    precision : {"float32", "bfloat16"}
        Baked into the image.
    """

    base: str | None = None
    ca_bundle: Path | None = None
    on_error: str = "fail"
    time_limit_s: int | None = None
    precision: Precision = "float32"


def build(tasks: Sequence[Task], options: BuildOptions) -> list[str]:
    """Build the runtime image and both variants of an image for each task.

    Returns
    -------
    list of str
        Their names, the runtime's first.

    Raises
    ------
    BuildError
        If Docker reports a failure.
    BaseImageError
        If there is no base image to be had.
    """
    if shutil.which("docker") is None:
        raise BuildError("building images needs the docker command line")
    base = options.base or choose_base()
    log.info("building %s on %s", RUNTIME, base)
    with _certificates(options.ca_bundle):
        _docker_build("shared", RUNTIME, {"BASE": base, **passed_on()})
    return [RUNTIME, *(name for task in tasks for name in _build_task(task, options))]


def _build_task(task: Task, options: BuildOptions) -> list[str]:
    """Build both variants, which differ in a label and an argument: no layer is made twice."""
    choices = {"RUNTIME": RUNTIME, "ON_ERROR": options.on_error, "PRECISION": options.precision}
    if options.time_limit_s is not None:
        choices["TIME_LIMIT"] = str(options.time_limit_s)
    names = []
    for api in APIS:
        image = task.image(api)
        log.info("building %s", image)
        _docker_build(f"task{task.number}_container", image, choices, "--target", api)
        names.append(image)
    _docker("tag", task.image(), f"{task.image().partition(':')[0]}:latest")
    return names


def choose_base() -> str:
    """Take Debian's image when it is here or can be pulled, else the home-made equivalent."""
    known = subprocess.run(  # noqa: S603
        ["docker", "image", "inspect", DEFAULT_BASE],  # noqa: S607
        capture_output=True,
        check=False,
    )
    return DEFAULT_BASE if known.returncode == 0 or _pull(DEFAULT_BASE) else base_image.ensure()


def _pull(image: str) -> bool:
    try:
        subprocess.run(  # noqa: S603
            ["docker", "pull", "--quiet", image],  # noqa: S607
            capture_output=True,
            check=True,
            timeout=PULL_TIMEOUT_S,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        log.info("base image: %s cannot be pulled", image)
        return False
    return True


def passed_on() -> dict[str, str]:
    """Select the host's pip and proxy settings that make sense inside a build."""
    return {
        name: os.environ[name]
        for name in PASSED_ON
        if os.environ.get(name) and not os.environ[name].startswith(("file:", "/"))
    }


def find_ca_bundle(given: Path | None) -> Path | None:
    """Take the certificates named on the command line, else those the environment names.

    Raises
    ------
    BuildError
        If the file named on the command line does not exist.
    """
    if given is not None:
        if not given.is_file():
            raise BuildError(f"--ca-bundle: no file {given}")
        return given
    named = (Path(os.environ[name]) for name in CA_VARIABLES if os.environ.get(name))
    return next((path for path in named if path.is_file()), None)


@contextmanager
def _certificates(bundle: Path | None) -> Iterator[None]:
    """Lay the certificates where the build stage looks for them, for as long as it runs."""
    place = ROOT / "build/ca-bundle.crt"
    place.unlink(missing_ok=True)
    if bundle is not None:
        place.parent.mkdir(exist_ok=True)
        shutil.copyfile(bundle, place)
        place.chmod(0o644)
    try:
        yield
    finally:
        place.unlink(missing_ok=True)


def _docker_build(folder: str, image: str, arguments: dict[str, str], *more: str) -> None:
    given = [word for item in arguments.items() for word in ("--build-arg", "=".join(item))]
    dockerfile = ROOT / folder / "Dockerfile"
    labels = [word for item in labels_of(image).items() for word in ("--label", "=".join(item))]
    words = ("--file", str(dockerfile), "--tag", image, *given, *labels, *more)
    _docker("build", *words, str(ROOT))


def labels_of(image: str) -> dict[str, str]:
    """Return an image's labels in the words of the Open Containers Initiative."""
    labels = {"title": image.partition(":")[0], "version": __version__, "licenses": LICENCE}
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    # From an archive of the sources there is none.
    if commit.returncode == 0:
        labels["revision"] = commit.stdout.strip()
    return {f"org.opencontainers.image.{name}": value for name, value in labels.items()}


def _docker(*words: str) -> None:
    try:
        subprocess.run(["docker", *words], check=True, stdin=subprocess.DEVNULL)  # noqa: S603, S607
    except subprocess.CalledProcessError as error:
        raise BuildError(f"docker {words[0]} failed for {words[-1]}") from error
