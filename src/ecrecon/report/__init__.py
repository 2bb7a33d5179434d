"""Views of one frozen result: JSON, CSV, Parquet, workbook, console. `write` puts them into the output folder."""

from ecrecon.report.model import Report
from ecrecon.report.output import write

__all__ = ["Report", "write"]
