"""What is said where nnU-Net is not installed: it is no dependency of this project."""

PACKAGE = "nnunetv2"
PYTHON_VARIABLE = "HECKTOR_NNUNET_PYTHON"
"""Names the Python that has it, where that is another than the one in use."""


def reason(python: str) -> str:
    """Return why its peer is left out with a Python, and what would bring it in."""
    return (
        f"nnunet: left out, {PACKAGE} is not installed for {python}; in a virtual environment of "
        f"its own: pip install torch==2.13.0 {PACKAGE}, then {PYTHON_VARIABLE}=its bin/python"
    )
