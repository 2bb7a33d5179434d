"""One question, both ways: which bill lines make a voucher line, where did a line, order or refund go, and why did a row make no record?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from ecrecon.base.categories import CATEGORY
from ecrecon.base.errors import ConfigError
from ecrecon.base.money import exponent, parse_money
from ecrecon.base.schema import TIME, VOUCHER_TRACE, Schema, conform, empty

# One question, both ways: which bill lines make a voucher line, and where did a line, order or refund go?

ENTRIES: Schema = {
    "voucher_id": pl.String, "voucher": pl.String, "fiscal_year": pl.Int32, "period": pl.Int32,
    "seq": pl.Int32, "summary": pl.String, "account_code": pl.String, "account_name": pl.String,
    "aux": pl.String,
    "debit_minor": pl.Int64, "credit_minor": pl.Int64, "currency": pl.String,
}  # fmt: skip
"""Voucher lines of an answer. `voucher` is word and number: `记-3`."""

TRACED_LINES: Schema = {
    "line_id": pl.Int64, "path": pl.String, "source_line": pl.Int32, "sha256": pl.String, "shop": pl.String,
    "account": pl.String, "order_id": pl.String, "sub_order_id": pl.String, "refund_id": pl.String,
    "txn_id": pl.String, "category": CATEGORY, "raw_type": pl.String, "amount_minor": pl.Int64,
    "currency": pl.String, "occurred_at": TIME, "disposition": pl.String, "group_id": pl.Int64,
    "rule_id": pl.String,
}  # fmt: skip
"""Bill lines of an answer: where they stand, what they are, which settlement group and rule took them."""

DOCUMENTS: Schema = {
    "group_id": pl.Int64, "order_id": pl.String, "refund_id": pl.String, "path": pl.String,
    "source_line": pl.Int32, "amount_minor": pl.Int64, "currency": pl.String, "rule_id": pl.String,
}  # fmt: skip
"""Refund documents of the settlement groups of an answer."""

LINKS: Schema = {
    "voucher_id": pl.String, "seq": pl.Int32, "line_id": pl.Int64, "order_id": pl.String, "amount_minor": pl.Int64,
    "path": pl.String, "source_line": pl.Int32,
}  # fmt: skip
"""Which bill line is in which voucher line, signed, debit +. Sales stand there by order, without a bill line."""

_ID_COLUMNS: dict[str, tuple[str, ...]] = {
    "order": ("order_id", "sub_order_id", "parent_order_id", "pay_id", "merchant_order_no"),
    "refund": ("refund_id",),
    "txn": ("txn_id", "biz_txn_id", "payout_batch_id", "bank_ref"),
}
_NUMBER = re.compile(r"(?:([0-9]{4})-([0-9]{2})[/ ])?(\D[^/]*?)-([0-9]{1,9})")
_SEQ = re.compile(r"(.+)/([0-9]{1,5})", re.DOTALL)
_LINE_REFERENCE = re.compile(r"(.+):([0-9]{1,9})", re.DOTALL)


@dataclass(frozen=True)
class Books:
    """The frames of a run: vouchers (VOUCHERS, or vouchers.csv with `debit` and `credit` as decimal text),
    trace (VOUCHER_TRACE), matches (MATCHES), lines (LINES, with `disposition` and `tie_id` where known) and sources
    (`path`, `sha256`; `source_id`, or the position of the row)."""

    vouchers: pl.DataFrame
    trace: pl.DataFrame
    matches: pl.DataFrame
    lines: pl.DataFrame
    sources: pl.DataFrame

    @cached_property
    def files(self) -> pl.DataFrame:
        """source_id (Int32), path, sha256."""
        return _sources(self.sources)

    @cached_property
    def entries(self) -> pl.DataFrame:
        """The voucher lines as ENTRIES."""
        return _entries(self.vouchers)

    @cached_property
    def links(self) -> pl.DataFrame:
        """The trace as LINKS."""
        return conform(
            conform(self.trace, VOUCHER_TRACE).join(self.files, on="source_id", how="left", maintain_order="left"),
            LINKS,
        )


@dataclass(frozen=True)
class Traced:
    """The answer. `kinds`: what the identifier is (voucher, line, order, refund, txn); several where it is
    several things at once, none where it is unknown. Frames are sorted on a total key."""

    identifier: str
    kinds: tuple[str, ...] = ()
    entries: pl.DataFrame = field(default_factory=lambda: empty(ENTRIES))
    links: pl.DataFrame = field(default_factory=lambda: empty(LINKS))
    lines: pl.DataFrame = field(default_factory=lambda: empty(TRACED_LINES))
    documents: pl.DataFrame = field(default_factory=lambda: empty(DOCUMENTS))

    @property
    def unposted(self) -> pl.DataFrame:
        """The lines of the answer that are in no voucher; their disposition says why where it is known."""
        return self.lines.join(self.links.select("line_id").unique(), on="line_id", how="anti", maintain_order="left")


def trace(identifier: str, books: Books) -> Traced:
    """Follow a voucher id, `记-3` (or `2026-10/记-3`), a line of a voucher (`记-3/2`), `file:line`, `source:line`, order, refund or flow id.

    A voucher leads to all its lines; a line, order, refund or flow leads to the voucher lines it is in. An
    order or refund brings its whole settlement group. An unknown identifier gives an answer without kinds.
    Raises ConfigError where money was not read as text or minor units.
    """
    wanted = identifier.strip()
    sources, entries, links = books.files, books.entries, books.links
    vouchers, seq = _find_vouchers(wanted, entries, books.vouchers)
    found = {
        "line": _find_lines(wanted, books.lines, sources),
        **{kind: _find_ids(wanted, kind, books) for kind in _ID_COLUMNS},
    }
    groups = _groups_of(wanted, found, books.matches)
    members = books.matches.filter(pl.col("group_id").is_in(groups.implode()))
    ids = _with_other_view(pl.concat([*found.values(), members["line_id"].drop_nulls()]).unique(), books.lines)
    kinds = [kind for kind, line_ids in found.items() if line_ids.len()]
    documents = _documents(members, sources)
    for kind in ("order", "refund"):  # known by a document alone
        if kind not in kinds and documents.filter(pl.col(f"{kind}_id") == wanted).height:
            kinds.append(kind)
    orders = members["order_id"].drop_nulls().unique()
    sold = pl.col("line_id").is_null() & pl.col("order_id").is_in(orders.implode())
    taken = links.filter(pl.col("line_id").is_in(ids.implode()) | sold)
    if vouchers.len():
        kinds.insert(0, "voucher")
        whole = links.filter(_of(vouchers, seq))
        taken = pl.concat([taken, whole]).unique()
        ids = pl.concat([ids, whole["line_id"].drop_nulls()]).unique()
    posted = entries.join(taken.select("voucher_id", "seq").unique(), on=["voucher_id", "seq"], how="semi")
    shown = pl.concat([posted, entries.filter(_of(vouchers, seq))]).unique()
    return Traced(
        wanted, tuple(kinds), shown.sort("fiscal_year", "period", "voucher_id", "seq"),
        taken.sort("voucher_id", "seq", "line_id", "order_id", nulls_last=True), _lines(ids, books, sources), documents,
    )  # fmt: skip


def _sources(frame: pl.DataFrame) -> pl.DataFrame:
    """source_id (Int32), path, sha256."""
    if "source_id" not in frame.columns:
        frame = frame.select("path", "sha256").with_row_index("source_id")
    return frame.select(pl.col("source_id").cast(pl.Int32), pl.col("path", "sha256").cast(pl.String))


def _entries(vouchers: pl.DataFrame) -> pl.DataFrame:
    """Voucher lines as ENTRIES, amounts in minor units or from the decimal texts of vouchers.csv."""
    frame = vouchers.with_columns(currency=pl.lit("CNY"))  # debit and credit are of the books
    for side in ("debit", "credit"):
        if f"{side}_minor" not in frame.columns:
            frame = frame.with_columns(_minor(frame, side).alias(f"{side}_minor"))
    word_number = pl.concat_str(pl.col("word").cast(pl.String), pl.lit("-"), pl.col("number").cast(pl.String))
    return conform(frame.with_columns(word_number.alias("voucher")), ENTRIES)


def _minor(frame: pl.DataFrame, column: str) -> pl.Expr:
    """Exact minor units of a decimal column read back from a CSV file."""
    if not isinstance(frame.schema[column], pl.String):
        raise ConfigError(
            f"vouchers: column {column!r} was read as {frame.schema[column]}, money must be read as text",
            "read vouchers.csv with every column as text",
        )
    currencies = frame["currency"].cast(pl.String).unique().drop_nulls().sort()
    parts = [
        pl.when(pl.col("currency").cast(pl.String) == code).then(
            parse_money(pl.col(column), exponent(code)).struct.field("minor")
        )
        for code in currencies
    ]
    return pl.coalesce(parts) if parts else pl.lit(None, dtype=pl.Int64)


def _of(vouchers: pl.Series, seq: int | None) -> pl.Expr:
    """Lines of `vouchers`; the one of number `seq` where one is asked for."""
    mine = pl.col("voucher_id").is_in(vouchers.implode())
    return mine if seq is None else mine & (pl.col("seq") == seq)


def _find_vouchers(wanted: str, entries: pl.DataFrame, vouchers: pl.DataFrame) -> tuple[pl.Series, int | None]:
    """Ids of the vouchers that `wanted` names, and the line of them; a number without a period may name one in each
    period, the number of a batch all of its vouchers."""
    found = _named_vouchers(wanted, entries, vouchers)
    line = _SEQ.fullmatch(wanted) if found.is_empty() else None
    if line is None:
        return found, None
    named = _named_vouchers(line[1], entries, vouchers)
    held = entries.filter(_of(named, int(line[2])))
    return held["voucher_id"].unique().sort(), int(line[2])


def _named_vouchers(wanted: str, entries: pl.DataFrame, vouchers: pl.DataFrame) -> pl.Series:
    test = pl.col("voucher_id") == wanted
    match = _NUMBER.fullmatch(wanted)
    if match is not None:
        year, month, word, number = match.groups()
        named = pl.col("voucher") == f"{word}-{int(number)}"
        if year is not None:
            named &= (pl.col("fiscal_year") == int(year)) & (pl.col("period") == int(month))
        test |= named
    found = [entries.filter(test)["voucher_id"]]
    found += [
        vouchers.filter(pl.col(name).cast(pl.String) == wanted)["voucher_id"].cast(pl.String)
        for name in ("batch_id", "settle_no", "biz_no")
        if name in vouchers.columns
    ]
    return pl.concat(found).unique().sort()


def _find_lines(wanted: str, lines: pl.DataFrame, sources: pl.DataFrame) -> pl.Series:
    """Lines at `path:line` or `source:line`; a path may be given by its end (`bill.csv:12`)."""
    match = _LINE_REFERENCE.fullmatch(wanted)
    if match is None:
        return pl.Series("line_id", [], dtype=pl.Int64)
    place, line = match[1], int(match[2])
    test = (pl.col("path") == place) | pl.col("path").str.ends_with("/" + place)
    if place.isdecimal():
        test |= pl.col("source_id") == int(place)
    ids = sources.filter(test)["source_id"]
    return lines.filter(pl.col("source_id").is_in(ids.implode()) & (pl.col("source_line") == line))["line_id"]


def _find_ids(wanted: str, kind: str, books: Books) -> pl.Series:
    """Lines that carry `wanted` as an id of `kind`, or that were matched to it."""
    columns = [name for name in _ID_COLUMNS[kind] if name in books.lines.columns]
    direct = books.lines.filter(pl.any_horizontal([pl.col(name) == wanted for name in columns]))["line_id"]
    if kind == "txn":
        return direct
    matched = books.matches.filter(pl.col(f"{kind}_id") == wanted)["line_id"].drop_nulls()
    return pl.concat([direct, matched]).unique()


def _with_other_view(ids: pl.Series, lines: pl.DataFrame) -> pl.Series:
    """`ids` and the lines of the other view that explain them: a net movement leads to the settlement lines of its
    batch, a settlement line to the movement in which it came."""
    if "tie_id" not in lines.columns:
        return ids
    tied = lines.filter(pl.col("tie_id").is_not_null(), pl.col("in_order") != pl.col("in_money"))
    mine = tied.filter(pl.col("line_id").is_in(ids.implode())).select("tie_id", "view").unique()
    other = tied.join(mine, on="tie_id", suffix="_asked").filter(pl.col("view") != pl.col("view_asked"))
    return pl.concat([ids, other["line_id"]]).unique()


def _groups_of(wanted: str, found: dict[str, pl.Series], matches: pl.DataFrame) -> pl.Series:
    """Settlement groups of an order or refund; those of a single line or flow are not followed."""
    ids = pl.concat([found["order"], found["refund"]])
    test = pl.col("line_id").is_in(ids.implode()) | (pl.col("order_id") == wanted) | (pl.col("refund_id") == wanted)
    return matches.filter(test)["group_id"].drop_nulls().unique()


def _documents(members: pl.DataFrame, sources: pl.DataFrame) -> pl.DataFrame:
    """Refund documents among the members of settlement groups: members that are no bill line."""
    rows = members.filter(pl.col("line_id").is_null()).join(sources, on="source_id", how="left")
    return conform(rows, DOCUMENTS).sort("group_id", "refund_id", "path", "source_line", nulls_last=True)


def _lines(ids: pl.Series, books: Books, sources: pl.DataFrame) -> pl.DataFrame:
    """The bill lines of `ids` with file, digest, group and rule."""
    rows = books.lines.filter(pl.col("line_id").is_in(ids.implode())).join(sources, on="source_id", how="left")
    rules = books.matches.filter(pl.col("line_id").is_not_null()).select("line_id", "group_id", "rule_id")
    joined = rows.join(rules.unique("line_id", keep="first", maintain_order=True), on="line_id", how="left")
    return conform(joined, TRACED_LINES).sort("line_id")


# Why a row of a file counts as it does: the reason that the run had, not those it might have had.

ASIDE: Schema = {
    "source_id": pl.Int32, "source_line": pl.Int32, "last_line": pl.Int32, "reason": pl.String,
    "kept_source_id": pl.Int32, "kept_line": pl.Int32,
}  # fmt: skip
INSTEAD: Schema = {"line_id": pl.Int64, "instead": pl.String}
"""Lines that another line stands for, and its place (`path:line`)."""

_TWICE = ("superseded", "duplicate")
_SAME = ("account", "amount_minor", "occurred_at", "order_id", "txn_id")


def reason_at(path: str, line: int, files: pl.DataFrame, aside: pl.DataFrame) -> tuple[str, str | None]:
    """(reason, place of the record that stands for the row) of one row of a file; ("", None) where none was kept.

    `files`: path in the order of `source_id`; of a workbook and an archive a path may be several tables.
    """
    paths = files["path"].to_list()
    mine = [index for index, name in enumerate(paths) if name == path]
    last = pl.col("last_line").fill_null(2**31 - 1)
    rows = aside.filter(pl.col("source_id").is_in(mine), pl.col("source_line") <= line, last >= line)
    if rows.is_empty():
        return "", None
    row = rows.sort("source_id", "source_line").row(0, named=True)
    kept = row["kept_source_id"]
    return row["reason"], None if kept is None else f"{paths[kept]}:{row['kept_line']}"


def instead_of(lines: pl.DataFrame, wanted: Iterable[int], files: pl.DataFrame) -> pl.DataFrame:
    """Frame INSTEAD for those of `wanted` (line_id) that count from another file or row.

    The same movement has the same account, amount, time, order and flow number; the first of several stands for all.
    """
    names = [name for name in _SAME if name in lines.columns]
    gone = lines.filter(pl.col("line_id").is_in(list(wanted)), pl.col("disposition").cast(pl.String).is_in(_TWICE))
    if gone.is_empty() or len(names) < len(_SAME):
        return empty(INSTEAD)
    amounts = gone["amount_minor"].unique()
    counts = lines.filter(
        pl.col("amount_minor").is_in(amounts.implode()), ~pl.col("disposition").cast(pl.String).is_in(_TWICE)
    )
    stands = counts.sort("line_id").unique(names, keep="first", maintain_order=True)
    paths = pl.lit(pl.Series(files["path"].to_list(), dtype=pl.String))
    place = pl.concat_str(paths.gather(pl.col("source_id")), pl.lit(":"), pl.col("source_line").cast(pl.String))
    return gone.select("line_id", *names).join(
        stands.select(*names, instead=place), on=names, nulls_equal=True
    ).select(list(INSTEAD)).sort("line_id")  # fmt: skip
