"""`ecrecon trace`: voucher <-> line <-> order <-> bill line <-> file, as text of at most 80 columns or as plain data."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from ecrecon.base.categories import CATEGORIES
from ecrecon.base.errors import ConfigError, ExitCode, InvariantError
from ecrecon.base.money import decimal_expr, decimal_text, exponent
from ecrecon.base.schema import MATCHES, VOUCHER_TRACE
from ecrecon.base.texts import tr
from ecrecon.base.validation import shown
from ecrecon.cli.options import JsonOption, LangOption
from ecrecon.cli.run_folder import SUMMARY, VOUCHERS, damaged, frame_of, latest, settled, summary_of, table_of
from ecrecon.cli.terminal import choose_language, say
from ecrecon.issuing.issued.register import Register, with_issued
from ecrecon.issuing.search import PLACES, Found, Outputs, near, search
from ecrecon.issuing.trace import ASIDE, Books
from ecrecon.report.labels import DISPOSITIONS, KIND_WORDS, SOURCE_KINDS, STATES, type_name, word

# An answer of `trace` as text of at most 80 columns, or as plain data.

_NOT_COUNTED = {
    "superseded": ("另一次下载已计", "counted from another download"), "duplicate": ("重复，未计", "repeated, not counted"),
    "witness": ("只作对照", "only compared"), "explained": ("由结算明细说明", "explained by the settlement detail"),
    "after_as_of": ("截止时点之后", "after as-of"), "pending": ("未结算", "not settled yet"), "void": ("零金额", "zero"),
}  # fmt: skip
MOST = 40
"""Rows of one list that are printed; the rest is counted."""


def as_dict(answer: Found) -> dict[str, Any]:
    """Everything, amounts as decimal text, times as ISO text."""
    traced = answer.traced
    frames = {
        "entries": traced.entries, "links": traced.links, "lines": traced.lines, "documents": traced.documents,
        "orders": answer.orders, **answer.tables, "places": answer.places,
    }  # fmt: skip
    frames["lines"] = traced.lines.with_columns(
        instead=pl.col("line_id").replace_strict(dict(answer.instead), default=None, return_dtype=pl.String)
    )
    told = {name: [_plain(row) for row in frame.iter_rows(named=True)] for name, frame in frames.items()}
    return {"id": traced.identifier, "kinds": list(answer.kinds), **told}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in row.items():
        if name.endswith("_minor") and not isinstance(value, str):
            result[name.removesuffix("_minor")] = _money(row, name)
        else:
            result[name] = value.isoformat() if hasattr(value, "isoformat") else value
    return result


def _money(row: dict[str, Any], name: str) -> str | None:
    """An amount in the decimals of the row's currency; debit and credit are of the books."""
    if row[name] is None:
        return None
    currency = "CNY" if name in ("debit_minor", "credit_minor") else row.get("currency") or "CNY"
    return decimal_text(row[name], exponent(currency))


def as_text(answer: Found) -> str:
    """Vouchers first, then what is behind them: orders, bill lines, refund documents; then what is said of them."""
    traced = answer.traced
    kinds = ", ".join(tr(_KINDS.get(kind, kind), kind) for kind in answer.kinds)
    parts = [f"{shown_id(traced.identifier)}  ({kinds})"]
    parts += _section(tr("凭证分录", "voucher lines"), traced.entries, _entry)
    if traced.entries.height and traced.links.is_empty():
        parts.append(
            tr(
                "  本次运行没有做这张凭证：它背后的账单行在导出它的那次运行里",
                "  this run does not make the voucher: its bill lines are in the run that exported it",
            )
        )
    parts += _section(tr("订单入账", "orders booked"), _sold(traced.links), _order)
    parts += _section(tr("订单", "orders"), answer.orders, _expected)
    parts += _section(tr("账单行", "bill lines"), traced.lines, lambda row: _line(row, answer))
    parts += _section(tr("售后单", "refund documents"), traced.documents, _document)
    for name, (zh, en, render) in _TABLES.items():
        if name in answer.tables:
            parts += _section(tr(zh, en), answer.tables[name], render)
    parts += _section(tr("文件位置", "places in files"), answer.places, _place)
    return "\n".join(parts)


def shown_id(identifier: str) -> str:
    """The identifier on one line."""
    return identifier if identifier.isprintable() else repr(identifier)


def _section(title: str, frame: pl.DataFrame, render: Any) -> list[str]:
    if frame.is_empty():
        return []
    rows = [render(row) for row in frame.head(MOST).iter_rows(named=True)]
    rest = frame.height - MOST
    if rest > 0:
        rows.append(tr(f"  … 另有 {rest} 行，用 --json 查看全部", f"  … {rest} more, see all with --json"))
    return ["", f"{title} ({frame.height})", *rows]


