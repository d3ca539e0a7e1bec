"""The layer that every container ships: from a case in /input to an output in /output."""

__version__ = "0.1.0"
