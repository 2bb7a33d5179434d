"""Faults of files: what happens to a bill between the platform and the accountant's folder."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from benchmarks.simulator import files_alipay, files_pdd, files_taobao
from benchmarks.simulator.model import Component, Order, World
from benchmarks.simulator.tables import OutFile, Table
from benchmarks.simulator.truth import TYPES, Expected

if TYPE_CHECKING:
    from benchmarks.simulator.output import Month

FileFault = Callable[["Month", random.Random, str], None]


def pick(month: Month, profile: str, shop: str) -> OutFile:
    """The first file of the profile (and shop) that holds rows."""
    return next(f for f in month.files if f.profile == profile and (not shop or f.shop == shop) and f.rows)


def _table(file: OutFile) -> Table:
    assert file.table is not None
    return file.table


def _report(month: Month, code: str, file: OutFile, kind: str = "", **more: int | str) -> None:
    spec = next((s for s in month.world.shops if s.name == file.shop), None)
    platform = spec.platform if spec else ""
    month.extra.append(
        Expected(code, kind or TYPES[code][1], platform, file.shop, path=file.display, **more)  # type: ignore[arg-type]
    )


def _distrust(month: Month, *shops: str) -> None:
    month.untrusted |= frozenset(shops)


def duplicate_line(month: Month, rng: random.Random, shop: str) -> None:
    """F09: one ledger line printed twice; the printed totals count both."""
    file = pick(month, "alipay.a1", shop)
    table = _table(file)
    lines = month.world.movements(file.wallet)
    line = lines[rng.randrange(1, len(lines))]
    row = next(i for i, r in enumerate(table.rows) if r[0] == line.txn_id)
    table.rows.insert(row + 1, list(table.rows[row]))
    old, new = files_alipay.totals(lines), files_alipay.totals([*lines, line])
    table.trailer = [new[old.index(t)] if t in old else t for t in table.trailer]
    file.rows += 1
    assert file.income is not None and file.expense is not None
    file.income += max(line.amount, 0)
    file.expense += min(line.amount, 0)
    _report(month, "F09", file, count=1)


def file_twice(month: Month, rng: random.Random, shop: str) -> None:
    """F08: the same download under a second name."""
    file = pick(month, "pdd.p1", shop)
    twin = copy.deepcopy(file)
    if twin.archive:
        twin.archive = twin.archive.replace(".zip", " (1).zip")
    else:
        stem, _, end = twin.path.rpartition(".")
        twin.path = f"{stem} (1).{end}"
    month.files.append(twin)
    _report(month, "F08", twin, note="either of the two")


def month_over_days(month: Month, rng: random.Random, shop: str) -> None:
    """A month bill beside the day bills of the same month: every day unchanged, nothing counted twice."""
    world = month.world
    spec = next(s for s in world.shops if s.platform == "pdd" and s.bill == "days")
    lines = world.movements(f"{spec.name}:main")
    path = f"pdd/{spec.name}/pdd-mall-bill-detail_{world.period_start:%Y%m}.csv"
    file = files_pdd.goods_bill(spec, lines, world.bills_from, world.as_of, world.snapshot, path)
    month.files.append(file)
    month.extra.append(Expected("F08", "info", "pdd", spec.name, path=file.display, optional=True))


def day_changed(month: Month, rng: random.Random, shop: str) -> None:
    """F10: an earlier download of one day shows another amount; the later one is right."""
    file = next(f for f in month.files if f.profile == "pdd.p1" and "/days/" in f.path and f.rows > 1)
    early = copy.deepcopy(file)
    early.path = file.path.replace(".csv", "_0.csv")
    table = _table(early)
    # the deposit, withdrawal or receipt on the first row was 1.00 nearer to zero in the early bill
    column = "收入金额（+元）" if table.at(0, "收入金额（+元）") != "0" else "支出金额（-元）"
    minor = round(float(table.at(0, column)) * 100)
    step = -100 if minor > 0 else 100
    table.put(0, column, f"{(minor + step) / 100:.2f}")
    day = next(t for t in table.trailer if t.startswith("#导出时间"))
    lines = [copy.copy(m) for m in month.world.movements(early.wallet) if m.at.date() == (file.first or m.at).date()]
    lines[0].amount += step
    table.trailer = [*files_pdd.totals(lines), day.replace(" 10:00:00", " 03:00:00")]
    files_alipay.described(early, lines)
    month.files.append(early)
    _report(month, "F10", file, note="the day, whichever file is named")


def day_missing(month: Month, rng: random.Random, shop: str) -> None:
    """F07: the bill of one day inside the month is not among the files; nothing moved on that day."""
    days = [f for f in month.files if f.profile == "pdd.p1" and "/days/" in f.path]
    # without the first or the last day the account only covers less: no day inside is missing
    month.files.remove(next(f for f in sorted(days, key=lambda f: f.path)[1:-1] if not f.rows))
    file = days[0]
    _report(month, "F07", file, count=1, note="the account's gap, one day")


def clear_a_day(world: World, rng: random.Random, shop: str) -> list[Expected]:
    """Prepares `day_missing`: moves what happened on one day of a shop with day bills to the day after."""
    spec = next(s for s in world.shops if s.platform == "pdd" and s.bill == "days")
    day = (world.bills_from + timedelta(days=rng.randint(9, 15))).date()
    orders = [o for o in (*world.orders, *world.orphans) if o.shop == spec.name]
    for movement in [*(m for o in orders for m in o.lines), *world.loose]:
        if movement.wallet == f"{spec.name}:main" and movement.at.date() == day:
            movement.at += timedelta(days=1)
    return []


def trailer_wrong(month: Month, rng: random.Random, shop: str) -> None:
    """F05: the printed total of the expenses names one line more."""
    file = pick(month, "pdd.p1", shop)
    table = _table(file)
    found = next(t for t in table.trailer if t.startswith("#支出合计"))
    count = found[len("#支出合计：") : found.index("笔")]
    table.trailer[table.trailer.index(found)] = found.replace(f"：{count}笔", f"：{int(count) + 1}笔")
    _report(month, "F05", file)


def balance_break(month: Month, rng: random.Random, shop: str) -> None:
    """F06: one printed balance in the middle is 1.00 too high."""
    file = pick(month, "alipay.a1", shop)
    table = _table(file)
    row = len(table.rows) // 2
    table.put(row, "账户余额（元）", f"{float(table.at(row, '账户余额（元）')) + 1:.2f}")
    _report(month, "F06", file)


def column_renamed(month: Month, rng: random.Random, shop: str) -> None:
    """F01: a column that the layout cannot do without has another name."""
    file = pick(month, "pdd.p1", shop)
    table = _table(file)
    table.columns = ["入账说明" if c == "业务描述" else c for c in table.columns]
    _unreadable(month, file, "F01")


def column_added(month: Month, rng: random.Random, shop: str) -> None:
    """F02: a new text column at the end; nothing else changes."""
    file = pick(month, "pdd.p1", shop)
    table = _table(file)
    table.columns = [*table.columns, "结算渠道说明"]
    table.rows = [[*row, "平台"] for row in table.rows]
    _report(month, "F02", file)


def broken_bytes(month: Month, rng: random.Random, shop: str) -> None:
    """F03: bytes that no encoding knows inside a text: an information, the row keeps its money."""
    file = pick(month, "pdd.p1", shop)
    content = file.content()
    mark = "交易收入".encode(file.encoding)
    place = content.index(mark, len(content) // 3)
    file.raw = content[:place] + b"\xff\xff" + content[place + 2 :]
    _report(month, "F03", file, kind="info")


def ids_damaged(month: Month, rng: random.Random, shop: str) -> None:
    """F04: three order numbers went through Excel: one row per cell; the money of these orders has no order."""
    file = next(
        f for f in month.files if f.profile == "taobao.t1" and f.container == "xlsx" and (not shop or f.shop == shop)
    )
    world, table = month.world, _table(file)
    for row in rng.sample(range(file.rows), 3):
        order = next(o for o in world.orders if o.order_id == table.at(row, "订单编号"))
        table.put(row, "订单编号", "5.1001E+18")
        world.orders.remove(order)
        world.orphans.append(order)
        order.components = [Component(*_orphaned(world, order), 0)]
        _report(month, "F04", file)


def _orphaned(world: World, order: Order) -> tuple[str, str]:
    """How money without an order is told where the order file is damaged: never a certain break."""
    moments = [m.at for m in order.lines if m.principal and world.in_bill(m.at)]
    grace_ends = world.opening + timedelta(days=world.opening_grace)
    return ("X03", "review") if moments and min(moments).date() > grace_ends else ("X11", "info")


def bad_amount(month: Month, rng: random.Random, shop: str) -> None:
    """F11: a letter O in an amount."""
    file = pick(month, "pdd.p1", shop)
    table = _table(file)
    row = _doubted_receipt(month, table)
    table.put(row, "收入金额（+元）", "12.3O")
    file.income = file.expense = None
    _report(month, "F11", file, count=1)


def both_amounts(month: Month, rng: random.Random, shop: str) -> None:
    """F11: income and expense on one row; which of them is meant must not be guessed."""
    file = pick(month, "pdd.p1", shop)
    table = _table(file)
    row = _doubted_receipt(month, table)
    table.put(row, "支出金额（-元）", "-1.00")
    file.income = file.expense = None
    _report(month, "F11", file, count=1)


def _doubted_receipt(month: Month, table: Table) -> int:
    """Row of the first receipt of an exported order; that order is `not_checked` once its cell cannot be read."""
    orders = {o.order_id for o in month.world.orders if o.exported}
    row = next(
        i
        for i in range(len(table.rows))
        if table.at(i, "收入金额（+元）") != "0" and table.at(i, "商户订单号") in orders
    )
    month.doubted |= {table.at(row, "商户订单号")}
    return row


def _unreadable(month: Month, file: OutFile, code: str) -> None:
    month.absent |= {file.wallet}
    file.counted = False
    file.profile, file.income, file.expense, file.first, file.last = "", None, None, None, None
    _report(month, code, file)


def bill_missing(month: Month, rng: random.Random, shop: str) -> None:
    """F12: the goods account of one shop was not downloaded."""
    spec = month.world.shop(shop or "pdd_b")
    wallet = f"{spec.name}:main"
    month.files = [f for f in month.files if f.wallet != wallet]
    month.absent |= {wallet}


def consumer_bill(month: Month, rng: random.Random, shop: str) -> None:
    """F16: a private Alipay bill among the files."""
    file = files_alipay.consumer_bill(month.world.bills_from + timedelta(days=8, hours=12))
    month.files.append(file)
    _report(month, "F16", file)


def file_of_other_shop(month: Month, rng: random.Random, shop: str) -> None:
    """F14: last month's bill of pdd_a in the folder of pdd_b."""
    world = month.world
    spec = world.shop("pdd_a")
    end = world.bills_from - timedelta(seconds=1)
    start = end.replace(day=16, hour=0, minute=0, second=0)
    lines = [m for o in world.orders if o.shop == spec.name for m in o.lines if start <= m.at <= end]
    lines = sorted((m for m in lines if m.wallet == f"{spec.name}:main"), key=lambda m: (m.at, m.order_id))
    path = f"pdd/pdd_b/pdd-mall-bill-detail_{start:%Y%m}.csv"
    file = files_pdd.goods_bill(spec, lines, start, end, end + timedelta(hours=9, seconds=1), path)
    month.files.append(file)
    _distrust(month, "pdd_a", "pdd_b")
    month.extra.append(Expected("F14", "stop", "pdd", "pdd_b", path=file.display))


