"""The two sides of payouts: withdrawals of wallets and lines of bank statements; who pays out for which account, and the bank's working days."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from ecrecon.base.errors import ConfigError
from ecrecon.base.money import minor_from_text, rate_scaled
from ecrecon.base.resources import configs_dir
from ecrecon.base.sources import Source
from ecrecon.base.validation import shipped_settings
from ecrecon.ledger.coverage import days_between
from ecrecon.settings.workspace import Workspace

# configs/matching/payout.toml, and who pays out for which account.


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Payer(_Table):
    """Who the bank statement names for a platform."""

    platform: str
    names: list[str] = Field(min_length=1)


class PayoutSettings(_Table):
    """The whole of configs/matching/payout.toml."""

    window_days: int
    charges: list[str]
    charge_cap: str
    transfer_days: int
    payers: list[Payer]

    @property
    def rates(self) -> list[tuple[int, int]]:
        """`charges` as scaled integers."""
        return [rate_scaled(text) for text in self.charges]

    @property
    def cap_minor(self) -> int:
        """`charge_cap` in minor units."""
        return minor_from_text(self.charge_cap) or 0


@cache
def load_payout_settings() -> PayoutSettings:
    """Read the shipped settings; raise ConfigError when they do not fit."""
    return shipped_settings("matching/payout.toml", PayoutSettings)


class Payers:
    """Which names on a bank statement stand for which account's payouts."""

    def __init__(self, workspace: Workspace, named_accounts: Mapping[str, list[str]]) -> None:
        """`named_accounts`: account -> shops that configuration gives it."""
        self._shops = {shop.name: tuple(shop.payers) for shop in workspace.shops if shop.payers}
        self._platforms = {p.platform: tuple(p.names) for p in load_payout_settings().payers}
        self._named = named_accounts
        self._owner = {name: p.platform for p in load_payout_settings().payers for name in p.names}
        self._owner |= {name: shop.platform for shop in workspace.shops for name in shop.payers}

    def of(self, account: str, platform: str, shop: str | None) -> tuple[str, ...]:
        """Names that pay out for `account`; empty where nobody is known."""
        shops = [*self._named.get(account, []), *([shop] if shop else [])]
        own = tuple(name for s in shops for name in self._shops.get(s, ()))
        return tuple(dict.fromkeys(own)) or self._platforms.get(platform, ())

    def platform_of(self, payer: str | None) -> str | None:
        """The platform that the payer of a bank line stands for."""
        if payer is None:
            return None
        hits = [name for name in self._owner if name in payer]
        return self._owner[max(hits, key=len)] if hits else None

    def fits(self, names: tuple[str, ...], payer: str | None, anybody: bool = False) -> bool:
        """True where a bank line of `payer` may be a payout of an account whose payers are `names`.

        A line without a printed payer may be anybody's. An account without known payers takes what is nobody else's, with
        `anybody` also what is somebody's.
        """
        if payer is None:
            return True
        if names:
            return any(name in payer for name in names)
        return anybody or self.platform_of(payer) is None


# The two sides: withdrawals of wallets and lines of bank statements.

REFERENCES = ("txn_id", "biz_txn_id", "payout_batch_id", "bank_ref")
SHORTEST = 8
"""Shorter texts are no references."""
TOKEN = r"[0-9A-Za-z]{8,}"
RETURN_DAYS = 10
"""A withdrawal that the bank sent back (提现退票) comes back within so many days."""

COMMON = (
    "row_id", "source_id", "source_line", "platform", "shop", "account", "currency", "category", "amount_minor",
    "occurred_at", "day", "channel", "remark", "raw_type", "raw_desc", *REFERENCES,
)  # fmt: skip


@dataclass(frozen=True)
class Sides:
    """Frames by line. `withdrawals`: COMMON with `amount_minor` > 0 = what should arrive, `expected_by`, `returned`.
    `receipts`: bank lines, signed, with `payer_platform`. `transfers`: lines of own transfers of any account."""

    withdrawals: pl.DataFrame
    receipts: pl.DataFrame
    transfers: pl.DataFrame


