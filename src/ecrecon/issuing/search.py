"""Everything that the outputs of a run say of one identifier: `trace` (vouchers, bill lines, documents), and the orders,
differences, open items, 收付款单 and places in files that carry it or belong to it.

Pure functions over frames; reading them from an output folder is the caller's. Ids are compared as text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from ecrecon.base.schema import Schema, conform, empty
from ecrecon.base.texts import FORMULA_STARTS
from ecrecon.issuing.trace import ASIDE, Books, Traced, instead_of, reason_at, trace

ORDER_ROWS: Schema = {
    "platform": pl.String, "shop": pl.String, "order_id": pl.String, "sub_order_id": pl.String,
    "parent_order_id": pl.String, "pay_id": pl.String, "status": pl.String, "currency": pl.String,
    "buyer_paid_minor": pl.Int64, "due_cash_minor": pl.Int64, "due_platform_minor": pl.Int64, "disposition": pl.String,
    "expected_minor": pl.Int64, "received_minor": pl.Int64, "difference_minor": pl.Int64,
    "path": pl.String, "source_line": pl.Int32,
}  # fmt: skip
"""Orders of an answer with what was expected and received (of the settlement group: on its first row)."""

PLACES: Schema = {
    "path": pl.String, "source_line": pl.Int32, "sha256": pl.String, "kind": pl.String, "profile": pl.String,
    "rows": pl.Int64, "reason": pl.String, "fate": pl.String, "instead": pl.String,
}  # fmt: skip
"""A place in a file that made no bill line, order or document: what the file is, and why it was not read where it was not.
`fate`: why the row is no record (`judging.set_aside_rows.REASONS`); `instead`: where the record of its number stands."""

_TABLE_IDS: dict[str, tuple[str, ...]] = {
    "variances": ("variance_id", "order_id", "sub_order_id", "refund_id", "txn_id"),
    "open_items": ("order_id", "sub_order_id"),
    "alerts": ("variance_id", "order_id"),
    "papers": ("document_no", "settle_no"),
    "receivables": ("order_id",),
    "goods_shipped": ("order_id",),
    "allocations": ("order_id", "sub_order_id"),
}
"""Tables of text (amounts as decimal text) and the columns that hold one id each."""
_LISTS = {"variances": "sources", "papers": "cleared"}
"""Columns that hold several, parted by `;`: `file:line`, `order:amount`."""
_KIND_OF = {"variance_id": "variance", "document_no": "document", "settle_no": "txn"}
_ORDER_IDS = ("order_id", "sub_order_id", "parent_order_id", "pay_id")
_PLACE = re.compile(r"(.+?)(?::(\d{1,9}))?", re.DOTALL)
MOST_SEEDS = 50
"""Ids that are followed from what carries the identifier; more only belong to a voucher or file as a whole."""


@dataclass(frozen=True)
class Outputs:
    """The other tables of a run. `orders`: ORDER_ROWS; `files`: PLACES without line, in the order of `source_id`; `tables`:
    those of _TABLE_IDS, every column as text, as `of` makes them; `aside`: ASIDE; `period`: the month of the run."""

    orders: pl.DataFrame = field(default_factory=lambda: empty(ORDER_ROWS))
    files: pl.DataFrame = field(default_factory=lambda: empty(PLACES))
    aside: pl.DataFrame = field(default_factory=lambda: empty(ASIDE))
    period: str = ""
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        orders: pl.DataFrame,
        files: pl.DataFrame,
        tables: dict[str, pl.DataFrame],
        aside: pl.DataFrame | None = None,
        period: str = "",
    ) -> Outputs:
        """From frames as they were read: `orders` with `source_id`, tables with the marks that keep formulas from running."""
        told = {name: _placed(_plain(t), files) for name, t in tables.items()}
        return cls(_orders(orders, files), files, empty(ASIDE) if aside is None else aside, period, told)


@dataclass(frozen=True)
class Found:
    """The answer. `traced`: vouchers, lines, documents, with all kinds that the identifier is; `orders`: ORDER_ROWS;
    `tables`: rows of the other tables by name; `places`: PLACES; `instead`: line_id -> place of the line that counts in its
    stead; `period`: the month of the run."""

    traced: Traced
    orders: pl.DataFrame
    tables: dict[str, pl.DataFrame]
    places: pl.DataFrame
    instead: Mapping[int, str] = field(default_factory=dict)
    period: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the identifier is; none where it is unknown."""
        return self.traced.kinds


