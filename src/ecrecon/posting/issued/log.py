"""The log of issued vouchers: one JSON object a line, only ever added to, each line holding the digest of the one before.

财会〔2024〕12号 art. 32 asks for when, what, before, after and why. Who is not known to a command line: nobody logs in.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ecrecon.errors import ConfigError
from ecrecon.messages import tr
from ecrecon.posting.targets.model import Voucher, voucher_from_json, voucher_to_json

LOG = "log.jsonl"
EXPORT, REVERSE, CORRECT = "export", "reverse", "correct"
ACTIONS = (EXPORT, REVERSE, CORRECT)


@dataclass(frozen=True)
class Entry:
    """One act on one voucher.

    `when`: the date that was given, ISO, else empty. `voucher_id`, `number` (`2026-10/记-3`): the voucher that is issued.
    `of`: the id of the voucher of a run for which it stands. `refers`: the id of the voucher that it reverses or
    corrects. `before`: that voucher; `after`: the issued voucher, given once, at its first entry. `files`: name ->
    SHA-256 of what was written for `target`.
    """

    action: str
    voucher_id: str
    number: str
    of: str
    when: str = ""
    reason: str = ""
    refers: str = ""
    target: str = ""
    files: dict[str, str] = field(default_factory=dict)
    before: Voucher | None = None
    after: Voucher | None = None


def read_log(folder: Path) -> list[Entry]:
    """The entries of `folder`, oldest first; none where nothing was issued yet.

    Raises ConfigError naming the line where the chain is broken: an entry was changed, added between or taken out.
    """
    path = folder / LOG
    if not path.is_file():
        return []
    entries, previous = [], ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        data = _object(line)
        digest = data.pop("hash", None)
        if digest is None or data.get("prev") != previous or digest != _digest(data):
            raise ConfigError(
                tr(
                    f"{path} 第 {number} 行被改动过：摘要对不上",
                    f"{path} line {number} was changed: its digest differs",
                ),
                tr(
                    "从备份恢复这个文件；它只能由 ecrecon 追加",
                    "restore the file from a backup; only ecrecon adds to it",
                ),
            )
        entries.append(_entry(data))
        previous = digest
    return entries


def append(folder: Path, entries: Sequence[Entry]) -> None:
    """Add `entries` at the end, each chained to the one before; the file is on disk when this returns."""
    previous, count = _last(folder)
    lines = []
    for number, entry in enumerate(entries, start=count + 1):
        data = {"entry": number, **_plain(entry), "prev": previous}
        previous = _digest(data)
        lines.append(json.dumps({**data, "hash": previous}, ensure_ascii=False) + "\n")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOG).open("a", encoding="utf-8", newline="\n") as stream:
        stream.writelines(lines)
        stream.flush()
        os.fsync(stream.fileno())


def _last(folder: Path) -> tuple[str, int]:
    read_log(folder)  # never add to a broken chain
    path = folder / LOG
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return (str(json.loads(lines[-1])["hash"]), len(lines)) if lines else ("", 0)


def _object(line: str) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _digest(data: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _plain(entry: Entry) -> dict[str, Any]:
    data = {item.name: getattr(entry, item.name) for item in fields(entry)}
    for side in ("before", "after"):
        data[side] = voucher_to_json(data[side]) if data[side] is not None else None
    return data


def _entry(data: dict[str, Any]) -> Entry:
    kept = {item.name: data[item.name] for item in fields(Entry) if item.name in data}
    for side in ("before", "after"):
        kept[side] = voucher_from_json(kept[side]) if kept.get(side) is not None else None
    return Entry(**kept)
