"""`ecrecon trace`: voucher <-> line <-> order <-> bill line <-> file."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from ecrecon.base.errors import ConfigError, ExitCode, InvariantError
from ecrecon.base.money import decimal_expr
from ecrecon.base.schema import MATCHES, VOUCHER_TRACE
from ecrecon.base.texts import tr
from ecrecon.base.validation import shown
from ecrecon.cli.options import JsonOption, LangOption
from ecrecon.cli.run_folder import SUMMARY, VOUCHERS, damaged, frame_of, latest, settled, summary_of, table_of
from ecrecon.cli.terminal import choose_language, say
from ecrecon.cli.trace_view import as_dict, as_text
from ecrecon.issuing.issued.books import with_issued
from ecrecon.issuing.issued.register import Register
from ecrecon.issuing.search import PLACES, Outputs, near, search
from ecrecon.issuing.set_aside_rows import ASIDE
from ecrecon.issuing.trace import Books

_TABLES = {
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
    tables = {name: table_of(folder, file) for name, file in _TABLES.items() if (folder / file).is_file()}
    if (folder / "allocations.parquet").is_file():
        shares = frame_of(folder, "allocations.parquet", ("order_id", "amount_minor"))
        amount = decimal_expr(pl.col("amount_minor")).alias("amount")
        tables["allocations"] = shares.with_columns(amount).drop("amount_minor")
    aside = frame_of(folder, ROWS_ASIDE, tuple(ASIDE)) if (folder / ROWS_ASIDE).is_file() else None
    orders = frame_of(folder, "orders.parquet", ("order_id", "source_id", "source_line"))
    return Outputs.of(orders, files, tables, aside, str(summary.get("period") or ""))
