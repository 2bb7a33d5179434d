"""Check `goods`: sold, recorded, shipped, returned; its verdicts as rows of variances.csv."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.schema import TIME, VARIANCE_ROWS, Schema, conform
from ecrecon.base.sources import Source
from ecrecon.base.texts import tr
from ecrecon.base.variances import CODE, KIND
from ecrecon.judging.receipt.judge import Judged
from ecrecon.matching.erp_orders import erp_ranges, erp_shops, inside, platform_ranges, shipment_ranges
from ecrecon.matching.goods_records import Records, holds, load_words
from ecrecon.settings.workspace import Workspace

# Sold, recorded, shipped, returned: do they agree? Judged only where both sides list the order.

VERDICTS: Schema = {
    "code": CODE, "kind": KIND, "platform": pl.String, "shop": pl.String, "order_id": pl.String, "record": pl.String,
    "expected_minor": pl.Int64, "actual_minor": pl.Int64, "occurred_at": TIME, "rule_id": pl.String,
    "orders": pl.Int64, "source_id": pl.Int32, "source_line": pl.Int32, "since": pl.Date,
}  # fmt: skip
"""One row per verdict, of all months. `record`: the ERP's number. `orders`: how many orders a row of a shop counts.
`since`: the day that dates it, null where the row speaks of the month."""


@dataclass(frozen=True)
class GoodsCase:
    """What the check is asked: the orders as `receipt` judged them, our records, and the settings.

    `order_lines`: order_id, sku, title of the platform's item exports.
    """

    judged: Judged
    records: Records
    order_lines: pl.DataFrame
    workspace: Workspace
    moment: Moment


@dataclass(frozen=True)
class GoodsJudged:
    """`verdicts`: frame VERDICTS, sorted. `compared`: how many records each rule matched. `shops`: frame SHOPS."""

    verdicts: pl.DataFrame
    compared: dict[str, int]
    shops: pl.DataFrame


def judge_goods(case: GoodsCase) -> GoodsJudged:
    """X05, X06, X10, R06 and M01 up to the period's end, S02 of the period."""
    orders = case.judged.orders.filter(pl.col("origin") == "platform")
    shops = erp_shops(case.records, orders, case.workspace)
    sold = _sold(case, orders)
    records = _records(case.records, shops)
    listed = erp_ranges(case.records, shops)
    named, each = _named(records), _per_record(records)
    parts = [
        _not_recorded(sold, records, named, listed),
        _not_shipped(sold, records, named, listed, case),
        _not_sold(each, platform_ranges(orders), case),
        _half_sold(each, platform_ranges(orders), case),
        _not_refunded(sold, records, case),
        _free(each, case.moment),
        _ambiguous(case.records, records),
    ]
    verdicts = pl.concat([conform(part, VERDICTS) for part in parts])
    verdicts = verdicts.with_columns(since=pl.coalesce("since", pl.col("occurred_at").dt.date()))
    verdicts = verdicts.filter((pl.col("since") <= case.moment.end).fill_null(True))
    rules = case.records.links.group_by("rule_id").agg(pl.col("row_id").n_unique()).sort("rule_id")
    return GoodsJudged(
        verdicts.sort("code", "shop", "order_id", "record", nulls_last=True), dict(rules.iter_rows()), shops
    )


