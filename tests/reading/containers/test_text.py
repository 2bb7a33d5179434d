from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecrecon.reading.containers import text
from ecrecon.reading.containers.text import UndecodableError, decode, pieces

from .build import PDD, one_refusal, one_table

CHARACTERS = st.text(st.sampled_from('a,\t"\n\r|0中文。（￥€𠀀丂\ufffd~^@'), max_size=60)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (PDD.encode("gb18030"), "gb18030"),
        (PDD.encode(), "utf-8"),
        (PDD.encode("utf-8-sig"), "utf-8-sig"),
        (PDD.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + PDD.encode("utf-16-be"), "utf-16"),
    ],
)
def test_every_encoding_gives_the_same_cells(tmp_path: Path, data: bytes, encoding: str) -> None:
    table = one_table(tmp_path / "bill.csv", data)
    assert table.encoding == encoding
    assert table.container == "csv"
    assert table.size == len(data)
    assert table.head[0] == ["拼多多店铺账务明细查询"]
    assert table.head[1] == [""]
    assert table.head_lines[:6] == [1, 2, 3, 4, 5, 6]
    body = table.body(4)
    assert body.names[0] == "商户订单号"
    assert body.line.to_list() == [6, 7, 8, 9]
    assert body.cells["c6"].to_list() == ["0010002|交易收入-订单收入", "0070004|转账-广告账户", None, None]
    assert body.cells["c0"][0] == "260505-100000000000001\t"
    assert body.cells["c0"][2] == "#支出合计：1笔-500.00元"
    assert (body.ragged, body.damaged, body.numeric) == ([], [], None)


@given(CHARACTERS, st.integers(1, 12))
def test_text_cut_at_every_awkward_place_decodes_as_a_whole(content: str, size: int) -> None:
    data = content.encode("gb18030")
    assert b"".join(piece for _, piece in pieces(data, size)) == data
    assert all(data.startswith(piece, start) for start, piece in pieces(data, size))
    assert text.transcode(data, "gb18030", size) == content.encode()


@given(CHARACTERS.filter(lambda value: "€" in value or "中文。" in value), st.integers(1, 9))
def test_a_bad_byte_is_found_at_its_place_however_the_text_is_cut(content: str, size: int) -> None:
    before = content.encode("gb18030") + b"\n1,"
    data = before + b"\xff" + b",x\n"
    with pytest.raises(UndecodableError) as raised:
        text.transcode(data, "gb18030", size)
    assert raised.value.offset == len(before)
    assert raised.value.line == before.count(b"\n") + 1


def test_a_few_undecodable_bytes_become_replacement_characters_of_their_lines(tmp_path: Path) -> None:
    table = one_table(tmp_path / "bill.csv", PDD.encode("gb18030") + b"\xff\xff\r\n")
    assert table.encoding == "gb18030"
    assert table.body(4).damaged == [10]
    assert table.body(4).cells["c0"][4] == "\ufffd\ufffd"


def test_half_a_character_before_a_separator_leaves_the_cells_where_they_are(tmp_path: Path) -> None:
    half = "毛".encode("gb18030")[:1]
    data = "商品,订单号,金额\n夏季新款毛,1,2.00\n棉袜,2,3.00\n".encode("gb18030").replace("毛".encode("gb18030"), half)
    body = one_table(tmp_path / "orders.csv", data).body(0)
    assert body.cells.rows() == [("夏季新款\ufffd", "1", "2.00"), ("棉袜", "2", "3.00")]
    assert body.damaged == [2]


def test_damaged_utf8_is_not_read_as_gb18030(tmp_path: Path) -> None:
    data = PDD.encode()
    at = data.index("交易收入".encode()) + 1
    table = one_table(tmp_path / "bill.csv", data[:at] + data[at + 1 :])
    assert table.encoding == "utf-8"
    assert table.body(4).damaged == [6]


def test_damage_all_over_a_file_is_refused_with_offset_and_line(tmp_path: Path) -> None:
    before = "订单,金额\n".encode("gb18030")
    refusal = one_refusal(tmp_path / "bill.csv", before + b"\xff\xff\xff\xff,1\n" * 9)
    assert (refusal.kind, refusal.code) == ("unreadable", "F03")
    assert f"第 {len(before)} 字节（第 2 行）" in refusal.reason
    assert "bill.csv" in refusal.message


def test_truncated_utf16_ends_inside_a_line(tmp_path: Path) -> None:
    assert one_table(tmp_path / "bill.csv", PDD.encode("utf-16")[:-1]).body(4).end == "no_line_end"


def test_latin1_is_never_used() -> None:
    with pytest.raises(UndecodableError):
        decode(b"caf\xe9,1\n")


def test_replacement_characters_are_reported_by_line(tmp_path: Path) -> None:
    data = "a,b\n1,中\ufffd\ufffd\n2,x\n\n\ufffd,4".encode()
    assert one_table(tmp_path / "x.csv", data).body(0).damaged == [2, 5]


def test_lines_ending_in_cr_alone(tmp_path: Path) -> None:
    body = one_table(tmp_path / "x.csv", "订单,金额\r1,2\r3,4\r".encode("gb18030")).body(0)
    assert body.cells.rows() == [("1", "2"), ("3", "4")]
