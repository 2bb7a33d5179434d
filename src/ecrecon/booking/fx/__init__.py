"""Foreign currency in the books: rates in force, conversion, and differences at the period's end (docs/accounting.md "Foreign currency")."""

from ecrecon.booking.fx.convert import convert_cells, convert_sales
from ecrecon.booking.fx.rates import BOOK_CURRENCY, Rates, with_rate
from ecrecon.booking.fx.revalue import OPENINGS, Revaluation, revalue

__all__ = [
    "BOOK_CURRENCY",
    "OPENINGS",
    "Rates",
    "Revaluation",
    "convert_cells",
    "convert_sales",
    "revalue",
    "with_rate",
]
