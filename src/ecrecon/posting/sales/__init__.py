"""The sale itself in the books: revenue, returns, VAT, receivables. The money side is `posting.vouchers`."""

from ecrecon.posting.sales.receivables import RECEIVABLES, Moments, receivables
from ecrecon.posting.sales.revenue import SALES_EVENTS, sales_events
from ecrecon.posting.sales.vat import vat_rates

__all__ = ["RECEIVABLES", "SALES_EVENTS", "Moments", "receivables", "sales_events", "vat_rates"]
