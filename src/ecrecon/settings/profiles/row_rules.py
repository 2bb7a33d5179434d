"""Which rows count, what makes a line unique, what the file proves of itself: `[rows]`, `[identity]`, `[controls]`, `[[tie]]`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from ecrecon.settings.profiles.words import Name, Regex, Word

MEASURES = ("rows", "in_count", "out_count", "in_sum", "out_sum", "net_sum")
"""What a named total of a trailer may count or add up, beside `column:NAME`."""


class DropRule(Word):
    """Rows to leave out: the column's text is in `equals`/starts with `prefix`, or the column is empty."""

    column: Name
    equals: list[str] = Field(default_factory=list)
    prefix: list[str] = Field(default_factory=list)
    empty: bool = False


class StateRule(Word):
    """Settlement state of a row, by the text of one column."""

    column: Name
    settled: list[str] = Field(default_factory=list)
    pending: list[str] = Field(default_factory=list)
    void: list[str] = Field(default_factory=list)
    filled: Literal["settled", "pending", "void"] | None = Field(None, description="what any text means")
    empty: Literal["settled", "pending", "void"] | None = Field(None, description="an empty cell, or no such column")

    @model_validator(mode="after")
    def _one_way(self) -> StateRule:
        if self.filled is not None and (self.settled or self.pending or self.void):
            raise ValueError("`filled` speaks for every text: leave out settled, pending and void")
        return self


class TotalRule(Word):
    """Rows that hold totals of the table: left out, and held against the sums of the rows (F05)."""

    column: Name
    prefix: list[str]


class PocketRule(Word):
    """The column that says into which pocket of the shop a row's money went, in a file that holds several.

    `suffix`: text -> suffix of the account's name, "" for the main one. Each pocket is an account of its own. `others`:
    a text that is not listed is its own suffix (an open list); without it such a text is a finding.
    """

    column: Name
    suffix: dict[str, str]
    others: Literal["own"] | None = None


class IgnoreRule(Word):
    """Cells of `column` count as empty in rows whose other columns have one of the texts of `when`."""

    column: Name
    when: dict[Name, list[str]]


class RowsTable(Word):
    """`[rows]`."""

    drop: list[DropRule] = Field(default_factory=list)
    ignore: list[IgnoreRule] = Field(default_factory=list)
    total: TotalRule | None = None
    state: StateRule | None = None
    pocket: PocketRule | None = None


class IdentityTable(Word):
    """`[identity]`: the fields that make a ledger line unique inside one set of files."""

    key: list[str]


class CountControl(Word):
    """Printed count and/or sum of incoming, outgoing or all rows."""

    of: Literal["in", "out", "net"]
    regex: Regex
    where: dict[str, list[str]] = Field(
        default_factory=dict, description="only rows whose field has one of these texts"
    )


class BalanceControl(Word):
    """The running balance chains, one chain for each text of column `per`.

    `held`: rows of these texts may be holds that leave the balance as it is.
    """

    column: Name
    per: Name | None = None
    held: dict[str, list[str]] = Field(default_factory=dict)


def _measure(value: str) -> str:
    if value not in MEASURES and not value.startswith("column:"):
        raise ValueError(f"unknown total {value!r}; known: {', '.join(MEASURES)}, column:NAME")
    return value


class ControlsTable(Word):
    """`[controls]`: what the file itself lets us prove."""

    totals: dict[Name, Annotated[str, AfterValidator(_measure)]] = Field(
        default_factory=dict, description="a trailer of two rows, names and values: name -> what it totals"
    )
    count: list[CountControl] = Field(default_factory=list)
    sum: list[CountControl] = Field(default_factory=list)
    balance: list[BalanceControl] = Field(default_factory=list)
    equation: list[str] = Field(default_factory=list)


TieField = Literal[
    "payout_batch_id", "order_id", "sub_order_id", "parent_order_id", "pay_id", "merchant_order_no", "refund_id",
    "biz_txn_id", "txn_id", "goods_id", "channel", "day",
]  # fmt: skip
"""What groups of a `[[tie]]` may be named by; `day` is the local date of the movement."""


class TieTable(Word):
    """`[[tie]]`: what explains the cash view (of a witness: whose lines it totals), per group of fields."""

    group: list[TieField] = Field(min_length=1)
    with_view: Literal["cash", "detail", "witness"]
