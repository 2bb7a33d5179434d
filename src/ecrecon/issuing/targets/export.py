"""From prepared vouchers to the files of one target, split where the container is full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr
from ecrecon.issuing.targets import dbase, grid, k3, plaintext, template
from ecrecon.issuing.targets.layout import Layout
from ecrecon.issuing.targets.model import Voucher


def render(vouchers: Sequence[Voucher], layout: Layout, standard: str, blank: Path | None = None) -> dict[str, bytes]:
    """File name -> bytes. `blank`: the user's template, for layouts that are filled into one."""
    if layout.target.template:
        if blank is None:
            raise ConfigError(
                tr(f"目标 {layout.target.id} 需要您的模板", f"target {layout.target.id} needs your template"),
                tr("用 --template 指定从财务软件下载的空白模板", "name the software's blank template with --template"),
            )
        return {layout.target.file: template.fill(blank, vouchers, layout)}
    parts = split(vouchers, layout.limits.rows)
    stem, dot, end = layout.target.file.rpartition(".")
    names = [f"{stem}-{i}{dot}{end}" if len(parts) > 1 else layout.target.file for i in range(1, len(parts) + 1)]
    return {name: _one(part, layout, standard) for name, part in zip(names, parts, strict=True)}


def split(vouchers: Sequence[Voucher], rows: int | None) -> list[list[Voucher]]:
    """Cut between vouchers, never inside one, so that no part has more than `rows` lines."""
    parts: list[list[Voucher]] = [[]]
    used = 0
    for voucher in vouchers:
        size = len(voucher.lines)
        if rows is not None and size > rows:
            name = f"{voucher.word}-{voucher.number}"
            raise ConfigError(
                tr(
                    f"凭证 {name} 有 {size} 行，目标一个文件最多 {rows} 行",
                    f"voucher {name} has {size} lines, {rows} fit",
                ),
                tr("请按日或按订单拆分凭证", "split the voucher"),
            )
        if rows is not None and used + size > rows:
            parts.append([])
            used = 0
        parts[-1].append(voucher)
        used += size
    return parts


def _one(vouchers: Sequence[Voucher], layout: Layout, standard: str) -> bytes:
    match layout.target.container:
        case "xlsx":
            return grid.xlsx(vouchers, layout)
        case "xls":
            more = {"t_Schema": k3.schema_sheet()} if layout.target.extra == "k3_schema" else None
            return grid.xls(vouchers, layout, more)
        case "csv":
            return grid.delimited(vouchers, layout)
        case "text":
            return grid.text(vouchers, layout)
        case "dbf":
            return dbase.table(vouchers, layout)
        case "beancount":
            return plaintext.beancount(vouchers, layout, standard)
        case "hledger":
            return plaintext.hledger(vouchers, layout, standard)
        case _:
            return plaintext.iif(vouchers, layout, standard)


def free_names(files: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """`files` under names that no other content has in `folder`: `kis.dbf`, then `kis_2.dbf`; nothing is written over."""
    for number in count(1):
        named = {name if number == 1 else _numbered(name, number): content for name, content in files.items()}
        if all(not (folder / n).exists() or (folder / n).read_bytes() == content for n, content in named.items()):
            return named
    raise AssertionError("count never ends")


def _numbered(name: str, number: int) -> str:
    stem, dot, end = name.rpartition(".")
    return f"{stem}_{number}{dot}{end}"