def _sold(case: GoodsCase, orders: pl.DataFrame) -> pl.DataFrame:
    """One row per platform order: what it is owed and got, when, and whether goods are expected at all.

    Money of a group of several orders counts for the group as a whole.
    """
    groups = case.judged.groups.filter("has_order").select(
        "group_id", "first_receipt", group_status="status", event_at="event_at"
    )
    money = case.judged.principal.group_by("group_id").agg(
        received_minor=pl.col("amount_minor").sum(), refunded=(pl.col("category") == "refund").any()
    )
    documents = case.judged.documents.filter("counts").select("group_id").unique().with_columns(documented=pl.lit(True))
    words = _exempt(case)
    titles = case.order_lines.filter(holds("title", words) | holds("sku", words)).select("order_id").unique()
    rows = (
        orders.join(groups, on="group_id", how="left")
        .join(money, on="group_id", how="left")
        .join(documents, on="group_id", how="left")
        .sort("order_id", "sub_order_id", nulls_last=True)
    )
    first = pl.int_range(pl.len()).over("group_id", order_by=["order_id", "sub_order_id"]) == 0
    status = pl.col("status").cast(pl.String)
    merged = (
        rows.with_columns(own=pl.when(first).then(pl.col("received_minor").fill_null(0)).otherwise(0))
        .group_by("order_id", maintain_order=True)
        .agg(
            pl.col("platform", "shop").cast(pl.String).first(),
            pl.col("due_cash_minor").sum() + pl.col("due_platform_minor").sum(),
            pl.col("own").sum().alias("received_minor"),
            (pl.col("received_minor").fill_null(0) > 0).any().alias("settled"),
            (pl.col("refunded").fill_null(False) | pl.col("documented").fill_null(False)).any().alias("refunded"),
            status.is_in(["paid", "shipped", "finished"]).any().alias("live"),
            pl.col("created_at").min(),
            pl.col("paid_at", "shipped_at", "finished_at").max(),
            pl.col("first_receipt").min(),
            pl.col("source_id", "source_line").first(),
        )
        .rename({"due_cash_minor": "due_minor"})
    )
    fake = pl.col("order_id").is_in(case.workspace.fake_orders)
    exempt = titles.with_columns(exempt=pl.lit(True))
    return merged.join(exempt, on="order_id", how="left").with_columns(pl.col("exempt").fill_null(False), fake=fake)


def _records(records: Records, shops: pl.DataFrame) -> pl.DataFrame:
    """Rows of our files with the shop of the run, what their type means, and the platform orders they name.

    Adds own_shop, own_platform, shop_known, free, offline, live, shipped, targets (list of platform orders).
    """
    words = load_words()
    targets = records.links.group_by("row_id").agg(targets=pl.col("target").unique().sort())
    names = shops.select("erp_shop", own_shop="shop", own_platform="platform", shop_known="known")
    status = pl.col("status").cast(pl.String)
    gone = status.is_in(["closed", "replaced"]).fill_null(value=False)
    sent = pl.col("shipped_at").is_not_null() | pl.col("waybill").is_not_null() | status.is_in(["shipped", "finished"])
    return (
        records.rows.with_columns(erp_shop=pl.col("shop").cast(pl.String))
        .join(names, on="erp_shop", how="left", maintain_order="left")
        .join(targets, on="row_id", how="left", maintain_order="left")
        .with_columns(
            free=holds("order_type", words.free_types),
            offline=holds("order_type", words.offline_types),
            live=~gone,
            shipped=~gone & sent.fill_null(value=False),
            # an export without any shipment (columns left out) cannot miss one
            tells=sent.fill_null(value=False).any().over("source_id"),
            pl_targets=pl.col("targets").list.len().fill_null(0),
        )
    )


def _named(records: pl.DataFrame) -> pl.DataFrame:
    """order_id of every platform order that any of our rows names, with what these rows say."""
    return (
        records.filter(pl.col("kind") != "cost")
        .explode("targets")
        .filter(pl.col("targets").is_not_null())
        .group_by(order_id="targets")
        .agg(
            shipped=pl.col("shipped").any(),
            live=(pl.col("live") & pl.col("tells") & (pl.col("kind") == "orders")).any(),
            seen_until=pl.col("snapshot_at").max(),
            record=pl.col("record").min(),
        )
    )


