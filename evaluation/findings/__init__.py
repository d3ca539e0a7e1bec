"""What is wrong with one segmentation, in words and places, worst first."""

from evaluation.findings.find import find
from evaluation.findings.kinds import WEIGHTS, Finding, Kind, summary

__all__ = ["WEIGHTS", "Finding", "Kind", "find", "summary"]
