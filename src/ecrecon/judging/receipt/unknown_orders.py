"""Lines without a loaded order: a real finding (X03), an order older than what was loaded (X11), or no order file (X12)."""

from __future__ import annotations

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.platforms import order_day
from ecrecon.settings.workspace import Workspace


def orphan_codes(
    lines: pl.DataFrame,
    orders: pl.DataFrame,
    workspace: Workspace,
    moment: Moment,
    damaged_shops: frozenset[str] = frozenset(),
    unread_shops: frozenset[str] = frozenset(),
) -> pl.DataFrame:
    """Verdict per group without order: columns group_id, orphan_code ("X03", "X11" or "X12"), newer (Boolean).

    `lines`: group_id, platform, shop, order_id, occurred_at, order_created_at of principal lines in such groups. `orders`: shop,
    created_at of the loaded orders. `newer`: the order was created after the last loaded one, so the export may simply
    end too early, or the shop's order file holds damaged numbers (`damaged_shops`): review instead of break. A shop of
    which no order is loaded, or an order file could not be read (`unread_shops`), has nothing to be compared with: X12.
    """
    span = orders.group_by(pl.col("shop").cast(pl.String)).agg(
        pl.col("created_at").min().dt.date().alias("earliest"), pl.col("created_at").max().dt.date().alias("latest")
    )
    created = pl.coalesce(
        pl.col("order_created_at").dt.date(),
        order_day(pl.col("platform"), pl.col("order_id")),
    )
    frame = (
        lines.with_columns(pl.col("shop").cast(pl.String), created=created)
        .group_by("group_id")
        .agg(
            pl.col("shop").drop_nulls().min(),
            pl.col("created").min(),
            pl.col("occurred_at").min().dt.date().alias("day"),
        )
        .join(span, on="shop", how="left")
    )
    given = {s.name: s.opening.date_ for s in workspace.shops if s.opening is not None and s.opening.date_}
    start = pl.col("shop").replace_strict(given, default=workspace.opening.date_, return_dtype=pl.Date)
    after_grace = pl.col("day") > start + pl.duration(days=workspace.opening.grace_days)
    reaches_back = pl.col("day") - pl.col("earliest") >= pl.duration(days=workspace.opening.horizon_days)
    certain = (
        pl.when(pl.col("earliest").is_null())
        .then(pl.lit(False))
        .when(pl.col("created").is_not_null())
        .then(pl.col("created") > pl.col("earliest"))
        .when(start.is_not_null())
        .then(after_grace)
        .otherwise(reaches_back)
    )
    nothing = pl.col("earliest").is_null() & ~pl.col("shop").is_in(_with_orders(orders)).fill_null(value=False)
    unread = pl.col("shop").is_in(sorted(unread_shops)).fill_null(value=False)
    return frame.select(
        "group_id",
        pl.when(nothing | unread)
        .then(pl.lit("X12"))
        .when(certain.fill_null(False))
        .then(pl.lit("X03"))
        .otherwise(pl.lit("X11"))
        .alias("orphan_code"),
        ((pl.col("created") > pl.col("latest")).fill_null(False) | pl.col("shop").is_in(sorted(damaged_shops)))
        .fill_null(False)
        .alias("newer"),
    ).sort("group_id")


def _with_orders(orders: pl.DataFrame) -> list[str]:
    """Shops with a loaded order, also one without a creation time."""
    return orders["shop"].cast(pl.String).drop_nulls().unique().sort().to_list()