def _entry(row: dict[str, Any]) -> str:
    side = tr("借", "Dr") if row["debit_minor"] else tr("贷", "Cr")
    amount = decimal_text(row["debit_minor"] or row["credit_minor"] or 0)
    return (
        f"  {row['voucher']}/{row['seq']} {side} {row['account_code']} {row['account_name']} {amount}  {row['summary']}"
    )


def _sold(links: pl.DataFrame) -> pl.DataFrame:
    """Sales and returns behind voucher lines: one row per order and voucher, with the receivable it moved (its first
    line), a return negative. An entry made from balances has no file behind it."""
    sales = links.filter(pl.col("line_id").is_null(), pl.col("path").is_not_null()).sort("voucher_id", "seq")
    return (
        sales.group_by("order_id", "path", "source_line", "voucher_id", maintain_order=True)
        .agg(pl.col("amount_minor").first())
        .sort(
            "path", "source_line", "order_id", "amount_minor", descending=[False, False, False, True], nulls_last=True
        )
    )


def _order(row: dict[str, Any]) -> str:
    return f"  {row['path']}:{row['source_line']}  {row['order_id']}  {decimal_text(row['amount_minor'])}"


def _line(row: dict[str, Any], answer: Found) -> str:
    category = CATEGORIES[row["category"]].zh if row["category"] else ""
    label = tr(category, str(row["category"] or ""))
    ids = " ".join(str(row[k]) for k in ("order_id", "refund_id", "txn_id") if row[k])
    when = f"{row['occurred_at']:%Y-%m-%d %H:%M:%S}" if row["occurred_at"] else ""
    left_out = _NOT_COUNTED.get(str(row.get("disposition") or ""))
    marks = [tr(*left_out)] if left_out else []
    instead = answer.instead.get(row["line_id"])
    if instead:
        marks.append(tr(f"计入的是 {instead}", f"counted is {instead}"))
    elif row.get("disposition") == "superseded":
        marks.append(tr("较新的下载里没有这一行", "the newer download does not have it"))
    month = f"{row['occurred_at']:%Y-%m}" if row["occurred_at"] else ""
    if answer.period and month and month != answer.period:
        marks.append(tr(f"属于 {month}，不入 {answer.period} 的账", f"of {month}, not booked in {answer.period}"))
    mark = f"  [{tr('，', ', ').join(marks)}]" if marks else ""
    return f"  {row['path']}:{row['source_line']}\n    {when} {label} {_money(row, 'amount_minor') or ''}  {ids}{mark}"


def _document(row: dict[str, Any]) -> str:
    return f"  {row['path']}:{row['source_line']}  {row['refund_id']}  {_money(row, 'amount_minor') or ''}"


def _expected(row: dict[str, Any]) -> str:
    sums = [
        f"{tr(zh, en)} {_money(row, name)}"
        for name, zh, en in (
            ("buyer_paid_minor", "买家实付", "buyer paid"), ("due_cash_minor", "应收", "due"),
            ("due_platform_minor", "平台应付", "due from the platform"),
        )
        if row[name] is not None
    ]  # fmt: skip
    due = " ".join(sums) or tr("没有计算应收", "no receivable computed")
    group = [
        f"{tr(zh, en)} {_money(row, name)}"
        for name, zh, en in (
            ("expected_minor", "本组应收", "expected"), ("received_minor", "实收", "received"), ("difference_minor", "差异", "difference"),
        )
        if row[name] is not None
    ]  # fmt: skip
    ids = " ".join(str(row[k]) for k in ("order_id", "sub_order_id", "pay_id") if row[k])
    state = tr(DISPOSITIONS.get(row["disposition"] or "", row["disposition"] or ""), row["disposition"] or "")
    return f"  {row['path']}:{row['source_line']}  {ids}\n    {due} {row['currency'] or ''}  {' '.join(group)}  {state}"


def _variance(row: dict[str, Any]) -> str:
    kind = word(KIND_WORDS, row["kind"])
    amount = row["difference"] if row["difference"] not in (None, "0.00") else row["actual"] or row["difference"] or ""
    ids = " ".join(str(row[k]) for k in ("order_id", "refund_id", "txn_id") if row[k])
    sums = f"{tr('应为', 'expected')} {row['expected'] or '-'} {tr('实为', 'actual')} {row['actual'] or '-'}"
    hint = f"\n    {row['hint']}" if row["hint"] else ""
    return f"  {row['variance_id']} {row['code']} {type_name(row['code'])} ({kind}) {amount} {row['currency'] or ''}  {ids}\n    {sums}{hint}"


