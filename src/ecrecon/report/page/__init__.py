"""`report.html`: the result as one page that needs no network, no script and no other file."""

from ecrecon.report.page.build import page_bytes

__all__ = ["page_bytes"]
