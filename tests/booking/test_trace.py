"""Voucher <-> line <-> order <-> file, both ways, also from frames read back from files."""

from __future__ import annotations

import io
from collections.abc import Sequence

import polars as pl
import pytest

from ecrecon.base.errors import ConfigError
from ecrecon.base.money import decimal_expr
from ecrecon.base.schema import MATCHES, conform
from ecrecon.booking import make_vouchers
from ecrecon.issuing.trace import Books, trace

from .build import SBE, make_lines, make_sources

ROWS = [
    {"category": "goods_receipt", "amount_minor": 5990, "order_id": "510001", "txn_id": "t1", "source_id": 0, "source_line": 5},
    {"category": "tech_service_fee", "amount_minor": -38, "order_id": "510001", "txn_id": "t1", "source_id": 0, "source_line": 6},
    {"category": "refund", "amount_minor": -990, "refund_id": "r1", "txn_id": "t2", "source_id": 1, "source_line": 5},
    {"category": "withdrawal", "amount_minor": -4000, "txn_id": "t3", "source_id": 1, "source_line": 9},
    {"category": "goods_receipt", "amount_minor": 0, "order_id": "510002", "txn_id": "r1", "source_id": 2, "source_line": 5},
]  # fmt: skip


def _matches() -> pl.DataFrame:
    rows = [
        {"group_id": 7, "order_id": "510001", "line_id": 0, "rule_id": "order_id"},
        {"group_id": 7, "order_id": "510001", "line_id": 1, "rule_id": "order_id"},
        {"group_id": 7, "order_id": "510001", "line_id": 2, "rule_id": "remark"},
        {"group_id": 7, "order_id": "510001", "refund_id": "r1", "source_id": 2, "source_line": 44,
         "amount_minor": 990, "rule_id": "document"},
    ]  # fmt: skip
    return conform(pl.DataFrame(rows, infer_schema_length=None), MATCHES)


@pytest.fixture
def books() -> Books:
    lines = make_lines(ROWS)
    sources = make_sources()
    made = make_vouchers(lines, sources, SBE, "2026-10")
    frame = pl.DataFrame([{"path": s.path, "sha256": s.sha256, "rows": 3} for s in sources])
    return Books(made.vouchers, made.trace, _matches(), lines, frame)


def _events(books: Books, entries: pl.DataFrame) -> Sequence[str]:
    wanted = books.vouchers.join(entries, on=["voucher_id", "seq"], how="semi")
    return sorted(set(wanted["event"]))


def test_a_voucher_leads_to_its_lines_and_files(books: Books) -> None:
    answer = trace("记-1", books)
    assert answer.kinds == ("voucher",)
    assert answer.entries.select("voucher", "seq", "account_code", "debit_minor", "credit_minor").rows() == [
        ("记-1", 1, "1012", 5990, 0), ("记-1", 2, "1122", 0, 5990)
    ]  # fmt: skip
    assert answer.links.select("seq", "line_id", "amount_minor").rows() == [(1, 0, 5990), (2, 0, -5990)]
    line = answer.lines.row(0, named=True)
    assert (line["path"], line["source_line"], line["sha256"]) == ("taobao/0.csv", 5, f"{1:064x}")
    assert (line["order_id"], line["group_id"], line["rule_id"]) == ("510001", 7, "order_id")
    assert trace(answer.entries["voucher_id"][0], books).lines.equals(answer.lines)
    assert trace("2026-10/记-1", books).entries.equals(answer.entries)
    assert trace("2026-11/记-1", books).kinds == ()


def test_an_order_leads_to_every_voucher_it_is_in(books: Books) -> None:
    answer = trace("510001", books)
    assert answer.kinds == ("order",)
    assert answer.lines["line_id"].to_list() == [0, 1, 2]
    assert _events(books, answer.entries) == ["fee", "receipt", "refund"]
    assert answer.links["amount_minor"].sum() == 0
    assert answer.documents.select("refund_id", "path", "source_line", "amount_minor").rows() == [
        ("r1", "taobao/2.csv", 44, 990)
    ]


@pytest.mark.parametrize("place", ["taobao/1.csv:9", "1.csv:9", "1:9"])
def test_a_line_is_found_by_file_or_source(books: Books, place: str) -> None:
    answer = trace(place, books)
    assert answer.kinds == ("line",) and answer.lines["line_id"].to_list() == [3]
    assert _events(books, answer.entries) == ["withdrawal"] and answer.entries.height == 2


def test_a_flow_id_and_a_refund_id_of_the_same_text_are_both_answered(books: Books) -> None:
    answer = trace("r1", books)
    assert answer.kinds == ("refund", "txn")
    assert answer.lines["line_id"].to_list() == [0, 1, 2, 4]
    assert answer.unposted["line_id"].to_list() == [4]
    assert trace("t1", books).lines["line_id"].to_list() == [0, 1]


def test_an_unknown_identifier_gives_an_empty_answer(books: Books) -> None:
    for text in ("", "nothing", "记-99", "bill.csv:7", "taobao/0.csv:999"):
        answer = trace(text, books)
        assert answer.kinds == () and answer.entries.is_empty() and answer.lines.is_empty(), text


def test_a_null_id_is_never_found(books: Books) -> None:
    assert trace("None", books).kinds == () and trace("null", books).kinds == ()


def test_a_document_without_any_line_is_found(books: Books) -> None:
    lonely = conform(
        pl.DataFrame([{"group_id": 9, "order_id": "510009", "refund_id": "r9", "source_id": 2, "source_line": 50}]),
        MATCHES,
    )
    more = Books(books.vouchers, books.trace, pl.concat([books.matches, lonely]), books.lines, books.sources)
    answer = trace("r9", more)
    assert answer.kinds == ("refund",) and answer.documents["source_line"].to_list() == [50]
    assert trace("510009", more).kinds == ("order",)


def test_frames_read_back_from_files_answer_the_same(books: Books) -> None:
    csv = books.vouchers.select(
        pl.exclude("debit_minor", "credit_minor"),
        decimal_expr(pl.col("debit_minor")).alias("debit"), decimal_expr(pl.col("credit_minor")).alias("credit"),
    ).write_csv()  # fmt: skip
    again = pl.read_csv(io.StringIO(csv), infer_schema=False)
    stored = Books(again, books.trace, books.matches, books.lines, books.sources)
    for text in ("记-1", "510001", "1.csv:9", "r1"):
        assert trace(text, stored).entries.equals(trace(text, books).entries), text
    guessed = pl.read_csv(io.StringIO(csv))
    with pytest.raises(ConfigError, match="must be read as text"):
        trace("记-1", Books(guessed, books.trace, books.matches, books.lines, books.sources))
