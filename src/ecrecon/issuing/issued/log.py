"""The log of issued vouchers, and the import files beside it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import json_text, tr
from ecrecon.disk.durable import PART, replace_file, sync_folder, write_synced
from ecrecon.issuing.targets.model import Voucher, voucher_from_json, voucher_to_json

# The log of issued vouchers: one JSON object a line, only ever added to, each line holding the digest of the one
# before.

LOG, COPY = "log.jsonl", "log.copy.jsonl"
EXPORT, REVERSE, CORRECT = "export", "reverse", "correct"
DESPITE, REPAIR = "despite", "repair"
ACTIONS = (EXPORT, REVERSE, CORRECT, DESPITE, REPAIR)
NO_VOUCHER = (DESPITE, REPAIR)
"""Acts that concern an export or the log as a whole."""


@dataclass(frozen=True)
class Entry:
    """One act on one voucher.

    `when`: the date that was given, ISO, else empty. `voucher_id`, `number` (`2026-10/记-3`): the voucher that is issued.
    `of`: the id of the voucher of a run for which it stands. `refers`: the id of the voucher that it reverses or
    corrects. `before`: that voucher; `after`: the issued voucher, given once, at its first entry. `files`: name ->
    SHA-256 of what was written for `target`. `stood`: what spoke against an export that was made despite it.
    """

    action: str
    voucher_id: str = ""
    number: str = ""
    of: str = ""
    when: str = ""
    reason: str = ""
    refers: str = ""
    target: str = ""
    files: dict[str, str] = field(default_factory=dict)
    before: Voucher | None = None
    after: Voucher | None = None
    stood: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reading:
    """What a log file holds. `entries` and `whole` (their bytes): up to the first fault; `last`: the digest that the next
    line names; `fault`: number of the faulty line, None where there is none; `torn`: the fault is a last line that was
    not written to its end; `lines`: how many there are."""

    entries: tuple[Entry, ...]
    whole: bytes
    last: str
    lines: int
    fault: int | None = None
    torn: bool = False


def read_log(folder: Path) -> list[Entry]:
    """The entries of `folder`, oldest first; none where nothing was issued yet.

    Raises ConfigError naming the line where the chain is broken (an entry was changed, added between, taken out or not
    written to its end), and the way back.
    """
    reading = read_file(folder / LOG)
    if reading.fault is not None:
        raise _broken(folder, reading)
    if not reading.lines and read_file(folder / COPY).entries:
        raise ConfigError(
            tr(
                f"{folder / LOG} 不见了，但它的副本 {COPY} 还在",
                f"{folder / LOG} is gone, its copy {COPY} is still there",
            ),
            _way_back(folder),
        )
    return list(reading.entries)


def read_file(path: Path) -> Reading:
    """What the log file `path` holds, as far as it is whole. Raises ConfigError where it cannot be read at all."""
    try:
        content = path.read_bytes() if path.is_file() else b""
    except OSError as error:
        raise ConfigError(
            tr(f"{path} 读不了：{error.strerror}", f"{path} cannot be read: {error.strerror}"),
            tr("检查权限，关闭打开它的程序", "check its permissions, close what has it open"),
        ) from None
    lines = content.split(b"\n")
    ended = lines.pop() == b""
    rest = 0 if ended else 1
    entries: list[Entry] = []
    previous, size = "", 0
    for number, line in enumerate(lines, start=1):
        try:
            data = json.loads(line)
            digest = data.pop("hash")
            if data.get("prev") != previous or digest != _digest(data):
                raise ValueError("digest")
            entries.append(_entry(data))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ConfigError):
            torn = number == len(lines) and ended and not _is_object(line)
            return Reading(tuple(entries), content[:size], previous, len(lines) + rest, number, torn)
        previous, size = digest, size + len(line) + 1
    if not ended:
        return Reading(tuple(entries), content[:size], previous, len(lines) + 1, len(lines) + 1, True)
    return Reading(tuple(entries), content, previous, len(lines))


def append(folder: Path, entries: Sequence[Entry]) -> None:
    """Add `entries` at the end, each chained to the one before: all of them or none, on the disk when this returns.

    Raises ConfigError where the log is broken: nothing is ever added to a broken chain. Raises OSError.
    """
    read_log(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder, read_file(folder / LOG), entries)


def repair(folder: Path, reason: str, files: Mapping[str, bytes], reading: Reading) -> None:
    """Go on from `reading`, with an entry that says so. `files`: name -> the broken logs, which are kept under it."""
    for name, content in files.items():
        replace_file(folder / name, content)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    _write(folder, reading, [Entry(REPAIR, reason=reason, files=digests)])


def _write(folder: Path, reading: Reading, entries: Sequence[Entry]) -> None:
    previous, lines = reading.last, []
    for number, entry in enumerate(entries, start=len(reading.entries) + 1):
        data = {"entry": number, **_plain(entry), "prev": previous}
        previous = _digest(data)
        lines.append(json_text({**data, "hash": previous}) + "\n")
    content = reading.whole + "".join(lines).encode()
    replace_file(folder / LOG, content)
    replace_file(folder / COPY, content)


def _broken(folder: Path, reading: Reading) -> ConfigError:
    path, whole = folder / LOG, len(reading.entries)
    why = (
        tr("没有写完（写入时被中断）", "was not written to its end")
        if reading.torn
        else tr("被改动过：摘要对不上", "was changed: its digest differs")
    )
    return ConfigError(
        tr(f"{path} 第 {reading.fault} 行{why}；前 {whole} 行完好，后面 {reading.lines - whole} 行不能用",
           f"{path} line {reading.fault} {why}; {whole} lines before it are whole, {reading.lines - whole} are of no use"),
        _way_back(folder),
    )  # fmt: skip


def _way_back(folder: Path) -> str:
    copy = len(read_file(folder / COPY).entries)
    kept = tr(f"（副本 {COPY} 有 {copy} 行完好）", f" (the copy {COPY} holds {copy} whole lines)") if copy else ""
    return tr(
        f'从备份恢复这个文件；没有备份则运行 ecrecon vouchers --from {folder.parent} --repair "原因"{kept}',
        f'restore the file from a backup; without one run ecrecon vouchers --from {folder.parent} --repair "why"{kept}',
    )


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


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


# Import files beside their log: a file appears only when the log names it, and one that the log names can be had.


def commit(folder: Path, files: Mapping[str, bytes], entries: Sequence[Entry]) -> None:
    """Write `files` and log `entries`: both or neither. Raises OSError, ConfigError, with nothing issued."""
    folder.mkdir(parents=True, exist_ok=True)
    hidden = {name: folder / f".{name}{PART}" for name in files}
    try:
        for name, content in files.items():
            write_synced(hidden[name], content)
        append(folder, entries)
    except Exception:
        for path in hidden.values():
            path.unlink(missing_ok=True)
        raise
    for name, path in hidden.items():
        os.replace(path, folder / name)  # noqa: PTH105
    sync_folder(folder)


def settle(folder: Path) -> list[str]:
    """Finish or undo an export that was killed; the names of the files that came to light by it.

    Raises ConfigError where the log is broken.
    """
    for name in (LOG, COPY):
        (folder / f"{name}{PART}").unlink(missing_ok=True)
    parts = sorted(folder.glob(f".*{PART}")) if folder.is_dir() else []
    if not parts:
        return []
    logged = {(name, digest) for entry in read_log(folder) for name, digest in entry.files.items()}
    found = []
    for path in parts:
        name = path.name[1 : -len(PART)]
        if (name, hashlib.sha256(path.read_bytes()).hexdigest()) in logged and not (folder / name).exists():
            os.replace(path, folder / name)  # noqa: PTH105
            found.append(name)
        else:
            path.unlink(missing_ok=True)
    sync_folder(folder)
    return found


@dataclass(frozen=True)
class Recovered:
    """`entries`: kept; `lost`: lines that could not be saved; `source`: the file they came from; `kept`: names under which
    the broken logs lie; `unlisted`: import files that no entry names."""

    entries: int
    lost: int
    source: str
    kept: tuple[str, ...]
    unlisted: tuple[str, ...]


def recover(folder: Path, reason: str) -> Recovered | None:
    """Put a broken log in order from itself and its copy, whichever reaches further; None where it is not broken."""
    log, copy = read_file(folder / LOG), read_file(folder / COPY)
    if log.fault is None and (log.lines or not copy.entries):
        return None
    name, best = max(((LOG, log), (COPY, copy)), key=lambda item: len(item[1].entries))
    broken = {other: (folder / other).read_bytes() for other, reading in ((LOG, log), (COPY, copy)) if reading.fault}
    kept = {_free(folder, other): content for other, content in broken.items()}
    repair(folder, reason, kept, best)
    named = {file for entry in best.entries for file in entry.files}
    unlisted = sorted(p.name for p in folder.iterdir() if p.name not in named and _is_export(p))
    return Recovered(len(best.entries), max(log.lines - len(best.entries), 0), name, tuple(kept), tuple(unlisted))


def _is_export(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".") and not path.name.endswith(".jsonl")


def _free(folder: Path, name: str) -> str:
    number = 1
    while (folder / f"{name.removesuffix('.jsonl')}.damaged-{number}.jsonl").exists():
        number += 1
    return f"{name.removesuffix('.jsonl')}.damaged-{number}.jsonl"
