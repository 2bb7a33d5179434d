"""The bills themselves, read again by a reader of its own: digests of all inputs, amounts of plain CSV bills.

Beside `verify.py`; Python alone is enough, and nothing of ecrecon is imported. A CSV bill is read again where its profile
(configs/platforms/*.toml) names one amount column, or one for in and one for out, and nothing that changes amounts.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Finding = tuple[str, str, str]
"""file, where, what"""

_LIMITS = {"csv": ",", "tsv": "\t"}
_AMOUNT = re.compile(r"[+\-]?[¥￥]?[+\-]?[\d,]+(?:\.\d{0,2}0*)?\s*元?")


def reread(inputs: Path, configs: Path, tables: Mapping[str, list[Row]]) -> Iterator[Finding]:
    """What differs from the input files. `tables`: those of `verify.model`; a source that was read again gets `reread_`."""
    for place, source in enumerate(tables["summary/sources"]):
        content = _content(inputs, source["path"])
        if hashlib.sha256(content).hexdigest() != source["sha256"]:
            yield source["path"], "", f"sha256 ≠ {source['sha256']}"
            continue
        rule = _rule(configs, source)
        amount, lines = rule.get("amount", {}), [r for r in tables["lines"] if r["source_id"] == place]
        if (
            amount.get("mode") not in ("in_out", "signed")
            or amount.get("always")
            or any(r["money_column"] for r in lines)
        ):
            continue
        source["reread_"] = True
        sums, damaged = _sums(content.decode(source["encoding"], "replace"), _LIMITS[source["container"]], rule)
        for row in lines:
            sums[row["source_line"]] -= row["amount_minor"]
        for number in damaged:  # a cell that is no amount: the run told it as F11
            del sums[number]
        yield from ((f"{source['path']}:{n}", "", f"amount {off:+d} ≠ lines") for n, off in sorted(sums.items()) if off)


def _content(inputs: Path, path: str) -> bytes:
    """Bytes of `outer.zip!/inner.csv`; nothing where it is not there or cannot be opened."""
    outer, *inner = path.split("!/")
    try:
        content = (inputs / outer).read_bytes()
        for member in inner:
            content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else _member(content, member)
    except (OSError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile):
        return b""
    return content


def _member(content: bytes, member: str) -> bytes:
    """One file of a zip. Raises KeyError where it has none of that name."""
    with zipfile.ZipFile(io.BytesIO(content)) as box:
        return box.read(next((name for name in box.namelist() if member in (name, _gbk(name))), member))


def _gbk(name: str) -> str:
    return name.encode("cp437", "ignore").decode("gbk", "ignore")


def _rule(configs: Path, source: Row) -> Row:
    """The profile of a CSV bill; empty where the file is something else or the profile is not known."""
    profile = configs / "platforms" / f"{source['profile']}.toml"
    plain = source["container"] in _LIMITS and source["kind"] == "bill" and profile.is_file()
    return _with_shared(tomllib.loads(profile.read_text("utf-8")), profile.parent / "shared") if plain else {}


def _with_shared(rule: Row, folder: Path) -> Row:
    """A profile with the tables that it takes from the files it names in `use`; its own keys hold."""
    for name in rule["profile"].get("use", []):
        for section, table in tomllib.loads((folder / f"{name}.toml").read_text("utf-8")).items():
            if isinstance(table, dict):
                rule[section] = {**table, **rule.get(section, {})}
    return rule


def _sums(text: str, limit: str, rule: Row) -> tuple[Counter[int], set[int]]:
    """Fen by physical line, and lines with a cell that is no amount."""
    amount, columns, sums, damaged = rule["amount"], list[tuple[str, int]](), Counter[int](), set[int]()
    stop = rule["file"].get("stop_at", "(?!)")
    for row in (reader := csv.reader(io.StringIO(text), delimiter=limit)):
        cells = [cell.strip("\ufeff \t'") for cell in row]
        if not columns and all(any(c.startswith(name) for c in cells) for name in rule["header"]["require"]):
            columns = [(k, _shortest(cells, amount[k])) for k in ("in", "out", "column") if k in amount]
        elif columns and re.search(stop, cells[0] if cells else ""):
            break
        elif columns and not re.match("合计|总计|小计", "".join(cells)):
            for kind, place in columns:
                if place < len(cells) and re.search(r"\d", cells[place]):
                    if not _AMOUNT.fullmatch(cells[place]):
                        damaged.add(reader.line_num)
                        continue
                    value = int(Decimal(re.sub(r"[^\d.\-]", "", cells[place])) * 100)
                    sums[reader.line_num] += value if kind == "column" else abs(value) * (1 if kind == "in" else -1)
    return sums, damaged


def _shortest(cells: list[str], name: str) -> int:
    """Place of the column that begins with `name`; of several the one with the shortest title."""
    return min((len(cell), i) for i, cell in enumerate(cells) if cell.startswith(name))[1]
