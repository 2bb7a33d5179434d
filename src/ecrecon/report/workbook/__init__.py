"""`report.xlsx`: seven sheets for the accountant (design section 8)."""

from ecrecon.report.workbook.build import SHEETS, workbook_bytes

__all__ = ["SHEETS", "workbook_bytes"]