def _open_item(row: dict[str, Any]) -> str:
    state = tr(STATES.get(row["state"] or "", row["state"] or ""), row["state"] or "")
    by = tr(f"应于 {row['expected_by']} 前到账", f"expected by {row['expected_by']}") if row["expected_by"] else ""
    return f"  {row['order_id']} {tr('未核销', 'open')} {row['open']} {row['currency'] or ''}  {state} {by}"


def _paper(row: dict[str, Any]) -> str:
    way = tr("收", "in") if row["direction"] == "in" else tr("付", "out")
    amount = f"{row['amount']} {row['currency'] or ''}"
    return (
        f"  {row['document_no']} {row['document_date']} {way} {amount}  {row['summary'] or ''}  {row['voucher'] or ''}"
    )


def _receivable(row: dict[str, Any]) -> str:
    return f"  {row['order_id']} {tr('期末余额', 'closing')} {row['closing']} {row['currency'] or ''}  {row['expected_by'] or ''}"


def _shipped(row: dict[str, Any]) -> str:
    return f"  {row['order_id']} {row['shipped_at'] or ''} {tr('期末', 'closing')} {row['closing']}"


def _alert(row: dict[str, Any]) -> str:
    return f"  {row['rule']} {row['variance_id'] or ''} {row['order_id'] or ''} {row['value']} ({tr('界限', 'limit')} {row['limit']})"


def _share(row: dict[str, Any]) -> str:
    return f"  {row['order_id']} {row['goods_id'] or ''} {row['sku'] or ''} {row['item']} {row['amount']}"


def _place(row: dict[str, Any]) -> str:
    """A place in a file that is no bill line, order or document: what the file is, and what became of the row."""
    kind = word(SOURCE_KINDS, row["kind"] or "unknown")
    if row["source_line"] is None:
        return f"  {row['path']}  {kind} {row['profile'] or ''}  {tr('数据行', 'rows')} {row['rows'] or 0}  {row['reason'] or ''}".rstrip()
    if row["profile"] is None or row["kind"] in _NOT_READ:
        why = row["reason"] or tr("文件没有作为账单读取", "the file was not read as a bill")
    elif row["fate"] in _FATES:
        why = tr(*_FATES[row["fate"]])
        if row["instead"]:
            why += tr(f"：记录在 {row['instead']}", f": the record is at {row['instead']}")
    else:
        word_of = word(SOURCE_KINDS, row["kind"])
        why = tr(
            f"这一行作为{word_of}的数据读取，没有单独的编号", f"read as a row of {word_of}; it has no number of its own"
        )
    return f"  {row['path']}:{row['source_line']}  {kind} {row['profile'] or ''}\n    {why}"


_NOT_READ = ("ignored", "refused", "unreadable", "unknown")
_FATES = {
    "above": ("表头以上的说明行，不是数据", "a line above the header, no data"), "header": ("表头行", "the header"),
    "blank": ("空行", "an empty row"), "trailer": ("文件末尾的说明或合计，不是数据", "the end of the file: notes or totals, no data"),
    "total": ("合计行：只用来核对，不重复计入", "a total: compared, not counted again"),
    "remark": ("说明行：没有金额和单号", "a remark without amount and number"),
    "note": ("说明文字以下的行，不是数据", "below a note of the file, no data"),
    "dropped": ("按格式档案的规则不计的行", "left out by a rule of the layout"),
    "unread": ("只有不读取的列有内容", "only columns that are not read are filled"),
    "beyond": ("文件到此为止，没有这一行", "the file ends before this line"),
    "same_record": ("同一单号的另一行已代表它", "another row of the same number stands for it"),
    "newer_file": ("同一单号在较新的导出中，以那一行为准", "a newer export of the same number counts"),
    "no_number": ("这一行没有可用的单号，没有成为记录", "a row without a usable number is no record"),
}  # fmt: skip
"""Why a row of a file is no record of its own (`judging.set_aside_rows.REASONS`)."""
_TABLES: dict[str, tuple[str, str, Any]] = {
    "variances": ("差异", "differences", _variance), "open_items": ("未核销", "open items", _open_item),
    "receivables": ("应收台账", "receivables", _receivable), "papers": ("收付款单", "receipts and payments", _paper),
    "goods_shipped": ("发出商品", "goods shipped", _shipped), "allocations": ("分摊", "allocations", _share),
    "alerts": ("预警", "alerts", _alert),
}  # fmt: skip
_KINDS = {
    "voucher": "凭证", "line": "账单行", "order": "订单", "refund": "退款单", "txn": "流水", "variance": "差异", "document": "收付款单",
    "place": "文件位置",
}  # fmt: skip