def status_backwards(month: Month, rng: random.Random, shop: str) -> None:
    """F13: an order was finished in the export of the 20th and is on its way again in the newer one."""
    world = month.world
    spec = next(s for s in world.shops if s.t1 in ("xlsx", "picked") and (not shop or s.name == shop))
    at = world.bills_from + timedelta(days=19, hours=20)
    fits = [
        o for o in world.orders
        if o.shop == spec.name and o.story == "plain" and not o.frozen and o.confirmed and o.exported
        and world.bills_from + timedelta(days=1) < o.confirmed < at and o.created >= world.bills_from
        and not o.components and o.channel == "alipay"
    ]  # fmt: skip
    order = fits[rng.randrange(len(fits))]
    order.frozen = True
    newer = pick(month, "taobao.t1", spec.name)
    table = _table(newer)
    row = next(i for i in range(len(table.rows)) if table.at(i, "订单编号") == order.order_id)
    for column, text in (
        ("订单状态", files_taobao.STATUS["shipped"]),
        ("确认收货时间", ""),
        ("确认收货打款金额", "0.00"),
    ):
        table.put(row, column, text)
    month.files += files_taobao.orders_files(world, spec, at)
    month.extra.append(Expected("F13", "review", spec.platform, spec.name, order.order_id))


def amounts_inflated(month: Month, rng: random.Random, shop: str) -> None:
    """F15: somebody changed the amounts of the order file; no reading of them closes the orders."""
    file = pick(month, "pdd.p3", shop or "pdd_a")
    table = _table(file)
    for row in range(len(table.rows)):
        for column in ("用户实付金额(元)", "商家实收金额(元)"):
            table.put(row, column, f"{float(table.at(row, column)) + 7:.2f}")
    _distrust(month, file.shop)
    month.extra.append(Expected("F15", "stop", "pdd", file.shop))


