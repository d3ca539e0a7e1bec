"""The report on a cohort: drawn and rendered patients beside the published figures."""

from phantom.report.write import DRAWN, write_report

__all__ = ["DRAWN", "write_report"]
