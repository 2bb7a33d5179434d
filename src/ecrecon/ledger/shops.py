"""Whose file is it: shop and account of every source (docs/reading.md "Shop and account")."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from ecrecon.base.platforms import account_number
from ecrecon.base.sources import Parsed, Source, finding
from ecrecon.base.texts import tr
from ecrecon.ledger.folder_shops import folder_of, mixed_folders, shop_folder_of, shop_of_folder
from ecrecon.settings.workspace import Bank, Shop, Workspace

MIN_IDS = 3
"""Fewer known order ids than this say nothing about whose file it is."""

SHOWN_DIGITS = 4
"""So many digits of a half-hidden account number must agree."""


@dataclass(frozen=True)
class Placed:
    """Sources with shop and account, and the F14 findings."""

    parsed: list[Parsed]
    findings: list[pl.DataFrame]


def glob_matches(pattern: str, path: str) -> bool:
    """True where `path` fits: `**` any folders, `*` and `?` inside one name. Costs pattern times path at most."""
    text = re.sub(r"(\*\*/)+", "**/", re.sub(r"\*{3,}", "**", pattern.strip("/")))
    tokens = re.findall(r"\*\*/|\*\*|\*|\?|.", text, re.DOTALL)
    reached = {0}
    for token in tokens:
        reached = _after(token, reached, path)
        if not reached:
            return False
    return len(path) in reached


def _after(token: str, reached: set[int], path: str) -> set[int]:
    """Places in `path` where a part that begins at one of `reached` and fits `token` may end."""
    if token == "**":
        return set(range(min(reached), len(path) + 1))
    if token == "**/":
        first = min(reached)
        return reached | {n + 1 for n in range(first, len(path)) if path[n] == "/"}
    if token == "*":
        ends: set[int] = set()
        for start in sorted(reached):
            end = start
            while end not in ends and end <= len(path):
                ends.add(end)
                if end == len(path) or path[end] == "/":
                    break
                end += 1
        return ends
    return {n + 1 for n in reached if n < len(path) and (path[n] == token or (token == "?" and path[n] != "/"))}


def place(parsed: Sequence[Parsed], workspace: Workspace, config_path: Callable[[str], str]) -> Placed:
    """Give every readable source its shop and account.

    Order: configuration, else the shop that most of its order ids belong to, else that of most of its payout batches,
    else the account printed, else the parent folder. `config_path` maps a display path to the path that `[[shops]] paths` are written against.
    """
    configured = {p.source.path: _configured(p.source, workspace, config_path) for p in parsed}
    apart = mixed_folders(parsed, [path for path, owners in configured.items() if owners])
    owners = [_place_orders(p, configured[p.source.path], apart) for p in parsed if p.source.of_platform]
    index = _order_owner(owners)
    placed: list[Parsed] = []
    findings: list[pl.DataFrame] = []
    done = {p.source.path: p for p in owners}
    voting = [p for p in parsed if p.source.readable and not (p.source.of_platform or p.source.of_goods)]
    votes = _votes(voting, index)
    neighbours = _folder_shops(parsed, owners, votes)
    for item in parsed:
        if not item.source.readable:
            placed.append(_place_unreadable(item, configured[item.source.path], neighbours))
        elif item.source.of_platform:
            placed.append(done[item.source.path])
        elif item.source.of_goods:
            placed.append(item)  # it lists the goods of many shops, under names of its own
        elif item.source.kind == "bank":
            placed.append(_place_bank(item, configured[item.source.path]))
        else:
            result, problem = _place_by_ids(item, configured[item.source.path], votes[id(item)], neighbours)
            if item.source.path in apart and not configured[item.source.path]:
                result = replace(result, source=replace(result.source, shop=apart[item.source.path]))
            placed.append(result)
            findings.extend(problem)
    return Placed(_fill_accounts(placed), findings)


def _configured(source: Source, workspace: Workspace, config_path: Callable[[str], str]) -> Sequence[Shop | Bank]:
    """Shops (of a bank statement: banks) whose accounts (first) or paths claim the source."""
    owners: Sequence[Shop | Bank] = workspace.banks if source.kind == "bank" else workspace.shops
    by_account = [s for s in owners if source.account and any(same_account(source.account, a) for a in s.accounts)]
    if by_account:
        return by_account
    outer = source.path.split("!/", 1)[0]
    candidates = {outer, config_path(outer)}
    return [s for s in owners if any(glob_matches(g, c) for g in s.paths for c in candidates)]


def same_account(printed: str, configured: str) -> bool:
    """Compared as normalised; cards are printed with their middle hidden (`6200********0003`)."""
    account = account_number(configured)
    if "*" not in printed:
        return printed == account
    head, tail = printed.partition("*")[0], printed.rpartition("*")[2]
    return len(head) + len(tail) >= SHOWN_DIGITS and account.startswith(head) and account.endswith(tail)


def _place_orders(item: Parsed, shops: Sequence[Shop | Bank], apart: Mapping[str, str]) -> Parsed:
    """An order file: configuration, else the printed shop column, else its shop in a folder of several, else the
    parent folder."""
    assert item.frame is not None
    printed = item.frame["shop"].drop_nulls()
    if shops:
        shop, frame = shops[0].name, item.frame.with_columns(pl.lit(shops[0].name).cast(pl.Categorical()).alias("shop"))
    else:
        folder = apart.get(item.source.path) or shop_of_folder(item.source)
        shop = str(printed.mode().sort()[0]) if len(printed) else folder
        frame = item.frame.with_columns(pl.col("shop").fill_null(pl.lit(folder).cast(pl.Categorical())))
    source = replace(item.source, shop=shop, printed_shop=len(printed) > 0 or bool(shops))
    return replace(item, source=source, frame=frame)


def _place_bank(item: Parsed, banks: Sequence[Shop | Bank]) -> Parsed:
    """A statement goes under the bank that configuration names, else under its account, else under its folder.

    A configured account stands in for one that is half hidden, and for none at all where the bank has only one.
    """
    source = item.source
    if not banks:
        return replace(item, source=replace(source, shop=source.account or shop_of_folder(source)))
    bank, account = banks[0], source.account
    if account is None:
        account = account_number(bank.accounts[0]) if len(bank.accounts) == 1 else None
    elif "*" in account:
        account = next((account_number(a) for a in bank.accounts if same_account(account, a)), account)
    return replace(item, source=replace(source, shop=bank.name, account=account))


def _order_owner(orders: Sequence[Parsed]) -> pl.DataFrame:
    """Order id -> shop, and whether that shop is named by configuration or printed in the file."""
    frames = [
        p.frame.select(pl.col("order_id"), pl.col("shop").cast(pl.String), pl.lit(p.source.printed_shop).alias("named"))
        for p in orders
        if p.frame is not None
    ]
    if not frames:
        return pl.DataFrame(schema={"order_id": pl.String, "shop": pl.String, "named": pl.Boolean})
    return (
        pl.concat(frames).filter(pl.col("order_id").is_not_null()).unique("order_id", keep="first", maintain_order=True)
    )


Vote = tuple[str | None, bool, int, int]


def _votes(voting: Sequence[Parsed], index: pl.DataFrame) -> dict[int, Vote]:
    """Per file (by `id`) the shop of most of its order ids; of a file without, that of most of its payout batches.

    A wallet prints the batches of its settlement detail, and hardly an order.
    """
    votes = {id(item): _majority(item, index) for item in voting}
    batches = [
        item.frame.select("payout_batch_id").drop_nulls().unique().with_columns(shop=pl.lit(shop), named=pl.lit(named))
        for item in voting
        if item.frame is not None and "payout_batch_id" in item.frame.columns
        for shop, named, _, _ in (votes[id(item)],)
        if shop is not None
    ]
    if batches:  # a number that two shops share names none
        owners = pl.concat(batches).unique().unique("payout_batch_id", keep="none", maintain_order=True)
        silent = [item for item in voting if votes[id(item)][0] is None]
        votes |= {id(item): _majority(item, owners, "payout_batch_id") for item in silent}
    return votes


def _majority(item: Parsed, index: pl.DataFrame, key: str = "order_id") -> Vote:
    """(shop of most known ids of column `key`, named, its ids, all known ids)."""
    if item.frame is None or key not in item.frame.columns:
        return None, False, 0, 0
    ids = item.frame.select(key).filter(pl.col(key).is_not_null()).unique()
    votes = (
        ids.join(index, on=key)
        .group_by("shop")
        .agg(pl.len().alias("ids"), pl.col("named").all())
        .sort(["ids", "shop"], descending=[True, False])
    )
    if votes.is_empty():
        return None, False, 0, 0
    shop, count, named = votes.row(0)
    return shop, named, count, int(votes["ids"].sum())


def _folder_shops(
    parsed: Sequence[Parsed], owners: Sequence[Parsed], votes: Mapping[int, Vote]
) -> dict[tuple[str, str | None], str]:
    """(folder, platform) -> the one shop whose files lie there; a quiet day's bill has no order id to tell by."""
    seen: dict[tuple[str, str | None], set[str]] = {}
    for item in parsed:
        if id(item) in votes:
            shop = votes[id(item)][0]
            if shop is not None:
                for folder in _folders(item.source):
                    seen.setdefault((folder, item.source.platform), set()).add(shop)
    for item in owners:
        if item.source.shop:
            for folder in _folders(item.source):
                seen.setdefault((folder, item.source.platform), set()).add(item.source.shop)
    return {key: next(iter(shops)) for key, shops in seen.items() if len(shops) == 1}


