"""`report.xlsx`: seven sheets for the accountant (design section 8)."""

from ecrecon.report.workbook.build import SHEETS, workbook

__all__ = ["SHEETS", "workbook"]
