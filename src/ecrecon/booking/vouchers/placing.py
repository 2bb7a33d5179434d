"""Which account of the user's books each leg stands in."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from ecrecon.base.texts import tr
from ecrecon.booking import accounts
from ecrecon.booking.fx.rates import BOOK_CURRENCY
from ecrecon.booking.settings import Chart
from ecrecon.settings.workspace import Workspace


def with_accounts(
    legs: pl.DataFrame, workspace: Workspace, chart: Chart, monetary: Collection[str] = ()
) -> tuple[pl.DataFrame, list[str], list[str]]:
    """Legs with account_code, account_name, aux; roles without a code; notes. Loops over role and place: few.

    monetary: roles whose balance is kept per currency: `role@shop:USD` gives the account of one, aux names 币别. A bill
    account has its currency in its name.
    """
    posting = workspace.posting
    places = legs.select("role", "shop", "bill_account", "currency").unique().sort(pl.all())
    rows, missing, defaults = [], [], {}
    for role, shop, bill_account, currency in places.iter_rows():
        abroad = currency if bill_account is None and role in monetary and currency != BOOK_CURRENCY else None
        special = bill_account if abroad is None else f"{shop}:{abroad}"
        found = accounts.resolve(role, [p for p in (special, shop) if p is not None], posting, chart)
        if found is None:
            missing.append(role)
            continue
        if not found.set_by_user:
            defaults[role] = f"{role} = {found.code} {found.name}"
        dimensions = [("店铺", shop)] if chart.roles[role].aux else []
        dimensions += [("账户", bill_account)] if bill_account is not None else []
        dimensions += [("币别", abroad)] if abroad is not None else []
        aux = ";".join(f"{name}={value.replace(';', '；')}" for name, value in dimensions)
        rows.append((role, shop, bill_account, currency, found.code, found.name, aux))
    columns = ("role", "shop", "bill_account", "currency", "account_code", "account_name", "aux")
    table = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    places_key = ["role", "shop", "bill_account", "currency"]
    joined = legs.join(table, on=places_key, how="left", nulls_equal=True, maintain_order="left")
    known = {
        *places["shop"].drop_nulls(),
        *places["bill_account"].drop_nulls(),
        *(s.name for s in workspace.shops),
    }
    foreign = places.filter(pl.col("currency") != BOOK_CURRENCY)
    known |= {f"{shop}:{currency}" for shop, currency in foreign.select("shop", "currency").iter_rows()}
    known |= {account for shop in workspace.shops for account in shop.accounts}
    return joined, missing, [*accounts.unknown_targets(posting, known), *_default_note(defaults)]


def _default_note(defaults: dict[str, str]) -> list[str]:
    if not defaults:
        return []
    listed = "、".join(defaults[role] for role in sorted(defaults))
    return [
        tr(
            f"以下科目用的是准则默认的一级科目代码，导入前请在 [posting.accounts] 里改成账套的末级科目：{listed}",
            "these accounts have the default first-level codes of the standard; before importing, set the "
            f"leaf accounts of your books under [posting.accounts]: {listed}",
        )
    ]