def _folders(source: Source) -> list[str]:
    """The file's own folder, and the one above it that stands for the shop."""
    return list(dict.fromkeys((folder_of(source), shop_folder_of(source))))


def _neighbour(source: Source, neighbours: Mapping[tuple[str, str | None], str]) -> str | None:
    return next(
        (neighbours[key] for key in ((f, source.platform) for f in _folders(source)) if key in neighbours), None
    )


def _place_unreadable(
    item: Parsed, shops: Sequence[Shop | Bank], neighbours: dict[tuple[str, str | None], str]
) -> Parsed:
    """A file that cannot be read still lies in some shop's folder: say whose it probably is."""
    source = item.source
    if source.kind not in ("unreadable", "unknown"):
        return item
    folder = folder_of(source)
    near = {shop for (where, _), shop in neighbours.items() if where == folder}
    names = [s.name for s in shops] or sorted(near)
    return replace(item, source=replace(source, shop=names[0])) if len(names) == 1 else item


def _place_by_ids(
    item: Parsed, shops: Sequence[Shop | Bank], vote: Vote, neighbours: dict[tuple[str, str | None], str]
) -> tuple[Parsed, list[pl.DataFrame]]:
    """A file without a shop of its own: configuration against the shop that most of its ids belong to."""
    source = item.source
    owner, named, count, known = vote
    names = [s.name for s in shops]
    clear = owner is not None and count >= MIN_IDS and 2 * count > known
    if names and clear and named and owner not in names:
        return replace(item, source=replace(source, shop=owner)), [_f14(source, names[0], str(owner), count, known)]
    unnamed = owner or source.account or _neighbour(source, neighbours) or shop_of_folder(source)
    chosen = unnamed if not names else owner if owner in names else names[0]
    return replace(item, source=replace(source, shop=chosen)), []