def search(identifier: str, books: Books, outputs: Outputs) -> Found:
    """Find `identifier` in every output, and what belongs to it.

    What carries it names orders, refunds, flows and places, which are traced as well. An id that is several things at once
    is answered as all of them. Kinds are empty where no output knows it.
    """
    wanted = _as_written(identifier)
    if not wanted:
        return Found(Traced(identifier), outputs.orders.clear(), {}, empty(PLACES))
    tables, orders = outputs.tables, outputs.orders
    spots = _spots(wanted, outputs.files)
    tokens = {f"{path}:{line}" if line is not None else path for path, line in spots}
    own_orders = _order_rows(wanted, spots, orders)
    direct = {name: _rows(name, frame, {wanted}, tokens) for name, frame in tables.items()}
    first = trace(wanted, books)
    seeds = [*_seeds(wanted, own_orders, direct, first), *_documents_at(spots, books)]
    traced = _joined(first, [trace(seed, books) for seed in seeds])
    if "papers" in direct and not first.kinds:
        traced = _with_paper_lines(traced, direct["papers"].filter(pl.col("document_no") == wanted), books)
    ids = {wanted, *seeds}
    if set(first.kinds) & {"line", "txn", "refund"}:
        ids |= set(_ids_of(first.lines)[:MOST_SEEDS])
    related = _order_rows_of(ids, orders)
    places = _places(spots, outputs, traced, own_orders)
    whole = tokens | set(places["path"])  # what is said of a file concerns its rows that are nowhere else
    found = {name: _rows(name, frame, ids, whole) for name, frame in tables.items()}
    kinds = _kinds(wanted, first, own_orders, direct, bool(spots))
    shown = (
        pl.concat([own_orders, related])
        .unique()
        .sort("order_id", "sub_order_id", "path", "source_line", nulls_last=True)
    )
    kept = {name: rows for name, rows in found.items() if kinds and not rows.is_empty()}
    kept |= _papers_of(traced, tables, kept, first)
    instead = dict(instead_of(books.lines, traced.lines["line_id"], outputs.files).iter_rows())
    named = replace(traced, identifier=identifier.strip(), kinds=kinds)
    return Found(named, shown, kept, places, instead, outputs.period)


def near(identifier: str, books: Books, outputs: Outputs) -> list[str]:
    """Up to five ids that contain `identifier` (six characters at least), for one that is not found."""
    wanted = _as_written(identifier)
    if len(wanted) < 6:
        return []
    columns = [
        books.lines[name] for name in ("order_id", "txn_id", "refund_id", "pay_id") if name in books.lines.columns
    ]
    columns += [outputs.orders[name] for name in _ORDER_IDS if name in outputs.orders.columns]
    hits = [c.filter(c.str.contains(wanted, literal=True)) for c in columns if c.dtype == pl.String]
    return sorted({text for hit in hits for text in hit.drop_nulls().to_list()})[:5]


