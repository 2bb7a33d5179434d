"""The sale itself in the books: revenue, returns, VAT, receivables. The money side is `booking.vouchers`."""

from ecrecon.booking.sales.accrual import (
    ACCRUAL,
    REVERSAL,
    accrual_events,
    accrued_fees,
    end_of,
    first_month,
    month_before,
    unsettled,
)
from ecrecon.booking.sales.goods import GOODS_SHIPPED, goods_events, goods_shipped
from ecrecon.booking.sales.receivables import RECEIVABLES, free_sales, receivables, sales_facts
from ecrecon.booking.sales.revenue import COSTS, SALES_EVENTS, sales_events
from ecrecon.booking.sales.vat import vat_rates

__all__ = [
    "ACCRUAL",
    "COSTS",
    "GOODS_SHIPPED",
    "RECEIVABLES",
    "REVERSAL",
    "SALES_EVENTS",
    "accrual_events",
    "accrued_fees",
    "end_of",
    "first_month",
    "free_sales",
    "goods_events",
    "goods_shipped",
    "month_before",
    "receivables",
    "sales_events",
    "sales_facts",
    "unsettled",
    "vat_rates",
]
