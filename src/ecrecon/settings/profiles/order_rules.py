"""The books side: `[status]`, `[refund]`, `[receivable]`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ecrecon.settings.profiles.words import Name, Names, Word


class StatusTable(Word):
    """`[status]`: orders use unpaid paid shipped finished closed, refunds done pending rejected. Commas normalised.

    An ERP also has `replaced`: the order was merged into or split into others, which are in the file themselves.
    """

    column: Name
    unpaid: list[str] = Field(default_factory=list)
    paid: list[str] = Field(default_factory=list)
    shipped: list[str] = Field(default_factory=list)
    finished: list[str] = Field(default_factory=list)
    closed: list[str] = Field(default_factory=list)
    done: list[str] = Field(default_factory=list)
    pending: list[str] = Field(default_factory=list)
    rejected: list[str] = Field(default_factory=list)
    replaced: list[str] = Field(default_factory=list)
    otherwise: Literal["unpaid", "paid", "shipped", "finished", "closed"] | None = Field(
        None, description="state of a text that is on no list; without it such a text is F11"
    )
    absent: str | None = Field(None, description="state of every row where the file has no such column")
    told_by: dict[str, list[Name]] = Field(
        default_factory=dict,
        description="without the column: a row of which one of these columns holds a text or an amount has that state",
    )


class RefundTable(Word):
    """`[refund]`: the amount column (or the columns that add up to it) of an after-sale document and what it includes."""

    amount: Names
    gross: bool = False
    completed: Name | None = None


class Reading(Word):
    """`[[receivable.reading]]`: one way to read the receivable from the order columns; `-name` subtracts."""

    cash: list[str]
    platform: list[str] = Field(default_factory=list)
    adds_back: Literal["refunds_until_finished"] | None = None
    only: list[Literal["unpaid", "paid", "shipped", "finished", "closed"]] = Field(default_factory=list)
    once_per: str | None = None
    basis: Literal["erp", "weak"] = Field("erp", description="of an ERP: how far the amount can be trusted")


class ReceivableTable(Word):
    """`[receivable]`. `add_rows`: an order stands on several rows of one file (one per goods), whose amounts add up."""

    reading: list[Reading] = Field(default_factory=list, max_length=4)
    add_rows: bool = False

    @property
    def sums_rows(self) -> bool:
        """The amounts of an order are spread over its rows, or stand on the first of them."""
        return self.add_rows or any(reading.once_per for reading in self.reading)
