"""Which shop the folder of a file names, and several shops under one folder name, told apart by the orders that their files share."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from functools import cache

import polars as pl
from pydantic import BaseModel, ConfigDict

from ecrecon.base.components import component_of
from ecrecon.base.sources import Parsed, Source
from ecrecon.base.validation import shipped_settings

# Which folder names the shop of a file that nothing else names (configs/matching/folders.toml).


class Folders(BaseModel):
    """The whole of folders.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    words: list[str]


@cache
def _plain() -> re.Pattern[str]:
    words = sorted(shipped_settings("matching/folders.toml", Folders).words, key=lambda word: (-len(word), word))
    return re.compile(rf"(?:{'|'.join(re.escape(word) for word in words)}|[\W\d_])+", re.IGNORECASE)


def folder_of(source: Source) -> str:
    """Folder of the (outermost) file, relative to the input."""
    return source.path.split("!/", 1)[0].rpartition("/")[0]


def shop_folder_of(source: Source) -> str:
    """The folder that stands for the shop: the nearest one above the file whose name is not only that of a kind of file
    or of a date; the input itself (empty) where there is none: 订单/a.csv and 账单/b.csv are of one shop."""
    steps = folder_of(source).split("/")
    for depth in range(len(steps), 0, -1):
        if steps[depth - 1] and not _plain().fullmatch(steps[depth - 1]):
            return "/".join(steps[:depth])
    return ""


def shop_of_folder(source: Source) -> str:
    """Name of the folder that stands for the shop, else the platform."""
    return shop_folder_of(source).rpartition("/")[2] or (source.platform or "")


# Several shops under one folder name whose files print no shop: told apart by the orders that their files share.

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
