"""`report.xlsx`: the sheets for the accountant (README.md "What a run writes")."""

from ecrecon.report.workbook.build import SHEETS, workbook

__all__ = ["SHEETS", "workbook"]
