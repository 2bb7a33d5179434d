"""What the page shows, as texts and geometry; the template only places them. Every text is escaped there."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import cache
from typing import Any

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from ecrecon.base.texts import language, tr
from ecrecon.report import labels
from ecrecon.report.alerts import alerts
from ecrecon.report.labels import DEFAULT_CURRENCY, advice, grouped, lacking_cost, shown
from ecrecon.report.model import Report
from ecrecon.report.outstanding import month_note, stage_word, waiting
from ecrecon.report.page import charts
from ecrecon.report.summary import SHOP_LINES, profit_by_shop, receivables_by_shop
from ecrecon.report.todo import Todo, at_risk_by_shop, causes
from ecrecon.report.verdict import amount, amounts, counts, headline, next_steps, shop_name, shop_verdict, shop_word

MOST = 200
"""Rows of one list on the page; the workbook holds all."""
_CAUSES_DRAWN = 12
_FEES_DRAWN = 12
_SHOPS_DRAWN = 40

Cells = list[list[str]]


def page_bytes(report: Report, todo: Todo) -> bytes:
    """`report.html`, UTF-8; equal reports give equal bytes. `todo`: the to-do list of the report."""
    context = _context(report, todo)
    return (_template().render(tr=tr, lang=language(), MOST=MOST, charts=charts, **context) + "\n").encode()


@cache
def _template() -> Template:
    loader = PackageLoader("ecrecon.report.page", "")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.j2")


def _context(report: Report, todo: Todo) -> dict[str, Any]:
    by_kind = counts(report)
    worst = next((kind for kind in ("stop", "break", "review") if by_kind.get(kind)), "ok")
    currency = _main_currency(report)
    return {
        "company": report.company, "period": report.period, "version": report.version,
        "as_of": report.as_of.strftime("%Y-%m-%d %H:%M"), "headline": headline(report), "worst": worst,
        "steps": next_steps(report), "notes": list(report.notes), "currency": currency,
        "shop_bars": _shop_bars(report, currency), "cause_bars": _cause_bars(report, currency),
        "days": _days(report, currency), "fee_bars": _fee_bars(report, currency),
        "shops": _shops(report), "todo": _todo(todo.rows.head(MOST)), "todo_count": todo.rows.height, "alerts": _alerts(report),
        "missing": _missing(report), "waiting": _open_items(report, past=False), "past_due": _open_items(report, past=True),
        "month_note": month_note(report),
        "profits": _profits(report), "receivables": _receivables(report),
        "accounts": _accounts(report), "checks": _checks(report), "files": _files(report),
    }  # fmt: skip


def _main_currency(report: Report) -> str:
    """The currency of most lines: charts never add up two."""
    counted = report.accounts.filter(pl.col("currency").is_not_null()).group_by("currency").agg(pl.col("lines").sum())
    ordered = counted.sort("lines", "currency", descending=[True, False])
    return str(ordered["currency"][0]) if ordered.height else DEFAULT_CURRENCY


def _of_currency(report: Report, currency: str) -> pl.DataFrame:
    """Shops whose money is in `currency`."""
    return report.shops.filter(pl.col("currency").fill_null(DEFAULT_CURRENCY) == currency)


def _shop_bars(report: Report, currency: str) -> tuple[charts.Bar, ...]:
    """Received, still open, and what needs a person, per shop; biggest shop first."""
    risk = at_risk_by_shop(report)
    frame = _of_currency(report, currency).sort("received_minor", "platform", "shop", descending=[True, False, False])
    rows = []
    for row in frame.head(_SHOPS_DRAWN).iter_rows(named=True):
        received, waiting = max(row["received_minor"] or 0, 0), max(row["open_minor"] or 0, 0)
        wrong = risk.get((row["platform"], row["shop"], currency), {}).get(currency, 0)
        pieces = [
            (received, "good", f"{tr('已收', 'received')} {grouped(received, currency)}"),
            (waiting, "wait", f"{tr('未收', 'open')} {grouped(waiting, currency)}"),
            (wrong, "bad", f"{tr('风险金额', 'at risk')} {grouped(wrong, currency)}"),
        ]
        rows.append((shop_name(row), pieces, grouped(received, currency)))
    return charts.bars(rows)


def _cause_bars(report: Report, currency: str) -> tuple[charts.Bar, ...]:
    frame = causes(report).filter(pl.col("currency").fill_null(DEFAULT_CURRENCY) == currency, pl.col("size") > 0)
    rows = []
    for row in (
        frame.sort("size", "code", "kind", descending=[True, False, False]).head(_CAUSES_DRAWN).iter_rows(named=True)
    ):
        tone = "doubt" if row["kind"] == "review" else "bad"
        money = grouped(row["size"], currency)
        name = labels.type_name(row["code"])
        rows.append((name, [(row["size"], tone, f"{name} {money}")], f"{money} · {row['count']}"))
    return charts.bars(rows)


def _fee_bars(report: Report, currency: str) -> tuple[charts.Bar, ...]:
    """Fees and compensation paid, by category."""
    mine = pl.col("currency").fill_null(DEFAULT_CURRENCY) == currency
    fees = report.fees.filter(pl.col("role").cast(pl.String).is_in(["fee", "compensation"]), mine)
    sums = fees.group_by(pl.col("category").cast(pl.String)).agg(pl.col("amount_minor").sum().neg().alias("paid"))
    rows = []
    for category, paid in (
        sums.filter(pl.col("paid") > 0).sort("paid", "category", descending=[True, False]).head(_FEES_DRAWN).iter_rows()
    ):
        name, money = labels.category(category), grouped(paid, currency)
        rows.append((name, [(paid, "fee", f"{name} {money}")], money))
    return charts.bars(rows)


def _days(report: Report, currency: str) -> tuple[charts.Day, ...]:
    """Goods money per day of the period: in, and back out."""
    year, month = (int(part) for part in report.period.split("-"))
    first, length = date(year, month, 1), monthrange(year, month)[1]
    lines = report.lines.filter(
        pl.col("role").cast(pl.String) == "principal", pl.col("in_order"),
        pl.col("disposition").cast(pl.String).is_in(["grouped", "unreferenced", "before_opening", "not_checked"]),
        pl.col("currency").cast(pl.String).fill_null(DEFAULT_CURRENCY) == currency,
    ).select(day=pl.col("occurred_at").dt.date(), minor="amount_minor")  # fmt: skip
    sums = lines.group_by("day").agg(
        up=pl.col("minor").filter(pl.col("minor") > 0).sum(),
        down=pl.col("minor").filter(pl.col("minor") < 0).sum().neg(),
    )
    found = {day: (up, down) for day, up, down in sums.iter_rows()}
    rows = []
    for number in range(length):
        day = first + timedelta(days=number)
        up, down = found.get(day, (0, 0))
        title = f"{day} {tr('收', 'in')} {grouped(up, currency)} {tr('退', 'out')} {grouped(down, currency)}"
        rows.append((str(day.day), up, down, title))
    return charts.days(rows)


def _shops(report: Report) -> list[dict[str, Any]]:
    risk = at_risk_by_shop(report)
    rows = []
    for row in report.shops.iter_rows(named=True):
        currency = row["currency"] or DEFAULT_CURRENCY
        minors = [row[f"{name}_minor"] or 0 for name in ("receivable", "received", "refunded", "fees", "open")]
        risked = amounts(risk.get((row["platform"], row["shop"], currency), {}), currency)
        rows.append({
            "name": shop_name(row), "platform": labels.platform(row["platform"]), "currency": currency,
            "money": [*(shown(minor, currency) for minor in minors), risked], "word": shop_word(row),
            "tone": _TONES.get(row["verdict"] or "ok", "doubt"), "verdict": shop_verdict(report, row),
        })  # fmt: skip
    return rows


_TONES = {"ok": "good", "timing": "good", "break": "bad", "stop": "bad", "review": "doubt", "not_checked": "doubt"}


def _todo(listed: pl.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for row in listed.iter_rows(named=True):
        rows.append({
            "cause": labels.type_name(row["code"]), "level": labels.word(labels.KIND_WORDS, row["kind"]),
            "tone": "doubt" if row["kind"] == "review" else "bad", "shop": row["shop"] or labels.platform(row["platform"]),
            "order": row["order_id"] or "", "money": amount(row["money"] or 0, row["currency"]),
            "advice": row["hint"] or advice(row["code"]), "note": row["note"] or "", "sources": row["sources"] or "",
        })  # fmt: skip
    return rows


def _alerts(report: Report) -> Cells:
    columns = ("shop", "account", "order_id", "text", "limit")
    return [[row[name] or "" for name in columns] for row in alerts(report).head(MOST).iter_rows(named=True)]


def _missing(report: Report) -> Cells:
    lacking = report.coverage.filter(pl.col("state") != "complete")
    return [
        [
            row["shop"] or "", row["account"] or row["account_kind"] or "",
            row["missing"] or tr(f"没有账单，{row['orders']} 个订单在等", f"no bill, {row['orders']} orders wait"),
        ]
        for row in lacking.iter_rows(named=True)
    ]  # fmt: skip


def _open_items(report: Report, *, past: bool) -> tuple[Cells, int]:
    """Items whose day is still to come, or those whose day is past: the first `MOST`, and how many there are."""
    ordered = waiting(report).filter((pl.col("stage") != "not_due") == past)
    rows = [
        [
            row["shop"] or "", row["order_id"] or "", shown(row["open_minor"] or 0, row["currency"]),
            str(row["expected_by"] or ""),
            stage_word(row["stage"]) if past else labels.word(labels.STATES, row["state"]),
        ]
        for row in ordered.head(MOST).iter_rows(named=True)
    ]  # fmt: skip
    return rows, ordered.height


def _profits(report: Report) -> Cells:
    """Per shop the lines of the 利润表 that matter most, and the company below."""
    frame = profit_by_shop(report)
    names = [f"{name}_minor" for name in SHOP_LINES]
    rows = [
        [(row["shop"] or "") + lacking_cost(row["flag"]), *(shown(row[name] or 0, row["currency"]) for name in names)]
        for row in frame.iter_rows(named=True)
    ]
    for row in frame.group_by("currency", maintain_order=True).agg(pl.col(names).sum()).iter_rows(named=True):
        rows.append([tr("合计", "Total"), *(shown(row[name] or 0, row["currency"]) for name in names)])
    return rows


_OWED = ("opening", "increase", "reversal", "received", "paid_back", "closing", "credit")


def _receivables(report: Report) -> Cells:
    """Per shop the 应收台账."""
    frame = receivables_by_shop(report)
    if frame is None:
        return []
    return [
        [row["shop"] or "", *(shown(row[f"{name}_minor"] or 0, row["currency"]) for name in _OWED)]
        for row in frame.iter_rows(named=True)
    ]


def _accounts(report: Report) -> Cells:
    words = {True: tr("相符", "agrees"), False: tr("不符", "differs"), None: tr("未印余额", "not printed")}
    rows = []
    for row in report.accounts.iter_rows(named=True):
        money = [row[f"{name}_minor"] for name in ("opening", "income", "expense", "closing")]
        texts = ["" if minor is None else shown(minor, row["currency"]) for minor in money]
        rows.append([row["shop"] or "", row["account"] or "", *texts, words[row["balance_ok"]]])
    return rows


def _checks(report: Report) -> Cells:
    return [
        [
            labels.word(labels.CHECK_WORDS, name), tr("已核对", "run") if facts.get("state") == "run" else tr("未核对", "not run"),
            str(facts.get("reason") or ""),
        ]
        for name, facts in report.checks.items()
    ]  # fmt: skip


def _files(report: Report) -> Cells:
    """Files that were not used, with the reason."""
    left = [source for source in report.sources if source.kind in ("unreadable", "unknown", "refused")]
    return [[s.path, labels.word(labels.SOURCE_KINDS, s.kind), s.reason] for s in left[:MOST]]
