"""A fact gives back what was read, or says that it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.cli.samples import BILL, BILL_NAME, ORDERS, ORDERS_NAME
from tests.golden.goldens import profiles, samples
from tests.store.same import assert_same

from ecrecon.base.sources import Parsed
from ecrecon.base.texts import set_language
from ecrecon.reading.containers import InputFile
from ecrecon.reading.load import read_file
from ecrecon.store import version
from ecrecon.store.fact import DamagedFactError, Label, packed, unpacked
from ecrecon.store.version import Reading

LABEL = Label("a" * 64, "b" * 16)


def read(path: Path) -> list[Parsed]:
    return read_file(InputFile(path, path.name), profiles()).parsed


def bill(tmp_path: Path, text: str = BILL) -> Parsed:
    path = tmp_path / BILL_NAME
    path.write_text(text, encoding="gb18030")
    (item,) = read(path)
    return item


def kept(items: list[Parsed]) -> list[Parsed]:
    labels = [replace(LABEL, part=place, parts=len(items)) for place in range(1, len(items) + 1)]
    return [unpacked(packed(label, item), label)[1] for label, item in zip(labels, items, strict=True)]


@pytest.mark.slow
def test_every_golden_and_its_damaged_twins_come_back_equal(tmp_path: Path) -> None:
    kinds = set()
    for place, path in enumerate(samples()):
        whole = path.read_bytes()
        twins = [path]
        if place % 3 == 0:
            twins += [tmp_path / f"cut-{path.name}", tmp_path / f"flip-{path.name}"]
            twins[1].write_bytes(whole[: len(whole) * 3 // 4])
            middle = len(whole) * 2 // 3
            twins[2].write_bytes(whole[:middle] + bytes([whole[middle] ^ 0x10]) + whole[middle + 1 :])
        for twin in twins:
            items = read(twin)
            assert_same(kept(items), items)
            kinds |= {item.source.kind for item in items}
    assert {"bill", "bank", "orders", "refunds", "shipments", "unreadable", "ignored", "order_lines"} <= kinds


def test_a_bill_and_its_findings_come_back_equal(tmp_path: Path) -> None:
    item = bill(tmp_path, BILL.replace("13.80", "=A1+1", 1).replace("技术服务费", "新费用"))
    assert item.findings.height
    assert item.source.first is not None
    assert_same(kept([item]), [item])


def test_a_file_without_a_frame_is_a_fact_too(tmp_path: Path) -> None:
    path = tmp_path / "截图.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 64)
    items = read(path)
    assert items[0].frame is None
    assert_same(kept(items), items)


def test_every_changed_byte_shows(tmp_path: Path) -> None:
    data = packed(LABEL, bill(tmp_path))
    for place in range(0, len(data), max(1, len(data) // 400)):
        changed = data[:place] + bytes([data[place] ^ 0x01]) + data[place + 1 :]
        with pytest.raises(DamagedFactError):
            unpacked(changed)


@pytest.mark.parametrize("change", [
    lambda data: b"", lambda data: data[:-1], lambda data: data[: len(data) // 2], lambda data: data + b"0",
    lambda data: b"PAR1" + data, lambda data: data[:100],
])  # fmt: skip
def test_a_cut_or_longer_file_shows(change: Callable[[bytes], bytes], tmp_path: Path) -> None:
    with pytest.raises(DamagedFactError):
        unpacked(change(packed(LABEL, bill(tmp_path))))


def test_a_cell_that_looks_like_the_seal_is_a_cell(tmp_path: Path) -> None:
    item = bill(tmp_path, BILL.replace("基础技术服务费,", "sealed:" + "0" * 64 + ",", 1))
    assert_same(kept([item]), [item])


def test_the_fact_of_another_file_shows(tmp_path: Path) -> None:
    data = packed(LABEL, bill(tmp_path))
    with pytest.raises(DamagedFactError):
        unpacked(data, replace(LABEL, sha256="c" * 64))


def test_no_name_of_a_person_is_in_a_fact(tmp_path: Path) -> None:
    path = tmp_path / ORDERS_NAME
    head, *rows = ORDERS.split("\n")
    path.write_text(
        "\n".join([head + ",收货人,手机", *(f"{row},张三丰,13800001111" for row in rows)]), encoding="gb18030"
    )
    (item,) = read(path)
    assert item.source.kind == "orders"
    data = packed(LABEL, item)
    assert "张三丰".encode() not in data
    assert b"13800001111" not in data


def test_a_stamp_names_everything_that_reading_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Reading.by(profiles())
    assert usual == Reading.by(profiles())
    changed = profiles()[1:]
    assert Reading.by(changed) != usual
    assert usual.stamp("a/x.csv") != usual.stamp("b/x.csv")
    set_language("en")
    try:
        assert Reading.by(profiles()) != usual
    finally:
        set_language("zh")
    monkeypatch.setattr(version, "reader_version", lambda: "other code")
    assert Reading.by(profiles()) != usual


def test_one_changed_word_of_a_layout_is_another_stamp() -> None:
    first: Any = profiles()[0]
    header = first.header.model_copy(update={"known": [*first.header.known, "一列"]})
    assert Reading.by([first.model_copy(update={"header": header})]) != Reading.by([first])