def _as_written(identifier: str) -> str:
    """An id without what spreadsheets and bills put around one: blanks, `'`, a backtick, `="…"`."""
    text = identifier.strip().strip("\u200b\ufeff")
    protected = re.fullmatch(r'="(.*)"', text)
    text = protected[1] if protected else text
    if text[:1] in ("'", "`"):
        text = text[1:]
    return unicodedata.normalize("NFC", text.strip())


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` as text, without the apostrophe before a text that a spreadsheet would run."""
    mark = pl.all().cast(pl.String)
    starts = "^'[" + "".join(re.escape(sign) for sign in FORMULA_STARTS) + "]"
    return frame.select(mark).with_columns(
        pl.when(pl.all().str.contains(starts)).then(pl.all().str.slice(1)).otherwise(pl.all()).name.keep()
    )


def _placed(frame: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """With the column `place`, `path:line`, where the rows name their source by number."""
    if not {"source_id", "source_line"} <= set(frame.columns):
        return frame
    paths = files.select("path").with_row_index("source_id").with_columns(pl.col("source_id").cast(pl.String))
    told = frame.join(paths, on="source_id", how="left", maintain_order="left")
    return told.with_columns(place=pl.concat_str("path", pl.lit(":"), "source_line")).drop("path")


def _orders(orders: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    paths = files.select("path").with_row_index("source_id").with_columns(pl.col("source_id").cast(pl.Int32))
    placed = orders.join(paths, on="source_id", how="left", maintain_order="left")
    words = [name for name in ("disposition", "status", "currency", "platform", "shop") if name in placed.columns]
    return conform(placed.with_columns(pl.col(words).cast(pl.String)), ORDER_ROWS)


def _spots(wanted: str, files: pl.DataFrame) -> list[tuple[str, int | None]]:
    """Places that `wanted` names: `path`, `path:line`, also by the end of the path or by `source:line`."""
    found: list[tuple[str, int | None]] = [(path, None) for path in _paths(wanted, files)]
    match = _PLACE.fullmatch(wanted)
    if match and match[2]:
        place, line = match[1], int(match[2])
        found += [(path, line) for path in _paths(place, files)]
        if place.isdecimal() and int(place) < files.height:
            found.append((files["path"][int(place)], line))
    return list(dict.fromkeys(found))


def _paths(end: str, files: pl.DataFrame) -> list[str]:
    outer = pl.col("path").str.replace("!/.*$", "")  # a container may be named for what lies in it
    ends = pl.any_horizontal((path == end) | path.str.ends_with("/" + end) for path in (pl.col("path"), outer))
    return files.filter(ends)["path"].to_list() if end else []


def _order_rows(wanted: str, spots: Iterable[tuple[str, int | None]], orders: pl.DataFrame) -> pl.DataFrame:
    test = pl.any_horizontal(pl.col(name) == wanted for name in _ORDER_IDS)
    for path, line in spots:
        if line is not None:
            test |= (pl.col("path") == path) & (pl.col("source_line") == line)
    return orders.filter(test)


def _order_rows_of(ids: set[str], orders: pl.DataFrame) -> pl.DataFrame:
    return orders.filter(pl.any_horizontal(pl.col(name).is_in(sorted(ids)) for name in _ORDER_IDS))


def _rows(name: str, frame: pl.DataFrame, ids: set[str], tokens: set[str]) -> pl.DataFrame:
    """Rows of a table that hold one of `ids` in a column of ids, or one of `ids` or `tokens` in its list."""
    tests = [pl.col(column).is_in(sorted(ids)) for column in _TABLE_IDS[name] if column in frame.columns]
    if "place" in frame.columns:
        tests.append(pl.col("place").is_in(sorted(tokens)))
    listed = _LISTS.get(name)
    if listed in frame.columns:
        parts = pl.col(listed).str.split(";")
        heads = parts.list.eval(pl.element().str.replace(r":[^:;]*$", ""))
        wanted = pl.lit(pl.Series([sorted(ids | tokens)]))
        tests += [
            parts.list.set_intersection(wanted).list.len() > 0,
            heads.list.set_intersection(wanted).list.len() > 0,
        ]
    return frame.filter(pl.any_horizontal(tests).fill_null(False)) if tests else frame.clear()


def _ids_of(frame: pl.DataFrame) -> list[str]:
    columns = [frame[name].cast(pl.String) for name in ("order_id", "refund_id") if name in frame.columns]
    return sorted({text for column in columns for text in column.drop_nulls().to_list()})


def _seeds(wanted: str, own: pl.DataFrame, direct: dict[str, pl.DataFrame], first: Traced) -> list[str]:
    """Ids of what carries `wanted`, to be traced as well: the order of a sub-order, payment, place or difference, the
    refund, flow and places of a difference. A difference that concerns a whole file names too much to follow."""
    found: list[str] = own["order_id"].drop_nulls().to_list()
    for name in ("variances", "open_items", "alerts"):
        rows = direct.get(name)
        if rows is None or (
            name == "variances" and first.kinds and not rows.filter(pl.col("variance_id") == wanted).height
        ):
            continue
        for column in ("order_id", "sub_order_id", "refund_id", "txn_id"):
            if column in rows.columns:
                found += rows[column].drop_nulls().to_list()
        if name == "variances" and rows.filter(pl.col("variance_id") == wanted).height:
            found += [
                spot for text in rows["sources"].drop_nulls() for spot in text.split(";") if re.search(r":\d+$", spot)
            ]
    shares = direct.get("allocations")
    if shares is not None and not first.kinds and "order_id" in shares.columns:
        found += shares["order_id"].drop_nulls().to_list()
    return [seed for seed in dict.fromkeys(found) if seed != wanted][:MOST_SEEDS]


def _joined(first: Traced, others: list[Traced]) -> Traced:
    """One answer of several."""
    if not others:
        return first
    every = [first, *others]
    entries = pl.concat([t.entries for t in every]).unique().sort("fiscal_year", "period", "voucher_id", "seq")
    links = pl.concat([t.links for t in every]).unique()
    return replace(
        first,
        entries=entries,
        links=links.sort("voucher_id", "seq", "line_id", "order_id", "amount_minor", nulls_last=True),
        lines=pl.concat([t.lines for t in every]).unique().sort("line_id"),
        documents=pl.concat([t.documents for t in every]).unique().sort(
            "group_id", "refund_id", "path", "source_line", nulls_last=True
        ),
    )  # fmt: skip


def _with_paper_lines(traced: Traced, papers: pl.DataFrame, books: Books) -> Traced:
    """A 收付款单 leads to the voucher lines it names and to the movements of its day, account, kind and direction."""
    for row in papers.iter_rows(named=True):  # one by nature: its number was asked for
        inward = row.get("direction") == "in"
        lines = books.lines.filter(
            pl.col("account").cast(pl.String) == row["account"],
            pl.col("category").cast(pl.String) == row["category"],
            pl.col("occurred_at").dt.strftime("%Y-%m-%d") == row["document_date"],
            (pl.col("amount_minor") > 0) if inward else (pl.col("amount_minor") < 0),
        )
        if "in_money" in lines.columns:
            lines = lines.filter("in_money")
        paths = books.sources["path"]
        places = [f"{paths[source]}:{line}" for source, line in lines.select("source_id", "source_line").iter_rows()]
        traced = _joined(traced, [trace(place, books) for place in places[:MOST_SEEDS]])
        if row.get("voucher"):
            vouchers = trace(row["voucher"], books)
            year_month = row["document_date"][:7].split("-")
            same = (pl.col("fiscal_year") == int(year_month[0])) & (pl.col("period") == int(year_month[1]))
            traced = replace(traced, entries=pl.concat([traced.entries, vouchers.entries.filter(same)]).unique().sort(
                "fiscal_year", "period", "voucher_id", "seq"
            ))  # fmt: skip
    return traced


def _papers_of(
    traced: Traced, tables: dict[str, pl.DataFrame], kept: dict[str, pl.DataFrame], first: Traced
) -> dict[str, pl.DataFrame]:
    """The 收付款单 of a voucher that was asked for."""
    papers = tables.get("papers")
    if "voucher" not in first.kinds or papers is None or "voucher" not in papers.columns:
        return {}
    names = sorted(set(first.entries["voucher"].to_list()))
    rows = papers.filter(pl.col("voucher").is_in(names))
    rows = pl.concat([rows, kept["papers"]]).unique(maintain_order=True) if "papers" in kept else rows
    return {"papers": rows} if rows.height else {}


def _places(
    spots: list[tuple[str, int | None]], outputs: Outputs, traced: Traced, orders: pl.DataFrame
) -> pl.DataFrame:
    """The places asked for at which no bill line, order or document stands; whole files always."""
    taken = {
        (path, line)
        for frame in (traced.lines, traced.documents, orders)
        for path, line in frame.select("path", "source_line").iter_rows()
    }
    rows = [
        (path, line, *(("", None) if line is None else reason_at(path, line, outputs.files, outputs.aside)))
        for path, line in spots
        if (path, line) not in taken
    ]
    schema = {"path": pl.String, "source_line": pl.Int32, "fate": pl.String, "instead": pl.String}
    asked = pl.DataFrame(rows, schema=schema, orient="row")
    files = outputs.files.select(pl.exclude("fate", "instead"))
    return conform(asked.join(files, on="path", how="left", maintain_order="left"), PLACES)


def _documents_at(spots: list[tuple[str, int | None]], books: Books) -> list[str]:
    """Refund documents, and orders of settlement groups, that stand at the places asked for."""
    ids: list[str] = []
    paths = books.sources["path"].to_list()
    for path, line in spots:
        if line is not None and path in paths:
            here = (pl.col("source_id") == paths.index(path)) & (pl.col("source_line") == line)
            rows = books.matches.filter(here & pl.col("line_id").is_null())
            ids += [*rows["refund_id"].drop_nulls(), *rows["order_id"].drop_nulls()]
    return ids


def _kinds(
    wanted: str, first: Traced, orders: pl.DataFrame, direct: dict[str, pl.DataFrame], known_place: bool
) -> tuple[str, ...]:
    """What `wanted` is, in the order in which it was looked for."""
    kinds = list(first.kinds)
    at_place = known_place and not first.kinds
    if orders.height and not at_place:
        kinds.append("order")
    for name, frame in direct.items():
        for column in _TABLE_IDS[name]:
            if column in frame.columns and frame.filter(pl.col(column) == wanted).height:
                kinds.append(_KIND_OF.get(column) or column.removesuffix("_id").removeprefix("sub_"))
    listed = (
        direct["papers"]["cleared"].drop_nulls().to_list()
        if "cleared" in direct.get("papers", pl.DataFrame()).columns
        else []
    )
    if any(part.partition(":")[0] == wanted for text in listed for part in text.split(";")):
        kinds.append("order")
    if at_place:
        kinds.append("place")
    return tuple(dict.fromkeys(kinds))
