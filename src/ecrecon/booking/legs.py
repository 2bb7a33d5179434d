"""Bill lines -> cells -> legs: which event a line belongs to and which two accounts it moves.

A cell is all lines that are booked alike. There are few cells however many lines there are, so accounts,
sides and texts are decided on cells, and a line only knows the number of its cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from ecrecon.base.categories import CATEGORIES, CATEGORY
from ecrecon.base.errors import InvariantError
from ecrecon.base.moment import Month
from ecrecon.base.schema import CAT
from ecrecon.base.sources import Source
from ecrecon.booking.currencies import BOOK_CURRENCY, convert_cells
from ecrecon.booking.grain import event_grains, gathered, unit_columns
from ecrecon.booking.input_vat import ROLE, InputVat, line_taxes
from ecrecon.booking.settings import Chart, Event, Events, Pocket, Role, role_of

CELL_KEY = ("category", "positive", "special", "own", "shop", "account", "raw_type")


@dataclass(frozen=True)
class Cells:
    """`lines`: line_id, source_id, source_line, order_id, amount_minor, cell (UInt32), sorted by line_id.

    `cells`: one row per cell, `cell` = its row: category, positive, own (role), shop, account, item, date and order
    of its voucher, event (index), counter (role), amount_minor and tax_minor (signed sums, fen), count, tax_count;
    currency, fx_rate and fc_minor (signed, in that currency; both null for CNY).
    `taxes`: the lines that carry input VAT, with tax_minor, signed like the amount.
    """

    lines: pl.DataFrame
    cells: pl.DataFrame
    taxes: pl.DataFrame


def counter_roles(
    lines: pl.DataFrame, sources: Sequence[Source], events: Events, chosen: Mapping[str, str]
) -> pl.DataFrame:
    """line_id, counter_role: what the other leg of each line would be, also of lines that no voucher holds."""
    table = _event_table(events, chosen).select("category", "positive", "special", counter_role="counter")
    frame = _prepared(lines, sources, events)
    told = frame.join(table, on=["category", "positive", "special"], how="left", maintain_order="left")
    return told.select("line_id", "counter_role")


def pocket_role(source: Source, events: Events) -> str:
    """The role of the account that the lines of `source` stand in: the wallet unless a pocket fits."""
    return next((pocket.role for pocket in events.pocket if _fits(source, pocket)), events.own)


def _fits(source: Source, pocket: Pocket) -> bool:
    parts = (source.account or "").split(":")
    suffix = source.account_suffix or (parts[2] if len(parts) == 3 else "")
    profile = source.profile or ""
    return (
        source.kind in pocket.kinds
        or suffix in pocket.suffixes
        or any(profile == name or profile.startswith((f"{name}.", f"{name}_")) for name in pocket.profiles)
    )


def make_cells(
    lines: pl.DataFrame,
    sources: Sequence[Source],
    events: Events,
    chosen: Mapping[str, str],
    period: Month,
    vat: InputVat | None = None,
) -> Cells:
    """Group lines into cells; raise InvariantError for a source_id outside `sources`.

    Lines of amount 0 move nothing and are left out. Day and order cut cells only where a granularity asks for it.
    vat: the input VAT that is taken out of fees; no invoice of a service is in another currency, so theirs stay whole.
    Where lines have `fx_rate` (posting.fx.with_rate) cells are cut by currency and rate and converted to CNY.
    """
    table = _event_table(events, chosen)
    grains = event_grains(events, chosen)
    frame = _prepared(lines, sources, events)
    units = [] if set(grains) == {"month"} else ["date", "order"]
    abroad = ["currency", "fx_rate"] if "fx_rate" in lines.columns else []
    key = [*CELL_KEY, *units, *abroad]
    if units:
        frame = _with_units(frame, table, grains, period)
    grouped = frame.group_by(key).agg(
        pl.col("amount_minor").sum(), pl.len().cast(pl.Int64).alias("count"), pl.col("row")
    )
    text = grouped.with_columns(pl.col(name).cast(pl.String) for name in ("shop", "account", "raw_type"))
    cells = text.sort(key).with_row_index("cell")
    if not units:
        cells = cells.with_columns(date=pl.lit(period.last), order=pl.lit(None, dtype=pl.String))
    numbers = pl.zeros(frame.height, dtype=pl.UInt32, eager=True)
    placed = cells.select("cell", "row").explode("row")
    if frame.height:
        numbers = numbers.scatter(placed["row"], placed["cell"])
    frame = frame.with_columns(numbers.alias("cell"))
    if abroad:
        cells, frame = convert_cells(cells, frame)
        taxes = _taxes(frame.filter(pl.col("fx_rate").is_null()), vat)
    else:
        cells = cells.with_columns(
            currency=pl.lit(BOOK_CURRENCY), fx_rate=pl.lit(None, dtype=pl.String), fc_minor=pl.lit(None, dtype=pl.Int64)
        )
        taxes = _taxes(frame, vat)
    narrow = frame.select("line_id", "source_id", "source_line", "order_id", "amount_minor", "cell")
    of_cell = taxes.group_by("cell").agg(pl.col("tax_minor").sum(), tax_count=pl.len().cast(pl.Int64))
    taxed = cells.drop("row").join(of_cell, on="cell", how="left", maintain_order="left")
    filled = taxed.with_columns(pl.col("tax_minor", "tax_count").fill_null(0))
    return Cells(narrow, _with_events(filled, table, events), taxes)


def _taxes(frame: pl.DataFrame, vat: InputVat | None) -> pl.DataFrame:
    """line_id, source_id, source_line, order_id, cell, tax_minor of the lines that carry input VAT."""
    fees = frame.clear().with_columns(tax_minor=pl.lit(0, dtype=pl.Int64)) if vat is None else line_taxes(frame, vat)
    return fees.select("line_id", "source_id", "source_line", "order_id", "cell", "tax_minor")


def _with_units(frame: pl.DataFrame, table: pl.DataFrame, grains: Sequence[str], period: Month) -> pl.DataFrame:
    """Add date and order of the voucher of each line."""
    grain = gathered(grains, pl.col("event"))
    placed = frame.join(
        table.select("category", "positive", "special", "event"),
        on=["category", "positive", "special"],
        how="left",
        maintain_order="left",
    )
    day = pl.col("occurred_at").dt.date()
    return placed.with_columns(unit_columns(grain, day, pl.col("order_id"), period)).drop("event")


def _prepared(lines: pl.DataFrame, sources: Sequence[Source], events: Events) -> pl.DataFrame:
    """Columns that decide the cell and those that the trace needs, sorted by line_id, with row numbers."""
    bad = lines.filter((pl.col("source_id") < 0) | (pl.col("source_id") >= len(sources)))["source_id"]
    if bad.len():
        raise InvariantError(f"vouchers: a line names source {bad[0]}, there are {len(sources)} sources")
    own = pl.Series([pocket_role(source, events) for source in sources], dtype=CAT)
    own_role = pl.lit(own).gather(pl.col("source_id")) if len(sources) else pl.lit(None, dtype=CAT)
    merged_by_type = [c for event in events.event if event.merge == "raw_type" for e in event.entry for c in e.category]
    by_type = pl.col("category").is_in(merged_by_type)
    account = pl.col("account").cast(CAT).fill_null("未知账户")
    frame = lines.filter(pl.col("amount_minor") != 0)
    if not frame["line_id"].is_sorted():
        frame = frame.sort("line_id")
    frame = frame.with_row_index("row").with_columns(own_role.alias("own"))
    return frame.select(
        "row", "line_id", "source_id", "source_line", "order_id", "occurred_at", "amount_minor", "category",
        (pl.col("amount_minor") > 0).alias("positive"),
        _special_entries(frame, events).alias("special"),
        "own",
        pl.coalesce(pl.col("order_shop").cast(CAT), pl.col("shop").cast(CAT), account).alias("shop"),
        account.alias("account"),
        pl.when(by_type).then(pl.col("raw_type").cast(CAT)).alias("raw_type"),
        *(["currency", "fx_rate"] if "fx_rate" in frame.columns else []),
    )  # fmt: skip


def _special_entries(frame: pl.DataFrame, events: Events) -> pl.Series:
    """Per row the 1-based number of the first entry that asks for text or pocket and fits, else 0.

    Texts are looked at only where the category has such an entry: few rows by nature.
    """
    rules = pl.zeros(frame.height, dtype=pl.UInt8, eager=True)
    entries = [entry for event in events.event for entry in event.entry if entry.special]
    if not entries:
        return rules
    wanted = sorted({category for entry in entries for category in entry.category})
    fake = pl.col("fake") if "fake" in frame.columns else pl.lit(value=False)
    text = pl.concat_str(
        [pl.col(name).cast(pl.String) for name in ("raw_type", "raw_desc", "remark")],
        separator="\n",
        ignore_nulls=True,
    )
    fits = [
        pl.when(
            pl.col("category").is_in(list(entry.category))
            & (text.str.contains_any(list(entry.contains)) if entry.contains else pl.lit(True))
            & (pl.col("own") == entry.pocket if entry.pocket is not None else pl.lit(True))
            & (fake if entry.fake else pl.lit(True))
            & (pl.lit(True) if entry.sign is None else (pl.col("amount_minor") > 0) == (entry.sign == "+"))
        ).then(pl.lit(number, dtype=pl.UInt8))
        for number, entry in enumerate(entries, 1)
    ]
    hits = frame.filter(pl.col("category").is_in(wanted)).select("row", pl.coalesce(fits).alias("rule"))
    hits = hits.filter(pl.col("rule").is_not_null())
    return rules.scatter(hits["row"], hits["rule"]) if hits.height else rules


def _event_table(events: Events, chosen: Mapping[str, str]) -> pl.DataFrame:
    """category, positive, special -> event (index), counter (role): one row for every kind of line there can be."""
    rows: list[tuple[str, bool, int, int, str]] = []
    seen: set[tuple[str, bool, int]] = set()
    number = 0
    for index, event in enumerate(events.event):
        for entry in event.entry:
            number += entry.special
            rule = number if entry.special else 0
            for category in entry.category:
                for positive in (True, False):
                    key = (category, positive, rule)
                    if entry.sign in (None, "+" if positive else "-") and key not in seen:
                        seen.add(key)
                        rows.append((*key, index, role_of(entry.counter, events, chosen)))
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "category": CATEGORY,
        "positive": pl.Boolean,
        "special": pl.UInt8,
        "event": pl.Int64,
        "counter": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _with_events(cells: pl.DataFrame, table: pl.DataFrame, events: Events) -> pl.DataFrame:
    """Add event (index), counter (role) and item; every cell gets exactly one."""
    joined = cells.join(table, on=["category", "positive", "special"], how="left", maintain_order="left")
    if joined["event"].null_count():
        raise InvariantError("vouchers: a line has no voucher template")
    typed = pl.Series([event.merge == "raw_type" for event in events.event])
    title = pl.col("category").cast(pl.String).replace_strict({c.name: c.zh for c in CATEGORIES.values()})
    return joined.with_columns(
        pl.when(pl.lit(typed).gather(pl.col("event"))).then(pl.coalesce("raw_type", title)).alias("item"),
        pl.col("own").cast(pl.String),
    ).drop("raw_type", "special")


def make_legs(cells: pl.DataFrame, chart: Chart, events: Sequence[Event], red_style: str) -> pl.DataFrame:
    """Two legs per cell, three where input VAT is taken out: cell, event, date, order, shop, own, role, bill_account, item, debit (Boolean), tax
    (Boolean), value, count, currency, fx_rate, fc (in that currency, signed like value; null for CNY).

    Own leg: money in is 借, money out 贷, never red. Counter leg: the other side; under `red_same_side` a
    role marked `red` stays on its normal side, negative where the money ran the other way.
    """
    roles = chart.roles
    magnitude, tax = pl.col("amount_minor").abs(), pl.col("tax_minor").abs()
    own = cells.select(
        "cell", "event", "date", "order", "shop", pl.lit(True).alias("own"), pl.col("own").alias("role"),
        pl.col("account").alias("bill_account"), pl.lit(None, dtype=pl.String).alias("item"),
        pl.col("positive").alias("debit"), pl.lit(False).alias("tax"), magnitude.alias("value"), "count",
        "currency", "fx_rate", pl.col("fc_minor").abs().alias("fc"),
    )  # fmt: skip
    net = _counter_legs(cells.with_columns(value=magnitude - tax), roles, red_style)
    taxed = cells.filter(pl.col("tax_minor") != 0).with_columns(
        counter=pl.lit(ROLE), value=tax, count="tax_count", item=pl.lit(None, dtype=pl.String)
    )
    taxes = _counter_legs(taxed, roles, red_style).with_columns(tax=pl.lit(True))
    return pl.concat([own, net, taxes])


def _counter_legs(cells: pl.DataFrame, roles: Mapping[str, Role], red_style: str) -> pl.DataFrame:
    """The legs of `value` against the money, on the side and with the sign that the role `counter` asks for."""
    normal_debit = pl.col("counter").replace_strict({n: r.normal == "debit" for n, r in roles.items()})
    red = pl.col("counter").replace_strict({n: r.red and red_style == "red_same_side" for n, r in roles.items()})
    against = pl.col("positive") == normal_debit  # money in credits the counter account, against a debit nature
    return cells.select(
        "cell", "event", "date", "order", "shop", pl.lit(False).alias("own"), pl.col("counter").alias("role"),
        pl.lit(None, dtype=pl.String).alias("bill_account"), "item",
        pl.when(red).then(normal_debit).otherwise(~pl.col("positive")).alias("debit"), pl.lit(False).alias("tax"),
        pl.when(red & against).then(-pl.col("value")).otherwise(pl.col("value")).alias("value"), "count",
        "currency", "fx_rate", (pl.col("fc_minor").abs() * pl.when(red & against).then(-1).otherwise(1)).alias("fc"),
    )  # fmt: skip
