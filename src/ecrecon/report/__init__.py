"""Views of one frozen result: JSON, CSV, Parquet, workbook, console. `write` puts them into the output folder."""

from ecrecon.report.console import render
from ecrecon.report.decisions import read_decisions
from ecrecon.report.model import Report
from ecrecon.report.movements import compare_runs
from ecrecon.report.output import Written, check_folder, write
from ecrecon.report.summary import as_json, coverage_block, findings_block, sources_block

__all__ = [
    "Report",
    "Written",
    "as_json",
    "check_folder",
    "compare_runs",
    "coverage_block",
    "findings_block",
    "read_decisions",
    "render",
    "sources_block",
    "write",
]