def total_differs(month: Month, rng: random.Random, shop: str) -> None:
    """M02: the settlement prints a batch total of one document that its lines do not add up to."""
    file = pick(month, "jd.j3_summary", shop or "jd_c")
    table = _table(file)
    row = next(i for i in range(len(table.rows)) if float(table.at(i, "收入金额合计")) > 10)
    for column in ("结算金额合计", "收入金额合计"):
        table.put(row, column, f"{float(table.at(row, column)) + 1:.2f}")
    before = round(float(table.at(row, "结算金额合计")) * 100) - 100
    assert file.income is not None and file.expense is not None
    file.income += max(before + 100, 0) - max(before, 0)
    file.expense += min(before + 100, 0) - min(before, 0)
    month.extra.append(Expected("M02", "break", "jd", file.shop, table.at(row, "订单编号"), difference=-100))


FAULTS: dict[str, FileFault] = {
    f.__name__: f for f in (
        duplicate_line, file_twice, month_over_days, day_changed, day_missing, trailer_wrong, balance_break,
        column_renamed, column_added, broken_bytes, ids_damaged, bad_amount, both_amounts, bill_missing, consumer_bill,
        file_of_other_shop, status_backwards, amounts_inflated, total_differs,
    )
}  # fmt: skip
"""Faults of files by name."""

UNTRUSTED = frozenset({"file_of_other_shop", "amounts_inflated"})
"""Faults after which the truth says nothing about the figures of a shop."""
