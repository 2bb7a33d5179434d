"""The sale itself in the books: revenue, returns, VAT, receivables. The money side is `posting.vouchers`."""

from ecrecon.posting.sales.goods import GOODS_SHIPPED, goods_events, goods_shipped
from ecrecon.posting.sales.receivables import RECEIVABLES, Moments, receivables, sales_facts
from ecrecon.posting.sales.revenue import COSTS, SALES_EVENTS, sales_events
from ecrecon.posting.sales.vat import vat_rates

__all__ = [
    "COSTS",
    "GOODS_SHIPPED",
    "RECEIVABLES",
    "SALES_EVENTS",
    "Moments",
    "goods_events",
    "goods_shipped",
    "receivables",
    "sales_events",
    "sales_facts",
    "vat_rates",
]
