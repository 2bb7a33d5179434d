"""Files to parsed inputs, side by side on the cores. A file that cannot be used is a record, never an exception."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Protocol

from ecrecon.base.errors import InvariantError
from ecrecon.base.sources import Parsed, Source, counted, finding
from ecrecon.base.texts import tr
from ecrecon.quarantine.limits import LimitError
from ecrecon.reading.census import refuse_unsummable
from ecrecon.reading.containers import NO_PASSWORDS, InputFile, Passwords, RawTable, Refusal, find_files, open_tables
from ecrecon.reading.continued import going_on
from ecrecon.reading.findings import FindingLog, listed
from ecrecon.reading.identify import Conflict, Identified, Identity, Nearest, Unknown, identify
from ecrecon.reading.leftover_tables import header_cut_short, judge, kind_of, not_supported, record, without_unfinished
from ecrecon.reading.parse import parse, parse_pockets
from ecrecon.reading.tables import Table
from ecrecon.reading.truncation import tell_open_ends
from ecrecon.settings.profiles import Profile

_OTHER_SHEET_SHARE = 0.75
"""Beside a sheet that fits, another sheet stops the run only with this share of a profile's marker columns."""
LARGE_BYTES = 128 * 1024**2
"""A file of this size takes about five times its size in memory while it is read."""

_one_large = Lock()


@dataclass(frozen=True)
class FileRead:
    """One file, before it is held against others. `locked`: a password would open some of it."""

    parsed: list[Parsed]
    locked: bool = False


class FilesReader(Protocol):
    """What reads files: in this process (`side_by_side`), or from a store and in others (`ecrecon.store`)."""

    def __call__(
        self, files: Sequence[InputFile], profiles: Sequence[Profile], passwords: Passwords, /
    ) -> list[FileRead]:
        """One result per file, in their order."""


def load(
    paths: Sequence[Path],
    profiles: Sequence[Profile],
    workers: int | None = None,
    passwords: Passwords = NO_PASSWORDS,
    read_files: FilesReader | None = None,
) -> list[Parsed]:
    """Find, open, identify and parse everything under `paths`; one record per table or refusal, sorted by path.

    `workers`: threads (default: the cores); `read_files`: another way to read the files. `passwords` are tried on
    encrypted files; where one stays locked and somebody can be asked, that is done once and the locked files are read
    again. Raises only InvariantError, a fault of the program itself.
    """
    reader = read_files or partial(side_by_side, workers=workers)
    files = find_files(paths)
    read = reader(files, profiles, passwords)
    locked = [place for place, one in enumerate(read) if one.locked]
    answer = passwords.ask(files[locked[0]].display) if locked and passwords.ask else None
    if answer:
        again = reader([files[place] for place in locked], profiles, passwords.plus(answer))
        for place, one in zip(locked, again, strict=True):
            read[place] = one
    parsed = without_unfinished(list(chain.from_iterable(one.parsed for one in read)))
    told = refuse_unsummable(sorted(tell_open_ends(parsed), key=lambda one: (one.source.path, one.source.sheet or "")))
    return [counted(one) for one in told]


def side_by_side(
    files: Sequence[InputFile],
    profiles: Sequence[Profile],
    passwords: Passwords = NO_PASSWORDS,
    workers: int | None = None,
) -> list[FileRead]:
    """Each of `files`, in `workers` threads of this process (default: the cores)."""
    count = workers or os.cpu_count() or 1
    if count == 1 or len(files) < 2:
        return [read_file(file, profiles, passwords) for file in files]
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda file: read_file(file, profiles, passwords), files))


def read_file(file: InputFile, profiles: Sequence[Profile], passwords: Passwords = NO_PASSWORDS) -> FileRead:
    """One file by itself: what is in it depends on its bytes, its display path, `profiles`, `passwords` and the language.

    Small files side by side; of the large ones, which take most of the memory of a run, one at a time."""
    with _one_large if size_of(file) > LARGE_BYTES else nullcontext():
        return parse_file(file, profiles, passwords)


def size_of(file: InputFile) -> int:
    """Bytes of a file; 0 where it cannot be looked at: opening it will say what is wrong."""
    try:
        return file.path.stat().st_size
    except OSError:
        return 0


def lost(file: InputFile, error: BaseException) -> FileRead:
    """A file at which a reader failed as a whole."""
    return FileRead([_broken(file.display, "", 0, file.path.suffix.lstrip("."), error)])


def parse_file(file: InputFile, profiles: Sequence[Profile], passwords: Passwords) -> FileRead:
    """Every table of one file, opened and parsed under its profile; what cannot be used is a record. Raises InvariantError."""
    try:
        opened = open_tables(file, passwords)
    except InvariantError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        return lost(file, error)
    known = [(table, identify(table, profiles)) for table in opened.tables]
    fitting = {table.sha256 for table, identity in known if isinstance(identity, Identified) and table.sheet}
    parsed: list[Parsed] = []
    for place, (table, _) in enumerate(known):
        parsed += _guarded(place, known, beside=table.sha256 in fitting)
    refused = [_refused(refusal) for refusal in opened.refusals]
    return FileRead([*parsed, *refused], any(refusal.locked for refusal in opened.refusals))


def _guarded(place: int, known: Sequence[tuple[RawTable, Identity]], *, beside: bool) -> list[Parsed]:
    """One result per account that the table at `place` holds."""
    table, identity = known[place]
    try:
        if isinstance(identity, Unknown):
            further = going_on(place, known)
            if further is not None:
                return further
        if isinstance(identity, Identified):
            cut = identity.profile.profile.kind == "ignore" and header_cut_short(table, identity.header_index)
            return [cut] if cut else parse_pockets(table, identity.profile, identity.header_index)
        return [read_table(table, identity, beside=beside)]
    except InvariantError:
        raise
    except LimitError as error:
        return [_beyond_limits(table, str(error))]
    except BaseException as error:
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        return [_broken(table.path, table.sha256, table.size, table.container, error)]