def _f14(source: Source, named: str, owner: str, count: int, known: int) -> pl.DataFrame:
    return finding(
        "F14",
        source.path,
        text=owner,
        expected=named,
        hint=tr(
            f"按配置应属店铺 {named}，但其中 {known} 个已知订单号有 {count} 个属于 {owner}；请核对文件是否放错文件夹，金额已按 {owner} 处理",
            f"configured as shop {named}, but {count} of its {known} known order numbers belong to {owner}; "
            f"check whether the file lies in the wrong folder; its money was taken as {owner}'s",
        ),
    )


def _fill_accounts(items: Sequence[Parsed]) -> list[Parsed]:
    """Account of every bill: as printed, else the only printed one of its shop and platform, else platform:shop.

    Where the profile or the file's name tells accounts of one number apart, the suffix follows: `1900000109:fees`.
    """
    printed: dict[tuple[str | None, str | None], set[str]] = {}
    for item in items:
        source = item.source
        if source.kind in ("bill", "bank") and source.account:
            printed.setdefault((source.platform, source.shop), set()).add(source.account)
    result = []
    for item in items:
        source = item.source
        if source.kind in ("bill", "bank"):
            suffix = f":{source.account_suffix}" if source.account_suffix else ""
            if source.account:
                source = replace(source, account=f"{source.account}{suffix}", printed_account=True)
            else:
                known = printed.get((source.platform, source.shop), set())
                base = next(iter(known)) if len(known) == 1 else f"{source.platform}:{source.shop}"
                source = replace(source, account=f"{base}{suffix}")
        result.append(replace(item, source=source))
    return result


def claims_of(
    parsed: Sequence[Parsed], workspace: Workspace, config_path: Callable[[str], str], misplaced: Sequence[pl.DataFrame]
) -> pl.DataFrame:
    """Which shops configuration names for a bill: source_id Int32, shop String. Misplaced files (F14) claim nothing."""
    wrong = {path for frame in misplaced for path in frame["source_path"]}
    rows = [
        (index, shop.name)
        for index, item in enumerate(parsed)
        if item.source.kind == "bill" and item.source.path not in wrong
        for shop in _configured(item.source, workspace, config_path)
    ]
    return pl.DataFrame(rows, schema={"source_id": pl.Int32, "shop": pl.String}, orient="row")
