"""Several shops under one folder name whose files print no shop: told apart by the orders that their files share.

Order files, bills and after-sale files of one shop hold the same orders; files of two shops share none. A name is only
taken apart where it cannot be one shop: two bills of one layout speak for the same days and share no order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

import polars as pl

from ecrecon.base.components import component_of
from ecrecon.base.sources import Parsed, Source
from ecrecon.ledger.folder_names import shop_of_folder

MIN_IDS = 3
"""A bill with fewer orders proves nothing by not sharing them."""

_KINDS = ("orders", "order_lines", "refunds", "bill")


def mixed_folders(parsed: Sequence[Parsed], named: Collection[str]) -> dict[str, str]:
    """Display path -> name of its shop, for files under a folder name that stands for several shops; else empty.

    `named`: paths that configuration claims. Names are the folder's and a number, by the first file of each shop.
    """
    groups: dict[tuple[str, str | None], list[Parsed]] = defaultdict(list)
    for item in parsed:
        if _is_open(item, named):
            groups[(shop_of_folder(item.source), item.source.platform)].append(item)
    result: dict[str, str] = {}
    for (folder, platform), members in groups.items():
        bills = [m for m in members if m.source.kind == "bill"]
        if len(bills) > 1 and any(m.source.kind == "orders" for m in members):
            result |= _apart(members, folder or str(platform))
    return result


def _is_open(item: Parsed, named: Collection[str]) -> bool:
    source = item.source
    return (
        source.readable and source.kind in _KINDS and source.path not in named and item.frame is not None
        and source.account is None and "order_id" in item.frame.columns and not _prints_shop(item)
    )  # fmt: skip


def _prints_shop(item: Parsed) -> bool:
    frame = item.frame
    return frame is not None and "shop" in frame.columns and frame["shop"].null_count() < frame.height


def _apart(members: Sequence[Parsed], folder: str) -> dict[str, str]:
    """Shops of the files of one folder and platform, or nothing where they may be one."""
    ids = pl.concat(
        [
            item.frame.select(pl.lit(item.source.path).alias("path"), "order_id").drop_nulls().unique()
            for item in members
            if item.frame is not None
        ]
    )
    keys = component_of(ids.select(left=pl.lit("f:") + pl.col("path"), right=pl.lit("o:") + pl.col("order_id")))
    files = keys.filter(pl.col("key").str.starts_with("f:")).select(pl.col("key").str.slice(2), "component")
    component = dict(files.iter_rows())
    orders = {component[m.source.path] for m in members if m.source.kind == "orders" and m.source.path in component}
    part = {path: key for path, key in component.items() if key in orders}  # what shares no known order is quiet
    counts = dict(ids.group_by("path").len().iter_rows())
    if not _conflict([m.source for m in members if m.source.kind == "bill"], part, counts):
        return {}
    first: dict[str, str] = {}
    for path in sorted(part):
        first.setdefault(part[path], path)
    names = {key: f"{folder}-{n}" for n, key in enumerate(sorted(first, key=lambda key: first[key]), start=1)}
    told = {path: names[key] for path, key in part.items()}
    return told | _quiet([m.source for m in members], told)


def _conflict(bills: Sequence[Source], part: dict[str, str], counts: dict[str, int]) -> bool:
    """True where two bills of one layout cover a common day and belong to different shops."""
    seen: dict[tuple[str | None, date], set[str]] = defaultdict(set)
    for source in bills:
        if counts.get(source.path, 0) < MIN_IDS or source.path not in part:
            continue
        for low, high in source.coverage:
            for day in range(low.toordinal(), high.toordinal() + 1):
                seen[(source.profile, date.fromordinal(day))].add(part[source.path])
    return any(len(shops) > 1 for shops in seen.values())


def _quiet(sources: Sequence[Source], told: dict[str, str]) -> dict[str, str]:
    """Bills without any order: of the one shop whose other bills of the same layout leave their days open."""
    covered: dict[tuple[str | None, str], set[int]] = defaultdict(set)
    for source in sources:
        if source.path in told and source.kind == "bill":
            for low, high in source.coverage:
                covered[(source.profile, told[source.path])] |= set(range(low.toordinal(), high.toordinal() + 1))
    found = {}
    for source in sources:
        if source.kind != "bill" or source.path in told or not source.coverage:
            continue
        days = {day for low, high in source.coverage for day in range(low.toordinal(), high.toordinal() + 1)}
        open_ = [shop for (profile, shop), taken in covered.items() if profile == source.profile and not days & taken]
        if len(open_) == 1:
            found[source.path] = open_[0]
    return found
