"""Takes out of a virtual environment what no container ever loads.

Runs inside the image's build stage with a bare Python, so it stands on the standard library
alone: ``python3 trim.py /opt/venv``.
"""

import filecmp
import shutil
import sys
from itertools import groupby
from pathlib import Path

UNUSED = (
    # onnxruntime declares these for its symbolic shape inference, a tool for making models.
    "sympy",
    "sympy-*.dist-info",
    "isympy.py",
    "mpmath",
    "mpmath-*.dist-info",
    "onnxruntime/tools",
    "onnxruntime/transformers",
    "onnxruntime/quantization",
    "onnxruntime/datasets",
    # The containers run on the CPU.
    "onnxruntime/capi/libopenvino_intel_gpu_plugin.so",
    "onnxruntime/capi/libopenvino_intel_npu_plugin.so",
    "numpy/f2py",
    "numpy/_core/include",
    "numpy/_core/lib/*.a",
    "numpy/random/lib/*.a",
    "numpy/**/tests",
    "**/*.pyi",
)


def remove_unused(packages: Path) -> int:
    """Delete what ``UNUSED`` lists, and say how many bytes that was."""
    freed = 0
    for pattern in UNUSED:
        for path in list(packages.glob(pattern)):
            if path.is_dir():
                freed += sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
                shutil.rmtree(path)
            else:
                freed += path.stat().st_size
                path.unlink()
    return freed


def link_copies(packages: Path) -> int:
    """Replace copies of a shared library under a second name by links, as its maker had them.

    A wheel cannot hold symbolic links, so it carries ``libx.so`` and ``libx.so.2`` twice.
    """
    freed = 0
    libraries = (path for path in packages.rglob("*.so*") if path.is_file())

    def place(path: Path) -> tuple[str, int]:
        return str(path.parent), path.stat().st_size

    for _, group in groupby(sorted(libraries, key=place), key=place):
        first, *others = sorted(group)
        for other in others:
            if not other.is_symlink() and filecmp.cmp(first, other, shallow=False):
                freed += other.stat().st_size
                other.unlink()
                other.symlink_to(first.name)
    return freed


def main() -> None:
    """Trim every site-packages folder of the environment named on the command line."""
    for packages in Path(sys.argv[1]).glob("lib/python3*/site-packages"):
        freed = remove_unused(packages) + link_copies(packages)
        sys.stdout.write(f"trimmed {freed / 1e6:.0f} MB from {packages}\n")


if __name__ == "__main__":
    main()
