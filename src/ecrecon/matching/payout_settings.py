"""configs/matching/payout.toml, and who pays out for which account."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from pydantic import BaseModel, ConfigDict, Field

from ecrecon.base.money import minor_from_text, rate_scaled
from ecrecon.base.validation import shipped_settings
from ecrecon.settings.workspace import Workspace


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