# `ecrecon trace`: voucher <-> line <-> order <-> bill line <-> file.

_TRACE_TABLES = {
    "variances": "variances.csv", "open_items": "open_items.csv", "alerts": "alerts.csv", "papers": "documents.csv",
    "receivables": "receivables.csv", "goods_shipped": "goods_shipped.csv",
}  # fmt: skip
_OF_ROW = ("source_line", "fate", "instead")
ROWS_ASIDE = "set_aside.parquet"
_LINE_COLUMNS = (
    "line_id", "source_id", "source_line", "order_id", "refund_id", "txn_id", "amount_minor", "occurred_at", "category",
    "disposition",
)  # fmt: skip


def command(
    identifier: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="凭证号、订单号、流水号、退款单号、差异编号或 文件:行 / any id, or file:line"
        ),
    ],
    from_: Annotated[Path | None, typer.Option("--from", help="match 的输出文件夹 / output folder of match")] = None,
    lang: LangOption = None,
    json: JsonOption = False,
) -> None:
    """从任何一个编号追到它的全部来龙去脉 / trace whatever an output lists, both ways."""
    choose_language(lang)
    folder = from_ or latest(Path("out"))
    settled(folder)
    try:
        books, outputs = read_books(folder), read_outputs(folder)
        answer = search(identifier, books, outputs)
        close = [] if answer.kinds else near(identifier, books, outputs)
    except (pl.exceptions.PolarsError, InvariantError, KeyError, TypeError, ValueError) as error:
        raise damaged(folder, tr("输出文件", "outputs"), error) from None
    if not answer.kinds:
        told = tr("，相近的有：", ", there are: ") + "、".join(close) if close else ""
        raise ConfigError(
            tr(f"{folder} 中没有 {shown(identifier)}", f"{shown(identifier)} is not in {folder}") + told,
            tr(
                "可用凭证号（记-3、记-3/1）、订单号、流水号、退款单号、差异编号、单据号或 文件:行",
                "use a voucher (记-3, 记-3/1), order, flow, refund, variance or document number, or file:line",
            ),
        )
    say(json_.dumps(as_dict(answer), ensure_ascii=False, indent=2) if json else as_text(answer))
    raise typer.Exit(code=int(ExitCode.OK))


def read_books(folder: Path) -> Books:
    """The frames of an output folder, with the vouchers that were issued from it; raise ConfigError naming what is
    missing or damaged."""
    summary = summary_of(folder)
    try:
        listed = [(str(source["path"]), str(source["sha256"])) for source in summary["sources"]]
    except (KeyError, TypeError) as error:
        raise damaged(folder, SUMMARY, error) from None
    books = Books(
        vouchers=table_of(folder, VOUCHERS),
        trace=frame_of(folder, "voucher_trace.parquet", VOUCHER_TRACE),
        matches=frame_of(folder, "matches.parquet", MATCHES),
        lines=frame_of(folder, "lines.parquet", _LINE_COLUMNS),
        sources=pl.DataFrame(listed, schema={"path": pl.String, "sha256": pl.String}, orient="row"),
    )
    try:
        return with_issued(books, Register.read(folder))
    except (pl.exceptions.PolarsError, KeyError) as error:
        raise damaged(folder, VOUCHERS, error) from None


def read_outputs(folder: Path) -> Outputs:
    """The other tables of the run; one that the run did not write is left out."""
    summary = summary_of(folder)
    sources = summary["sources"]
    files = pl.DataFrame([{name: source.get(name) for name in PLACES if name not in _OF_ROW} for source in sources],
                         schema={name: kind for name, kind in PLACES.items() if name not in _OF_ROW})  # fmt: skip
    tables = {name: table_of(folder, file) for name, file in _TRACE_TABLES.items() if (folder / file).is_file()}
    if (folder / "allocations.parquet").is_file():
        shares = frame_of(folder, "allocations.parquet", ("order_id", "amount_minor"))
        amount = decimal_expr(pl.col("amount_minor")).alias("amount")
        tables["allocations"] = shares.with_columns(amount).drop("amount_minor")
    aside = frame_of(folder, ROWS_ASIDE, tuple(ASIDE)) if (folder / ROWS_ASIDE).is_file() else None
    orders = frame_of(folder, "orders.parquet", ("order_id", "source_id", "source_line"))
    return Outputs.of(orders, files, tables, aside, str(summary.get("period") or ""))