def _not_recorded(sold: pl.DataFrame, records: pl.DataFrame, named: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """X05: paid on the platform, listed there inside the time that our orders list, and in none of them.

    Where our file of a shop holds nothing but shipped orders it may have been asked for by shipment: then the order must
    have been sent inside the time of these shipments as well.
    """
    due = sold.filter("live", ~pl.col("fake"), pl.col("due_minor") > 0)
    missing = due.join(named.select("order_id"), on="order_id", how="anti")
    by_creation = inside(missing, "created_at", listed.filter(pl.col("listed_by") == "created_at"))
    by_payment = inside(missing, "paid_at", listed.filter(pl.col("listed_by") == "paid_at"))
    found = pl.concat([by_creation, by_payment]).unique("order_id", keep="first", maintain_order=True)
    sent = shipment_ranges(records)
    unclear = found.join(sent.select("shop").unique(), on="shop", how="semi")
    found = pl.concat([found.join(unclear, on="order_id", how="anti"), _sent_inside(unclear, sent)])
    return found.with_columns(
        code=pl.lit("X05").cast(CODE),
        kind=pl.when("exempt").then(pl.lit("review")).otherwise(pl.lit("break")).cast(KIND),
        expected_minor="due_minor",
        actual_minor=pl.lit(0, dtype=pl.Int64),
        occurred_at=pl.coalesce("paid_at", "created_at"),
        rule_id=pl.lit("goods.no_record"),
    )


def _sent_inside(rows: pl.DataFrame, ranges: pl.DataFrame) -> pl.DataFrame:
    """Orders that were sent inside `ranges`: by their shipping time or, where the platform prints none (JD), because both
    their creation and the buyer's confirmation lie inside: between the two they were on their way."""
    dated = inside(rows.filter(pl.col("shipped_at").is_not_null()), "shipped_at", ranges)
    undated = inside(rows.filter(pl.col("shipped_at").is_null()), "created_at", ranges)
    return pl.concat([dated, inside(undated, "finished_at", ranges)])


def _exempt(case: GoodsCase) -> list[str]:
    return [*load_words().exempt, *case.workspace.goods.exempt]


def _not_shipped(
    sold: pl.DataFrame, records: pl.DataFrame, named: pl.DataFrame, listed: pl.DataFrame, case: GoodsCase
) -> pl.DataFrame:
    """X06: settled, and our records know the order but no shipment of it; or they list shipments and not this one.

    Money may come at the payment, before anybody could ship: such an order is missed, and dated, `ship_days` after it.
    Orders of which any line holds an exempt text expect no goods.
    """
    words = _exempt(case)
    exempt = records.filter(holds("title", words) | holds("sku", words)).explode("targets").select(order_id="targets")
    asked = sold.filter("settled", "live", ~pl.col("fake"), ~pl.col("exempt")).join(
        exempt.drop_nulls().unique(), on="order_id", how="anti"
    )
    promised = pl.coalesce("paid_at", "created_at") + pl.duration(days=load_words().ship_days)
    asked = asked.with_columns(late_at=pl.max_horizontal("first_receipt", promised))
    told = asked.join(named, on="order_id", suffix="_erp").filter(
        "live_erp",
        ~pl.col("shipped"),
        pl.col("seen_until") >= pl.col("late_at"),
        pl.col("late_at") <= pl.lit(case.moment.as_of),
    )
    shipments = listed.filter(pl.col("listed_by") == "shipped_at")
    unknown = asked.join(named, on="order_id", how="anti")
    ordered = listed.filter(pl.col("listed_by") != "shipped_at").select("shop").unique()
    absent = _sent_inside(unknown.join(ordered, on="shop", how="anti"), shipments)
    sent = absent.with_columns(late_at="first_receipt")  # the platform's own file says that it was shipped
    both = pl.concat([told.select(sent.columns), sent])
    return both.with_columns(
        code=pl.lit("X06").cast(CODE),
        expected_minor=pl.lit(0, dtype=pl.Int64),
        actual_minor="received_minor",
        occurred_at="late_at",
        rule_id=pl.lit("goods.no_shipment"),
    )


def _per_record(records: pl.DataFrame) -> pl.DataFrame:
    """One row per record of ERP orders and shipments, amounts from the file that counts."""
    counts = pl.col("first_file")
    return (
        records.filter(pl.col("kind") != "cost", pl.col("record").is_not_null())
        .group_by("record", maintain_order=True)
        .agg(
            platform=pl.col("own_platform").drop_nulls().first(),
            shop=pl.col("own_shop").drop_nulls().first(),
            shop_known=pl.col("shop_known").fill_null(False).any(),
            number=pl.col("number").drop_nulls().first(),
            named=pl.col("pl_targets").max(),
            live=pl.col("live").any(),
            free=pl.col("free").any(),
            offline=pl.col("offline").any(),
            all_gifts=pl.col("gift").fill_null(False).all(),
            has_amount=pl.col("receivable_minor").filter(counts).is_not_null().any(),
            receivable_minor=pl.col("receivable_minor").filter(counts).sum(),
            amount_minor=pl.col("amount_minor").filter(counts).sum(),
            created_at=pl.coalesce(pl.col("created_at").min(), pl.col("paid_at").min()),
            shipped_at=pl.col("shipped_at").min(),
            source_id=pl.col("source_id").first(),
            source_line=pl.col("source_line").first(),
        )
        .with_columns(
            value_minor=pl.when("has_amount").then("receivable_minor").otherwise("amount_minor"),
        )
        .with_columns(several=pl.col("number").str.contains(",", literal=True).fill_null(value=False))
        .with_columns(nothing=pl.col("free") | pl.col("all_gifts") | (pl.col("value_minor") == 0))
    )


def _not_sold(each: pl.DataFrame, listed: pl.DataFrame, case: GoodsCase) -> pl.DataFrame:
    """X10: recorded as an order of a shop inside the time that the platform lists, and not among its orders.

    Once per number: an order list and its lines of goods may stand in two sheets, the latter without the ERP's own number.
    """
    doubtful = case.records.ambiguous.join(case.records.rows.select("row_id", "record"), on="row_id")
    asked = (
        each.filter("live", "shop_known", ~pl.col("offline"), ~pl.col("nothing"), pl.col("number").is_not_null())
        .filter(pl.col("named") == 0)
        .join(doubtful.select("record").unique(), on="record", how="anti")
    )
    days = load_words().unseen_days
    earliest = pl.coalesce("created_at", pl.col("shipped_at") - pl.duration(days=days))
    known = inside(asked.with_columns(earliest=earliest), "earliest", listed)
    own = (pl.col("record") != pl.col("number")).alias("own")
    once = known.with_columns(own).sort("shop", "number", "own", "record", descending=[False, False, True, False])
    return once.unique(["shop", "number"], keep="first", maintain_order=True).with_columns(
        code=pl.lit("X10").cast(CODE),
        order_id="number",
        expected_minor=pl.lit(0, dtype=pl.Int64),
        actual_minor="value_minor",
        occurred_at=pl.coalesce("created_at", "shipped_at"),
        rule_id=pl.lit("goods.no_order"),
    )


def _half_sold(each: pl.DataFrame, listed: pl.DataFrame, case: GoodsCase) -> pl.DataFrame:
    """X10 of kind review: a merged record of which some numbers are the platform's and this one is not. Its share of the
    amount is not known."""
    seen = pl.concat([case.records.links, case.records.ambiguous]).select("row_id", "part")
    rows = case.records.rows.select("row_id", "record")
    open_ = case.records.parts.filter(pl.col("part").is_not_null()).join(seen, on=["row_id", "part"], how="anti")
    numbers = open_.join(rows, on="row_id").select("record", "part").unique()
    halves = each.filter(
        "live", "shop_known", ~pl.col("offline"), ~pl.col("nothing"), pl.col("named") > 0, pl.col("several")
    ).join(numbers, on="record")
    known = inside(halves.filter(pl.col("created_at").is_not_null()), "created_at", listed)
    return (
        known.sort("part", "record")
        .unique("part", keep="first", maintain_order=True)
        .with_columns(
            code=pl.lit("X10").cast(CODE),
            kind=pl.lit("review").cast(KIND),
            order_id="part",
            expected_minor=pl.lit(0, dtype=pl.Int64),
            actual_minor=pl.lit(0, dtype=pl.Int64),
            occurred_at="created_at",
            rule_id=pl.lit("goods.no_order_in_list"),
        )
    )


def _not_refunded(sold: pl.DataFrame, records: pl.DataFrame, case: GoodsCase) -> pl.DataFrame:
    """R06: goods are back by our records, some days have passed, and neither a refund nor a document is seen."""
    back = (
        records.filter((pl.col("returned_quantity").fill_null(0) > 0) & (pl.col("returned_minor").fill_null(0) > 0))
        .filter("first_file")
        .explode("targets")
        .filter(pl.col("targets").is_not_null())
        .group_by(order_id="targets")
        .agg(
            returned_minor=pl.col("returned_minor").sum(),
            returned_at=pl.col("returned_at").max(),
            record=pl.col("record").min(),
            seen_until=pl.col("snapshot_at").max(),
        )
    )
    days = pl.duration(days=load_words().returned_days)
    returned = pl.coalesce("returned_at", "seen_until")
    late = (returned + days).dt.date() <= pl.lit(case.moment.day)
    open_ = sold.filter("settled", "live", ~pl.col("refunded")).join(back, on="order_id").filter(late)
    dated = pl.col("returned_at").is_not_null()
    return open_.with_columns(
        code=pl.lit("R06").cast(CODE),
        kind=pl.when(dated).then(pl.lit("break")).otherwise(pl.lit("review")).cast(KIND),
        expected_minor=-pl.col("returned_minor"),
        actual_minor=pl.lit(0, dtype=pl.Int64),
        occurred_at=returned,
        since=(returned + days).dt.date(),
        rule_id=pl.lit("goods.returned"),
    )


def _free(each: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """S02: gifts, reissues, exchanges and orders of nothing, counted per shop."""
    at = pl.coalesce("created_at", "shipped_at").dt.date()
    free = each.filter("live", "nothing", at.is_between(moment.start, moment.end))
    counted = free.group_by("platform", "shop").agg(orders=pl.len().cast(pl.Int64))
    return counted.with_columns(
        code=pl.lit("S02").cast(CODE), actual_minor=pl.lit(0, dtype=pl.Int64), rule_id=pl.lit("goods.free")
    )


def _ambiguous(records: Records, rows: pl.DataFrame) -> pl.DataFrame:
    """M01: a number that several platform orders fit; the candidates stand in `record`."""
    facts = rows.select(
        "row_id", "source_id", "source_line", platform="own_platform", shop="own_shop",
        occurred_at=pl.coalesce("created_at", "shipped_at"),
    )  # fmt: skip
    return (
        records.ambiguous.group_by("row_id", order_id="part")
        .agg(record=pl.col("target").unique().sort().str.join("、"), rule_id=pl.col("rule_id").first())
        .join(facts, on="row_id")
        .sort("order_id", "row_id")
        .unique("order_id", keep="first", maintain_order=True)
        .with_columns(code=pl.lit("M01").cast(CODE))
    )


# Verdicts of the goods check as rows of `variances.csv`.


def goods_rows(judged: GoodsJudged, sources: Sequence[Source]) -> pl.DataFrame:
    """Rows of schema VARIANCE_ROWS: one per order, S02 one per shop with its count in the note."""
    paths = {index: source.path for index, source in enumerate(sources)}
    spot = pl.concat_str(
        pl.col("source_id").replace_strict(paths, default=None, return_dtype=pl.String),
        pl.lit(":"),
        pl.col("source_line").cast(pl.String),
    )
    code = pl.col("code").cast(pl.String)
    note = (
        pl.when(code == "S02").then(pl.format(tr("ERP {} 单", "{} orders of the ERP"), "orders"))
        .when(code == "M01").then(pl.format(tr("候选：{}", "candidates: {}"), "record"))
        .when(pl.col("record").is_not_null()).then(pl.format(tr("ERP 单号 {}", "ERP order {}"), "record"))
    )  # fmt: skip
    return conform(
        judged.verdicts.with_columns(
            check=pl.lit("goods"),
            difference_minor=pl.col("actual_minor") - pl.col("expected_minor"),
            note=note,
            sources=spot,
        ),
        VARIANCE_ROWS,
    )