def make_sides(lines: pl.DataFrame, sources: Sequence[Source], payers: Payers) -> Sides:
    """`lines`: LEDGER with fates as of the moment. Bank lines after it are kept: they show that a payout arrived. A line
    whose day could not be read (F11) is neither due nor seen on any day: it takes no part."""
    bank_ids = [index for index, source in enumerate(sources) if source.kind == "bank"]
    of_bank = pl.col("source_id").is_in(bank_ids)
    frame = lines.filter(pl.col("in_money"), pl.col("day").is_not_null()).with_columns(
        pl.col("platform", "shop", "account", "currency", "category", "channel", "raw_type", "raw_desc").cast(
            pl.String
        ),
        row_id="line_id",
    )
    counted = pl.col("fate").is_null() | (pl.col("fate") == "account_level")
    wallet = frame.filter(~of_bank, counted).select(COMMON)
    bank = frame.filter(of_bank, counted | (pl.col("fate") == "after_as_of")).select(COMMON)
    platforms = {name: payers.platform_of(name) for name in bank["channel"].unique()}
    bank = bank.with_columns(
        payer_platform=pl.col("channel").replace_strict(platforms, default=None, return_dtype=pl.String)
    )
    moved = wallet.filter(pl.col("category") == "withdrawal", pl.col("amount_minor") != 0)
    out = moved.filter(pl.col("amount_minor") < 0)
    back = moved.filter(pl.col("amount_minor") > 0)
    return Sides(
        withdrawals=_expected(_returned(out, back)).with_columns(-pl.col("amount_minor")),
        receipts=bank,
        transfers=wallet.filter(pl.col("category") == "transfer", pl.col("amount_minor") != 0),
    )


def _expected(withdrawals: pl.DataFrame) -> pl.DataFrame:
    """Add `expected_by`: the last day of the bank window."""
    window = load_payout_settings().window_days
    days: Mapping[date, date] = {day: after_working_days(day, window) for day in withdrawals["day"].unique()}
    return withdrawals.with_columns(expected_by=pl.col("day").replace_strict(days, return_dtype=pl.Date))


def _returned(out: pl.DataFrame, back: pl.DataFrame) -> pl.DataFrame:
    """Add `returned`: the amount came back to the wallet, by the same document or as the only one of its amount."""
    flag = pl.lit(None, dtype=pl.Boolean)
    if back.is_empty():
        return out.with_columns(returned=flag.fill_null(value=False))
    same = out.join(back, on=["account", "biz_txn_id"], how="semi").filter(pl.col("biz_txn_id").is_not_null())
    rest_out = out.join(same, on="row_id", how="anti")
    rest_back = back.join(out, on=["account", "biz_txn_id"], how="anti")
    pairs = rest_out.join(
        rest_back.select("account", back_id="row_id", amount_minor=-pl.col("amount_minor"), back_day="day"),
        on=["account", "amount_minor"],
    ).filter((pl.col("back_day") - pl.col("day")).dt.total_days().is_between(0, RETURN_DAYS))
    only = pairs.filter(
        (pl.len().over("row_id") == 1) & (pl.len().over("back_id") == 1),
    )
    gone = pl.concat([same["row_id"], only["row_id"]])
    return out.with_columns(returned=pl.col("row_id").is_in(gone.implode()))


# Working days of mainland banks: weekends, public holidays and the weekend days worked instead.


@cache
def _announced() -> tuple[frozenset[int], frozenset[date], frozenset[date]]:
    """(years announced, days off, weekend days worked) of configs/matching/holidays.toml."""
    path = configs_dir() / "matching" / "holidays.toml"
    off: set[date] = set()
    work: set[date] = set()
    try:
        years = tomllib.loads(path.read_text(encoding="utf-8"))
        for table in years.values():
            for text in table["off"]:
                first, _, last = text.partition("..")
                off.update(days_between(date.fromisoformat(first), date.fromisoformat(last or first)))
            work.update(date.fromisoformat(text) for text in table["work"])
    except (KeyError, ValueError, AttributeError) as error:
        raise ConfigError(
            f"{path.name}: {error}", "days are written 2026-10-01, ranges 2026-10-01..2026-10-07"
        ) from None
    return frozenset(int(year) for year in years), frozenset(off), frozenset(work)


def is_announced(year: int) -> bool:
    """True where the holidays of `year` are known; otherwise only its weekends are off."""
    return year in _announced()[0]


def is_working_day(day: date) -> bool:
    """True where banks settle on `day`."""
    _, off, work = _announced()
    return day in work or (day.weekday() < 5 and day not in off)


def after_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def before_working_days(day: date, count: int) -> date:
    """The `count`-th working day before `day`."""
    while count > 0:
        day -= timedelta(days=1)
        count -= is_working_day(day)
    return day