def read_table(table: Table, identity: Identity, *, beside: bool = False) -> Parsed:
    """Parse an identified table; describe any other. `beside`: another sheet of the same workbook fits a profile."""
    match identity:
        case Identified(profile, header_index):
            return parse(table, profile, header_index)
        case Conflict(found, header_index):
            return _conflict(table, found, header_index)
        case Unknown(nearest, looks_like_bill):
            kind = kind_of(table.path, table.container, table.head, by_content=True)
            if kind is not None:
                return not_supported(record(table, "unknown", ""), kind)
            strong = bool(nearest) and nearest[0].share >= _OTHER_SHEET_SHARE
            if looks_like_bill and (strong or not beside):
                return _unknown(table, nearest)
            return judge(table, beside=beside)


def _conflict(table: Table, found: Iterable[Profile], header_index: int) -> Parsed:
    ids = [profile.id for profile in found]
    log = FindingLog(table.path)
    log.add(
        "F01",
        line=table.head_lines[header_index],
        text=listed(ids),
        expected=tr("恰好一个格式档案", "exactly one profile"),
        hint=tr(
            "两个格式档案都接受该文件：请在其中一个的 header.forbid 中加以区分",
            "tell the profiles apart by header.forbid",
        ),
    )
    reason = tr(f"多个格式档案同时适用：{listed(ids)}", f"several profiles fit: {listed(ids)}")
    return Parsed(record(table, "unknown", reason), None, log.frame())


def _unknown(table: Table, nearest: list[Nearest]) -> Parsed:
    log = FindingLog(table.path)
    reason = tr("无法识别的格式", "unknown layout")
    if nearest:
        best = nearest[0]
        missing = [name for name in best.missing if not name.startswith("!")]
        log.add(
            "F01",
            line=table.head_lines[best.header_index],
            column=listed(missing),
            text=listed(list(best.extra)),
            expected=tr(f"{best.profile.profile.title}的列", f"the columns of {best.profile.id}"),
            hint=describe(best) + _what_to_do(),
        )
        reason += "：" + "；".join(describe(near) for near in nearest)
    else:
        log.add(
            "F01",
            expected=tr("已知的账单格式", "a known layout"),
            hint=tr("请确认平台和导出方式，或为该格式编写档案", "check where it was exported, or write a profile"),
        )
    return Parsed(record(table, "unknown", reason), None, log.frame())


def _what_to_do() -> str:
    return tr(
        "。请重新下载，不要改动表头；若平台改了格式，用 ecrecon formats learn 登记新格式",
        ". Download it again and leave the header as it is; if the platform changed it, run ecrecon formats learn",
    )


def describe(near: Nearest) -> str:
    """One candidate with its column delta."""
    lacking = [name for name in near.missing if not name.startswith("!")]
    barred = [name[1:] for name in near.missing if name.startswith("!")]
    parts = []
    if lacking:
        parts.append(tr(f"缺少列 {listed(lacking)}", f"missing columns {listed(lacking)}"))
    if barred:
        parts.append(tr(f"不应有列 {listed(barred)}", f"columns that must not be there: {listed(barred)}"))
    if near.extra:
        parts.append(tr(f"多出列 {listed(list(near.extra))}", f"further columns {listed(list(near.extra))}"))
    title = tr(f"{near.profile.profile.title}（{near.profile.id}）", near.profile.id)
    return tr(f"最接近 {title}：{'，'.join(parts)}", f"nearest {title}: {', '.join(parts)}")


def _refused(refusal: Refusal) -> Parsed:
    """A file, entry or sheet that gave no table."""
    source = Source(
        path=refusal.path,
        sha256=refusal.sha256,
        size=refusal.size,
        container=refusal.container,
        kind=refusal.kind,
        reason=f"{refusal.reason} {refusal.hint}" if refusal.locked else refusal.reason,
    )
    if refusal.code is None:
        kind = kind_of(refusal.path, refusal.container)
        return Parsed(source) if kind is None else not_supported(replace(source, kind="unknown"), kind)
    found = finding(refusal.code, refusal.path, text=refusal.reason, hint=refusal.hint)
    return Parsed(source, None, found)


def _beyond_limits(table: RawTable, reason: str) -> Parsed:
    """A table whose extent no reader could take in."""
    hint = tr(
        "请从平台重新下载；若是自己保存的表格，请删除表外的空行、空列后另存。",
        "download it from the platform again; in a table of your own delete the empty rows and columns around it.",
    )
    return Parsed(record(table, "unreadable", reason), None, finding("F01", table.path, text=reason, hint=hint))


def is_panic(error: BaseException) -> bool:
    """True for a failure inside a native library, which is no Exception so that nobody catches it by accident; and for
    a lack of memory."""
    return isinstance(error, MemoryError) or type(error).__name__ == "PanicException"


def _broken(path: str, sha256: str, size: int, container: str, error: BaseException) -> Parsed:
    """A file on which a reader failed: recorded as unreadable, with the cause."""
    cause = f"{type(error).__name__}: {error}"
    reason = tr(f"读取失败：{cause}", f"reading failed: {cause}")
    hint = tr(
        "请重新下载该文件；若仍失败，请附上文件结构报告问题", "download it again; if it still fails, report the layout"
    )
    source = Source(path=path, sha256=sha256, size=size, container=container, kind="unreadable", reason=reason)
    return Parsed(source, None, finding("F01", path, text=reason, hint=hint))
