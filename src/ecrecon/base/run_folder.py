"""What an earlier run wrote, told by its `manifest.json`: replaced by the next run, and never read as input.

The manifest alone proves nothing: it may have come with the downloads. A file is ours where the manifest lists it, a run
writes files of that name, and its content begins as a run begins it.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
EXPORTS = "vouchers"
"""Folder of the import files that `ecrecon vouchers` writes beside a run's own files."""
EXPORT_LOG = "log.jsonl"
_EDITED = re.compile(r"(.+)\.edited-\d+(\.\w+)")
_LARGEST = 64 << 20
_HEAD = 4096

FIRST_CELLS: dict[str, str] = {
    "alerts.csv": "rule,platform,", "controls.csv": "file,part,column,", "cash_daily.csv": "platform,shop,account,currency,day,",
    "documents.csv": "document_no,document_date,", "goods_shipped.csv": "platform,shop,order_id,currency,shipped_at,",
    "income_statement.csv": "line,item,indent,", "ledger.csv": "platform,shop,account,currency,seq,",
    "open_items.csv": "platform,shop,account,order_id,", "parties.csv": "side,shop,account_role,",
    "platform_income.csv": "platform,shop,quarter,", "profit.csv": "level,platform,shop,sku,",
    "receivables.csv": "level,platform,shop,order_id,", "variances.csv": "variance_id,code,type,",
    "vouchers.csv": "voucher_id,date,",
}  # fmt: skip
"""How the header of each table of a run begins."""
FACT = re.compile(
    r"(?P<sha256>[0-9a-f]{64})-[^/@]{1,100}@(?P<stamp>[0-9a-f]{16})(\.(?P<part>[1-9][0-9]{0,3})of[0-9]{1,4})?\.parquet"
)
"""Names of facts (`ecrecon.store`); no bill is a Parquet file."""
FACT_PART = re.compile(FACT.pattern.replace("?P<", "?P<_") + r"\.[0-9a-z_]{8}\.part")
"""Names of facts that are being written, or were when a run was killed."""
_PARQUET = b"PAR1"
_NO_INPUT = (".json", ".parquet")
"""Ends of the names of outputs that no bill has."""


def outputs_of(content: bytes) -> dict[str, str]:
    """Names and digests of the files of an earlier run; empty where `content` is no manifest of ours."""
    try:
        manifest = json.loads(content)
        outputs = manifest["outputs"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    if not isinstance(outputs, dict) or "config_digest" not in manifest:
        return {}
    return {str(name): str(value) for name, value in outputs.items() if "/" not in name and "\\" not in name}


def written_by_us(folder: Path, names: Collection[str]) -> frozenset[str]:
    """Those of `names` (entries of `folder`) that are output of an earlier run, not input."""
    if folder.name == EXPORTS:
        return _exports(folder, names)
    facts = frozenset(name for name in names if _is_fact(folder, name))
    if MANIFEST not in names:
        return facts
    outputs = outputs_of(_read(folder / MANIFEST))
    if not outputs:
        return facts
    return facts | frozenset({MANIFEST} & set(names)) | {name for name in names if _ours(folder / name, outputs)}


def _is_fact(folder: Path, name: str) -> bool:
    """True for what a file said, kept in a folder of facts, and for one that was being written when a run was killed."""
    if FACT.fullmatch(name):
        return _read(folder / name, len(_PARQUET)) == _PARQUET
    return FACT_PART.fullmatch(name) is not None


def _ours(path: Path, outputs: Collection[str]) -> bool:
    """True where `path`, or what it was before somebody changed it, is in the list and looks like what a run writes."""
    edited = _EDITED.fullmatch(path.name)
    name = edited[1] + edited[2] if edited else path.name
    if name not in outputs or not path.is_file():
        return False
    if name in FIRST_CELLS:
        return _text(_read(path, _HEAD)).startswith(FIRST_CELLS[name])
    if name == "report.xlsx":
        return _is_workbook(path)
    if name == "report.html":
        return b'content="ecrecon"' in _read(path, _HEAD)
    return name.endswith(_NO_INPUT)


def _text(head: bytes) -> str:
    """The beginning of a table, also where a spreadsheet program saved it in its own encoding."""
    return head.removeprefix(b"\xef\xbb\xbf").decode("ascii", errors="replace").replace("\t", ",").replace(";", ",")


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as book, book.open("docProps/core.xml") as stream:
            return b"<dc:title>ecrecon</dc:title>" in stream.read(_HEAD)
    except (OSError, ValueError, KeyError, NotImplementedError, RuntimeError, zipfile.BadZipFile):
        return False


def _exports(folder: Path, names: Collection[str]) -> frozenset[str]:
    """The import files that the log of issued vouchers lists, and the log."""
    if EXPORT_LOG not in names or not outputs_of(_read(folder.parent / MANIFEST)):
        return frozenset()
    listed: set[str] = set()
    for line in _read(folder / EXPORT_LOG).split(b"\n"):
        try:
            entry: Any = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict) and "hash" in entry and isinstance(entry.get("files"), dict):
            listed |= set(entry["files"])
    return frozenset(name for name in names if name in listed or re.fullmatch(r"log\..*jsonl", name))


def _read(path: Path, most: int = _LARGEST) -> bytes:
    """Up to `most` bytes of a plain file; nothing where it cannot be read or a whole one is larger than any of ours."""
    try:
        if not path.is_file() or (most == _LARGEST and path.stat().st_size > _LARGEST):
            return b""
        with path.open("rb") as stream:
            return stream.read(most)
    except OSError:
        return b""
