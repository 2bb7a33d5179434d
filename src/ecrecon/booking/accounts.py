"""Which account a role is in the user's books, and whether vouchers can be made (README.md "ecrecon.toml")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ecrecon.base.texts import tr
from ecrecon.base.validation import nearest
from ecrecon.booking.settings import Chart
from ecrecon.settings.workspace import Posting, Workspace

AT = "@"
"""`wallet@tmall_a`, `wallet@<account>` in [posting.accounts]: the role for one shop or bill account."""


@dataclass(frozen=True)
class Account:
    """One account of the user's chart. `set_by_user`: the code stands in the workspace."""

    code: str
    name: str
    set_by_user: bool


def missing_settings(workspace: Workspace) -> list[str]:
    """What keeps vouchers from being made: one text per unset key without a safe default, how to set it."""
    problems = []
    if workspace.standard is None:
        problems.append(
            tr(
                "未生成凭证：ecrecon.toml 没有设置 standard（会计准则）。"
                '小企业会计准则写 standard = "sbe"，企业会计准则写 standard = "asbe"',
                "no vouchers: ecrecon.toml does not set standard. "
                'Write standard = "sbe" (small enterprises) or standard = "asbe" (enterprises)',
            )
        )
    if workspace.vat_status is None:
        problems.append(
            tr(
                "未生成凭证：ecrecon.toml 没有设置 vat_status（纳税人身份）。"
                '一般纳税人写 vat_status = "general"，小规模纳税人写 vat_status = "small"',
                "no vouchers: ecrecon.toml does not set vat_status. "
                'Write vat_status = "general" (general taxpayer) or vat_status = "small" (small-scale)',
            )
        )
    return problems


def missing_revenue_point() -> str:
    """The text for sales whose revenue point nobody has confirmed."""
    return tr(
        "未生成凭证：有销售要入账，但 ecrecon.toml 的 [posting.policy] 没有确认 revenue_point（何时确认收入）。"
        '确认收货写 revenue_point = "confirmed"，发货写 "shipped"，到账写 "settled"；收入由别处记账则写 "none"',
        "no vouchers: there are sales, and [posting.policy] in ecrecon.toml does not confirm revenue_point. "
        'Write revenue_point = "confirmed", "shipped" or "settled"; "none" where revenue is booked elsewhere',
    )


def wrong_settings(posting: Posting, chart: Chart) -> list[str]:
    """Keys of [posting.accounts] and [posting.names] that name no role, and empty codes or names."""
    problems = []
    for table, entries in (("accounts", posting.accounts), ("names", posting.names)):
        for key, value in entries.items():
            role = key.partition(AT)[0]
            if role not in chart.roles:
                said = tr(
                    f"未生成凭证：posting.{table} 里的 {key!r} 不是科目角色",
                    f"no vouchers: {key!r} in posting.{table} is no account role",
                )
                problems.append(said + nearest(role, chart.roles))
            elif not value.strip():
                problems.append(
                    tr(
                        f"未生成凭证：posting.{table}.{key} 是空的",
                        f"no vouchers: posting.{table}.{key} is empty",
                    )
                )
    return problems


def unknown_targets(posting: Posting, known: Iterable[str]) -> list[str]:
    """Notes on `role@x` keys whose x is neither a shop nor an account of the run: they had no effect."""
    places = set(known)
    keys = sorted({*posting.accounts, *posting.names})
    return [
        tr(
            f"posting 里的 {key!r} 没有用上：本期没有叫 {key.partition(AT)[2]!r} 的店铺或账户",
            f"{key!r} in posting had no effect: no shop or account is called {key.partition(AT)[2]!r}",
        )
        for key in keys
        if AT in key and key.partition(AT)[2] not in places
    ]


def resolve(role: str, places: Iterable[str], posting: Posting, chart: Chart) -> Account | None:
    """The account of `role`; `places` are a bill account and a shop, the more special first.

    A code: `role@place`, then `role`, then the parent's in the same way, all from the workspace; then, unless
    `default_accounts` is off, the first-level code of the standard. None where there is no code.
    """
    item = chart.roles[role]
    keys = [*(f"{role}{AT}{place}" for place in places), role]
    parent = resolve(item.parent, places, posting, chart) if item.parent is not None else None
    code = _first(posting.accounts, keys)
    name = _first(posting.names, keys) or item.name
    if name is None and parent is not None:
        name = f"{parent.name}-{item.sub}"
    if code is not None:
        return Account(code, name or role, True)
    if parent is not None:
        return Account(parent.code, name or role, parent.set_by_user)
    if posting.default_accounts and item.code is not None:
        return Account(item.code, name or role, False)
    return None


def _first(table: dict[str, str], keys: Iterable[str]) -> str | None:
    return next((table[key].strip() for key in keys if key in table), None)


def no_code(roles: Iterable[str], chart: Chart) -> list[str]:
    """One text per role that has lines and no account code."""
    return [
        tr(
            f"未生成凭证：科目角色 {role}（{_title(role, chart)}）没有科目代码，"
            f'请在 ecrecon.toml 的 [posting.accounts] 写 {role} = "代码"',
            f"no vouchers: the account role {role} has no account code; "
            f'write {role} = "code" under [posting.accounts] in ecrecon.toml',
        )
        for role in sorted(set(roles))
    ]


def _title(role: str, chart: Chart) -> str:
    item = chart.roles[role]
    if item.name is not None or item.parent is None:
        return item.name or role
    return f"{chart.roles[item.parent].name}-{item.sub}"
