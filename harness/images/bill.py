"""The bill of materials of an image, as CycloneDX JSON, and its licences as a table."""

from __future__ import annotations

from collections.abc import Iterable

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from harness.images.contents import Contents, Package


def bill_of_materials(contents: Contents, *, name: str, version: str) -> str:
    """Return what is in an image as CycloneDX 1.6 JSON.

    Parameters
    ----------
    contents : Contents
        Of the image.
    name, version : str
        Of the image.
    """
    image = Component(
        name=name,
        version=version,
        type=ComponentType.CONTAINER,
        properties=[Property(name="content-sha256", value=contents.sha256)],
    )
    bom = Bom(components=[*_packages(contents.packages), *_weights(contents.weights)])
    bom.metadata.component = image
    bom.register_dependency(image, bom.components)
    return str(JsonV1Dot6(bom).output_as_string(indent=1))


def _packages(packages: Iterable[Package]) -> Iterable[Component]:
    for package in packages:
        namespace = "debian" if package.kind == "deb" else None
        url = PackageURL(package.kind, namespace, package.name, package.version)
        yield Component(
            name=package.name,
            version=package.version,
            type=ComponentType.LIBRARY,
            purl=url,
            bom_ref=str(url),
            licenses=[DisjunctiveLicense(name=licence) for licence in package.licences],
        )


def _weights(weights: dict[str, str]) -> Iterable[Component]:
    for name, digest in weights.items():
        yield Component(
            name=name,
            type=ComponentType.MACHINE_LEARNING_MODEL,
            bom_ref=name,
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        )


def licences(contents: Contents) -> str:
    """Return a Markdown table of all packages with their licences."""
    rows = (
        f"| {package.kind} | {package.name} | {package.version} | "
        f"{', '.join(package.licences) or 'see /usr/share/doc in the image'} |"
        for package in contents.packages
    )
    head = ("| from | package | version | licences |", "|---|---|---|---|")
    return "\n".join((*head, *rows)) + "\n"
