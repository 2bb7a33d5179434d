"""Input VAT inside platform fees, taken out when they are booked (docs/accounting.md "Amounts and VAT").

Invoices come by service and month, so the tax is that of the total per shop, account and category; charges and fees that
came back are split apart, each given back to its lines by largest remainder: the lines add up to the vouchers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from ecrecon.booking.sales.revenue import service_rate, split_by_total
from ecrecon.booking.settings import Events
from ecrecon.settings.workspace import Workspace

POLICY, AT_BOOKING = "input_vat_on_fees", "at_booking"
ROLE = "vat_input"
_KEYS = ["shop", "account", "category", "positive"]


@dataclass(frozen=True)
class InputVat:
    """The rate in force and the fee categories whose invoices carry it."""

    numerator: int
    denominator: int
    categories: tuple[str, ...]


def input_vat(events: Events, chosen: Mapping[str, str], workspace: Workspace, day: date) -> InputVat | None:
    """What is taken out of fees in the month that ends on `day`; None where the policy leaves it to the invoice."""
    if chosen[POLICY] != AT_BOOKING:
        return None
    rate = service_rate(day)
    categories = workspace.posting.input_vat_categories
    return InputVat(*rate, events.input_vat if categories is None else tuple(categories))


def line_taxes(lines: pl.DataFrame, vat: InputVat) -> pl.DataFrame:
    """Lines that carry input VAT with `tax_minor`, signed like `amount_minor`.

    lines: amount_minor, category, shop, account, positive, row (a total order).
    """
    fees = lines.filter(pl.col("category").is_in(list(vat.categories))).with_columns(
        gross_minor=pl.col("amount_minor").abs(), num=pl.lit(vat.numerator), den=pl.lit(vat.denominator)
    )
    split = split_by_total(fees, _KEYS).drop("gross_minor", "num", "den")
    signed = split.with_columns(pl.col("tax_minor") * pl.col("amount_minor").sign())
    return signed.filter(pl.col("tax_minor") != 0)
