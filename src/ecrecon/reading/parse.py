"""One table under its profile -> `Parsed`: the source record, the canonical frame, everything found wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import polars as pl

from ecrecon.base.money import EXPONENTS
from ecrecon.base.schema import TIME
from ecrecon.base.sources import Control, Parsed, Source, counted
from ecrecon.base.texts import tr
from ecrecon.reading.amount import Amounts, read_amount
from ecrecon.reading.canonical_rows import (
    check_totals,
    read_bill,
    read_goods,
    read_order_lines,
    read_orders,
    read_refunds,
)
from ecrecon.reading.category import apply_quirk
from ecrecon.reading.census import report_lost
from ecrecon.reading.controls import check_controls, printed_sums
from ecrecon.reading.coverage import Ranges, covered, months_touched
from ecrecon.reading.drift import new_money_columns, report_drift
from ecrecon.reading.fields import fields_present, read_fields
from ecrecon.reading.findings import FindingLog
from ecrecon.reading.numbers import currency_of, report_currencies
from ecrecon.reading.sheet import Sheet, open_sheet
from ecrecon.reading.status import list_words, report_words
from ecrecon.reading.surroundings import Printed, named_account, named_suffix, read_printed
from ecrecon.reading.tables import Table
from ecrecon.settings.profiles import PocketRule, Profile

_EVENT_TIMES = {
    "orders": ("created_at", "paid_at"),
    "order_lines": ("created_at",),
    "shipments": ("shipped_at",),
    "cost": ("created_at",),
    "refunds": ("completed_at", "applied_at"),
}
_BOOKS: dict[str, Callable[[Sheet, pl.DataFrame], pl.DataFrame]] = {
    "orders": read_orders,
    "order_lines": read_order_lines,
    "refunds": read_refunds,
}


def parse(table: Table, profile: Profile, header_index: int) -> Parsed:
    """Read `table`, whose header is `table.head[header_index]`, under `profile`.

    The frame is that of the kind: PARSED_LINES for bill and bank, PARSED_ORDERS, PARSED_ORDER_LINES, PARSED_REFUNDS;
    orders of an ERP, shipments and cost deliver PARSED_GOODS. Kind ignore has no frame.
    Bad cells never raise: they are findings.
    """
    log = FindingLog(table.path)
    if profile.profile.kind == "ignore":
        return _left_out(table, profile, header_index, log)
    return _parse_sheet(table, header_index, _opened(table, profile, header_index, log))


def parse_pockets(table: Table, profile: Profile, header_index: int) -> list[Parsed]:
    """As `parse`, one result per pocket (`[rows] pocket`) or account (field `account`) that the file holds, in the order
    of their names, and one per further currency of each: the suffix of that account is the currency.

    The days that any of them covers the whole file covers.
    """
    rule = profile.rows.pocket
    by_currency = profile.profile.currency.startswith("column:")
    if rule is None and "account" not in profile.fields and not by_currency:
        return [parse(table, profile, header_index)]
    log = FindingLog(table.path)
    sheet = _opened(table, profile, header_index, log)
    names = _accounts(sheet) if rule is None else _suffixes(sheet, rule)
    keys = pl.DataFrame({"name": names, "currency": _currencies(sheet)})
    parts = _parts(keys)
    found: list[Parsed] = []
    controls = _whole_controls(sheet) if len(parts) > 1 and profile.amount is not None else ()
    for name, currency, first in parts:
        mine = keys.select(pl.all_horizontal(pl.col("name") == name, pl.col("currency") == currency)).to_series()
        part = sheet.only(mine, log if not found else FindingLog(table.path))
        one = _parse_sheet(table, header_index, part, "balance" if len(parts) > 1 else "all")
        one = one if rule is None else _told_pocket(one, part, rule, name)
        if not found:
            unheld = dict.fromkeys((*log.uncompared, *one.source.uncompared))
            one = replace(
                one, source=replace(one.source, control=(*controls, *one.source.control), uncompared=tuple(unheld))
            )
        suffix = None if rule is None else name or None
        if not first:
            suffix = f"{suffix}:{currency}" if suffix else currency
        if rule is not None or not first:
            pockets = () if rule is None else tuple(sorted(set(rule.suffix.values())))
            one = replace(one, source=replace(one.source, account_suffix=suffix, pockets=pockets))
        found.append(one)
    if len(found) == 1 and rule is None:
        return found
    days = [day for one in found for span in one.source.coverage for day in span]
    whole = ((min(days), max(days)),) if days else ()
    latest = max((one.source.latest_at for one in found if one.source.latest_at), default=None)
    return [replace(one, source=replace(one.source, coverage=whole, latest_at=latest)) for one in found]


def _parts(keys: pl.DataFrame) -> list[tuple[str, str, bool]]:
    """(name, currency, whether it is the account's own) of the parts of a file. Most rows tell the account's own
    currency, equal numbers the first in the alphabet; money in another one is an account beside it."""
    counted = keys.group_by("name", "currency").len().sort("name", "len", "currency", descending=[False, True, False])
    first = counted.select(pl.col("name").is_first_distinct()).to_series()
    rows = list(zip(counted["name"], counted["currency"], first, strict=True))
    return rows or [("", "", True)]


def _currencies(sheet: Sheet) -> pl.Series:
    """The currency of each row, as text; one for all rows where the file prints none."""
    word = currency_of(sheet)
    if isinstance(word, str):
        return pl.repeat(word, sheet.rows.height, dtype=pl.String, eager=True)
    known = pl.when(pl.col("word").is_in(list(EXPONENTS))).then(
        "word"
    )  # an unknown one is F11, and no account of its own
    filled = known.fill_null(strategy="forward").fill_null(strategy="backward").fill_null("CNY")
    return word.to_frame("word").select(filled).to_series()


def _whole_controls(sheet: Sheet) -> tuple[Control, ...]:
    """The totals that a file of several accounts prints once; bad cells are told where the accounts are read."""
    quiet = sheet.only(pl.repeat(value=True, n=sheet.rows.height, eager=True), FindingLog(sheet.log.path))
    fields = read_fields(quiet)
    amounts = read_amount(
        quiet, printed_sums(quiet), fields["occurred_at"] if "occurred_at" in fields.columns else None
    )
    return check_controls(replace(quiet, log=sheet.log), fields, amounts, "totals")


def _accounts(sheet: Sheet) -> pl.Series:
    """The account number of each row; a row without one belongs to the account above it, the first ones to that below."""
    spec = sheet.profile.fields.get("account")
    columns = [pl.col(s.column) for s in spec.from_ if sheet.has(s.column)] if spec else []
    if spec is None or not columns:
        return pl.repeat("", sheet.rows.height, dtype=pl.String, eager=True)
    filled = [pl.when(~column.is_in(spec.null)).then(column) for column in columns]
    return sheet.rows.select(pl.coalesce(filled).forward_fill().backward_fill().fill_null("").alias("account"))[
        "account"
    ]


def _suffixes(sheet: Sheet, rule: PocketRule) -> pl.Series:
    """The account suffix of each row. A text that is not listed is a pocket of its own."""
    if not sheet.has(rule.column):
        return pl.Series([""], dtype=pl.String).new_from_index(0, sheet.rows.height)
    text = sheet.column(rule.column).fill_null("")
    table = {"": "", **rule.suffix}
    return text.replace(table)


def _told_pocket(one: Parsed, sheet: Sheet, rule: PocketRule, name: str) -> Parsed:
    """`one`, the rows of pocket `name`, with F11 (review) where its text is not listed: an account of its own."""
    if rule.others == "own" or name in {"", *rule.suffix.values()} or one.frame is None:
        return one
    log = FindingLog(sheet.log.path)
    report_words(
        replace(sheet, log=log),
        rule.column,
        sheet.column(rule.column),
        pl.repeat(value=True, n=sheet.rows.height, eager=True),
        list(rule.suffix),
        money=pl.Series([one.frame["amount_minor"].sum(), *[0] * (sheet.rows.height - 1)], dtype=pl.Int64),
        effect=tr(
            "结算账户没有登记，只影响这些行：单列为一个账户；", "not listed; only these rows: an account of its own. "
        ),
        advice=list_words("suffix", "[rows] pocket"),
    )
    return replace(one, findings=pl.concat([one.findings, log.frame()]))


def _opened(table: Table, profile: Profile, header_index: int, log: FindingLog) -> Sheet:
    for note in profile.profile.told:
        log.note(note)
    return apply_quirk(open_sheet(table, profile, header_index, log))


def _parse_sheet(table: Table, header_index: int, sheet: Sheet, proofs: Literal["all", "balance"] = "all") -> Parsed:
    profile = sheet.profile
    report_currencies(sheet)
    fields = read_fields(sheet)
    money = new_money_columns(sheet)
    amounts: Amounts | None = None
    controls: tuple[Control, ...] = ()
    if profile.amount is not None:
        frame, amounts = read_bill(sheet, fields, list(money))
        controls = check_controls(sheet, fields, amounts, proofs)
    else:
        own = profile.profile.origin == "erp"
        frame = (read_goods if own else _BOOKS.get(profile.profile.kind, read_goods))(sheet, fields)
    controls += check_totals(sheet)
    report_drift(sheet, money)
    if not frame["source_line"].equals(sheet.line):
        report_lost("", sheet.line.filter(~sheet.line.is_in(frame["source_line"].implode())), sheet.log)
    source = _source(table, header_index, sheet, frame, fields, amounts, controls)
    return counted(Parsed(source, frame, sheet.log.frame()))


def _left_out(table: Table, profile: Profile, header_index: int, log: FindingLog) -> Parsed:
    """Recognised, not used: listed with its reason, or refused (F16)."""
    head = profile.profile
    if head.refuse:
        log.add("F16", text=head.called, expected=tr("商家账单", "a merchant's bill"), hint=head.left_out)
    source = Source(
        path=table.path,
        sha256=table.sha256,
        size=table.size,
        container=table.container,
        kind="refused" if head.refuse else "ignored",
        profile=profile.id,
        platform=head.platform,
        encoding=table.encoding,
        sheet=table.sheet,
        header_line=table.head_lines[header_index],
        reason=head.left_out,
        notes=head.told,
    )
    return Parsed(source, None, log.frame())


def _source(
    table: Table,
    header_index: int,
    sheet: Sheet,
    frame: pl.DataFrame,
    fields: pl.DataFrame,
    amounts: Amounts | None,
    controls: tuple[Control, ...],
) -> Source:
    head = sheet.profile.profile
    printed = read_printed(sheet)
    times = _event_times(sheet.profile, frame)
    ranges, was_printed = _coverage(sheet, printed, frame, fields, times)
    latest = [part[name].max() for part in (fields, frame) for name, dtype in part.schema.items() if dtype == TIME]
    shop = _only_value(frame, "shop")
    account = printed.account or _account_column(fields) or named_account(sheet)
    return Source(
        path=table.path,
        sha256=table.sha256,
        size=table.size,
        container=table.container,
        kind=head.kind,
        profile=head.id,
        origin=head.origin,
        listed_by=head.listed_by,
        view=head.view,
        platform=head.platform,
        entity=_only_value(frame, "entity"),
        shop=shop,
        account=account,
        account_suffix=named_suffix(sheet),
        printed_shop="shop" in frame.columns and frame["shop"].null_count() < frame.height,
        printed_account=account is not None,
        encoding=table.encoding,
        sheet=table.sheet,
        header_line=table.head_lines[header_index],
        rows=sheet.rows.height,
        income_minor=None if amounts is None else int(amounts.amount.filter(amounts.amount > 0).sum()),
        expense_minor=None if amounts is None else int(amounts.amount.filter(amounts.amount < 0).sum()),
        currency=_currency(sheet),
        first=None if times is None else times.min(),  # type: ignore[arg-type]
        last=None if times is None else times.max(),  # type: ignore[arg-type]
        coverage=ranges,
        printed_range=was_printed,
        control=controls,
        uncompared=tuple(dict.fromkeys(sheet.log.uncompared)),
        exported_at=printed.exported_at,
        latest_at=max((value for value in latest if value is not None), default=None),  # type: ignore[arg-type]
        notes=tuple(sheet.log.notes),
        columns_present=fields_present(sheet),
        census=sheet.census,
        line_end=sheet.line_end,
        unsigned=() if amounts is None else amounts.unsigned,
    )


def _event_times(profile: Profile, frame: pl.DataFrame) -> pl.Series | None:
    """The times that a file of this kind is about: the first of the kind's time columns that holds any."""
    names = ("occurred_at", "settled_at") if profile.amount else _EVENT_TIMES.get(profile.profile.kind, ())
    for name in names:
        if name in frame.columns and frame[name].null_count() < frame.height:
            return frame[name]
    return None


def _coverage(
    sheet: Sheet, printed: Printed, frame: pl.DataFrame, fields: pl.DataFrame, times: pl.Series | None
) -> tuple[Ranges, bool]:
    if sheet.profile.amount is not None:
        return covered(printed, times, sheet.log.path, empty=sheet.rows.is_empty())
    dates = {**{n: frame[n] for n in frame.columns}, **{n: fields[n] for n in fields.columns}}
    return months_touched([column for column in dates.values() if column.dtype == TIME]), False


def _only_value(frame: pl.DataFrame, name: str) -> str | None:
    """The one text that a column holds, else None."""
    if name not in frame.columns:
        return None
    values = frame[name]
    if values.null_count() == len(values) or values.n_unique() > 2:  # two: one and null
        return None
    known = values.cast(pl.String).drop_nulls().unique()
    return str(known[0]) if len(known) == 1 else None


def _account_column(fields: pl.DataFrame) -> str | None:
    """The account that the rows print (field `account`)."""
    printed = fields["account"].drop_nulls() if "account" in fields.columns else pl.Series([], dtype=pl.String)
    return str(printed[0]) if len(printed) else None


def _currency(sheet: Sheet) -> str:
    word = currency_of(sheet)
    if isinstance(word, str):
        return word
    return next((code for code in sorted(word.unique().to_list()) if code in EXPONENTS), "CNY")
