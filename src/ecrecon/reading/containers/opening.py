"""One input file -> all its tables and refusals, through any archives."""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path

from ecrecon.base.texts import tr
from ecrecon.quarantine import guard, limits, package
from ecrecon.quarantine.limits import Budget, LimitError
from ecrecon.quarantine.markup import looks_like_html, looks_like_spreadsheetml
from ecrecon.quarantine.office import Passwords, locked_hint
from ecrecon.quarantine.workbook import LockedError, WorkbookError
from ecrecon.reading.containers import archives
from ecrecon.reading.containers.delimited import read_delimited
from ecrecon.reading.containers.files import InputFile
from ecrecon.reading.containers.model import HEAD_ROWS, Grid, Opened, RawTable, Refusal, join_opened
from ecrecon.reading.containers.sheets import Sheet
from ecrecon.reading.containers.text import (
    FIRST_BYTES,
    Text,
    UndecodableError,
    claims_to_be_bill,
    decode,
    ignored_name,
    sniff,
)

NO_PASSWORDS = Passwords()
_MARKUP_START = 4096
_OFFICE_PARTS = (("word/document.xml", "docx"), ("ppt/presentation.xml", "pptx"))
_WORKBOOK_PARTS = ("xl/workbook.xml", "xl/workbook.bin")


def open_tables(file: InputFile, passwords: Passwords = NO_PASSWORDS) -> Opened:
    """Read one file and everything inside it; never raises for a bad file: what gives no table is a Refusal.

    `passwords.known` are tried in order on encrypted zip entries and workbooks; nobody is asked here.
    """
    if file.obstacle is not None:
        return _obstructed(file)
    try:
        with _opened(file.path) as stream:
            before = os.fstat(stream.fileno())
            if not stat.S_ISREG(before.st_mode):
                return _obstructed(replace(file, obstacle="special"))
            kind, name = sniff(stream.read(FIRST_BYTES))
            skipped = kind == "foreign" or ignored_name(file.path.name) is not None
            stream.seek(0)
            if skipped or before.st_size > limits.MAX_TOTAL_BYTES:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
                return _set_aside(file, name, before.st_size, digest)
            data = stream.read(before.st_size + 1)
            after = os.fstat(stream.fileno())
    except OSError as error:
        return _not_read(file, error)
    if len(data) != before.st_size or after.st_mtime_ns != before.st_mtime_ns:
        reason = tr(
            "读取期间文件仍在变化（可能正在下载）。", "the file changed while it was read (still downloading?)."
        )
        hint = tr("请等下载或保存完成后再运行。", "run again when it is complete.")
        return Opened([], [Refusal(file.display, "", 0, "file", "unreadable", "F01", reason, hint)])
    return _open(_Item(file.display, data, 0), _Job(Budget.of(len(data)), passwords))


def _opened(path: Path) -> BufferedReader:
    """A file open for reading; a pipe in its place would wait for a writer for ever, so opening never waits."""
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    return os.fdopen(os.open(path, flags), "rb")


def _not_read(file: InputFile, error: OSError) -> Opened:
    reason = tr(f"无法读取：{error.strerror or error}。", f"cannot be read: {error.strerror or error}.")
    if isinstance(error, PermissionError):
        reason = tr("没有权限读取，或正被其他程序占用。", "reading is not permitted, or another program holds it.")
    hint = tr("请检查权限；若已在 Excel 中打开，请先关闭。", "check the permissions; close it if Excel has it open.")
    return Opened([], [Refusal(file.display, "", 0, "file", "unreadable", "F01", reason, hint)])


def _obstructed(file: InputFile) -> Opened:
    """What is not opened at all."""
    if file.obstacle == "special":
        reason = tr("这不是普通文件（管道、套接字或设备）。", "no ordinary file (a pipe, socket or device).")
        if not claims_to_be_bill(file.path.name):
            return Opened([], [Refusal(file.display, "", 0, "special", "ignored", None, reason, "")])
        hint = tr("请放入账单文件本身。", "put the bill itself there.")
    elif file.obstacle == "folder":
        reason = tr(
            "文件夹打不开（没有权限，或路径过长），其中的账单都没有读到。",
            "the folder cannot be listed (not permitted, or its path is too long): no bill in it was read.",
        )
        hint = tr("请检查该文件夹的权限，或把账单移到别处。", "check its permissions, or move the bills elsewhere.")
    else:
        reason = tr(
            "符号链接指向所给文件夹之外，或目标不存在。",
            "a symbolic link that leads out of the given folder, or nowhere.",
        )
        if file.obstacle == "circle":
            reason = tr("符号链接绕成一圈，没有目标。", "a symbolic link that leads to itself.")
        hint = tr("请把文件本身放进来，或直接给出它的路径。", "put the file itself there, or name its path.")
    container = "link" if file.obstacle in ("outside", "circle") else str(file.obstacle)
    return Opened([], [Refusal(file.display, "", 0, container, "unreadable", "F01", reason, hint)])


def _set_aside(file: InputFile, name: str, size: int, digest: str) -> Opened:
    """A file that is not even loaded: no bill, or too large."""
    reason = ignored_name(file.path.name)
    if reason is None and size > limits.MAX_TOTAL_BYTES:
        reason = tr(f"文件有 {size} 字节，超出上限。", f"the file has {size} bytes: too many.")
        hint = tr("请分段下载。", "download it in parts.")
        return Opened([], [Refusal(file.display, digest, size, name, "unreadable", "F01", reason, hint)])
    reason = reason or _foreign_reason(name)
    return Opened([], [Refusal(file.display, digest, size, name, "ignored", None, reason, "")])


def _foreign_reason(name: str) -> str:
    return tr(
        f"这是 {name} 文件，不是账单（账单为 CSV、Excel 或其压缩包）。",
        f"this is a {name} file, no bill (CSV, Excel, or a zip of them).",
    )


@dataclass(frozen=True)
class _Job:
    budget: Budget
    passwords: Passwords


@dataclass(frozen=True)
class _Item:
    """Bytes of a file or archive member; `depth`: archives around it. `sealed`: its bytes before decryption."""

    path: str
    data: bytes
    depth: int
    sealed: bytes | None = None

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    @property
    def found(self) -> bytes:
        """The bytes as they were found: what digest and size are of."""
        return self.data if self.sealed is None else self.sealed

    def digest(self) -> str:
        return hashlib.sha256(self.found).hexdigest()

    def ignored(self, container: str, reason: str) -> Opened:
        return Opened([], [Refusal(self.path, self.digest(), len(self.found), container, "ignored", None, reason, "")])

    def unreadable(self, container: str, reason: str, hint: str, *, locked: bool = False) -> Opened:
        size = len(self.found)
        refusal = Refusal(self.path, self.digest(), size, container, "unreadable", "F01", reason, hint, locked)
        return Opened([], [refusal])

    def locked(self, container: str, passwords: Passwords) -> Opened:
        return self.unreadable(container, passwords.locked_reason(), locked_hint(), locked=True)

    def table(self, sheet: str | None, container: str, encoding: str | None, grid: Grid, digest: str) -> RawTable:
        """Raises LimitError where the first rows are wider than any bill."""
        head, lines = grid.head(HEAD_ROWS)
        head = [_without_end(row) for row in head]
        limits.refuse_wide(max((sum(map(bool, row)) for row in head), default=0))
        return RawTable(self.path, sheet, container, encoding, digest, len(self.found), head, lines, grid)


def _without_end(row: list[str]) -> list[str]:
    """A row without the empty cells at its end, where they are many: a spreadsheet fills rows up to its last column."""
    if len(row) <= limits.MAX_COLUMNS:
        return row
    last = max((place for place, cell in enumerate(row, 1) if cell.strip()), default=0)
    return row[: max(last, 1)]


def _open(item: _Item, job: _Job) -> Opened:
    """Dispatch on the first bytes."""
    reason = ignored_name(item.name)
    kind, name = sniff(item.data[:FIRST_BYTES])
    if reason is not None:
        return item.ignored(name, reason)
    if kind == "foreign":
        return item.ignored(name, _foreign_reason(name))
    if kind == "zip":
        return _open_zip(item, job)
    if kind == "gzip":
        return _open_members(item, [archives.gunzip(item.data, item.path, job.budget)], job, "gzip")
    if kind == "ole":
        return _open_ole(item, job)
    if kind == "archive":
        reason = tr(
            f"这是 {name} 压缩包，只能解开 zip 和 gzip。", f"this is a {name} archive; only zip and gzip are unpacked."
        )
        return item.unreadable(name, reason, archives.unpack_by_hand())
    if kind == "binary":
        return _refuse_binary(item)
    return _open_text(item)


def _refuse_binary(item: _Item) -> Opened:
    if claims_to_be_bill(item.name):
        reason = tr(
            "内容不是文本也不是表格（可能下载中断或已损坏）。",
            "neither text nor a spreadsheet (an interrupted download, or damage).",
        )
        return item.unreadable("binary", reason, archives.download_again())
    return item.ignored("binary", tr("未知的二进制文件，不是账单。", "an unknown binary file, no bill."))


def _open_zip(item: _Item, job: _Job) -> Opened:
    try:
        with archives.open_zip(item.data) as archive:
            names = {info.filename.replace("\\", "/").removeprefix("/") for info in archive.infolist()}
            if any(part in names for part in _WORKBOOK_PARTS):
                return _open_workbook(item, "xlsx", job)
            for part, name in _OFFICE_PARTS:
                if part in names:
                    return item.ignored(name, _foreign_reason(name))
            if any(part.endswith(".iwa") for part in names) or "Index.zip" in names:
                return item.ignored("numbers", _foreign_reason("numbers"))
            if {"content.xml", "mimetype"} <= names:
                reason = tr("这是 OpenDocument 表格，尚不支持。", "an OpenDocument spreadsheet is not supported.")
                return item.unreadable("ods", reason, tr("请另存为 xlsx 或 CSV。", "save it as xlsx or CSV."))
            if not names:
                return item.unreadable("zip", tr("压缩包是空的。", "the archive is empty."), archives.download_again())
            return _open_members(item, archives.zip_members(archive, job.budget, job.passwords), job, "zip")
    except LimitError as error:
        return item.unreadable("zip", str(error), archives.check_by_hand())
    except (zipfile.BadZipFile, struct.error, OSError, ValueError, NotImplementedError) as error:
        reason = tr("zip 文件不完整或已损坏（下载可能中断）。", f"the zip file is cut off or damaged: {error}.")
        return item.unreadable("zip", reason, archives.download_again())


def _open_members(item: _Item, members: Iterable[archives.Member], job: _Job, container: str) -> Opened:
    if item.depth >= limits.MAX_DEPTH:
        reason = tr(f"压缩包嵌套超过 {limits.MAX_DEPTH} 层。", f"archives nested more than {limits.MAX_DEPTH} deep.")
        return item.unreadable(container, reason, archives.check_by_hand())
    parts: list[Opened] = []
    for member in members:
        inner = _Item(f"{item.path}!/{member.name}", member.data, item.depth + 1)
        if "__MACOSX" in member.name.split("/"):
            parts.append(
                inner.ignored(
                    container, tr("这是系统附带文件，不是账单。", "this is a side file of the system, not a bill.")
                )
            )
        elif member.reason:
            told = (member.reason, member.hint, member.locked)
            refusal = Refusal(inner.path, "", member.size, container, "unreadable", "F01", *told)
            parts.append(Opened([], [refusal]))
        else:
            parts.append(_open(inner, job))
    return join_opened(parts)


def _open_ole(item: _Item, job: _Job) -> Opened:
    """An OLE file: BIFF workbook, encrypted xlsx, or a document; the stream names tell (UTF-16 in its directory)."""
    if _has_stream(item.data, "EncryptedPackage"):
        return _open_locked(item, "xlsx", job)
    if not (_has_stream(item.data, "Workbook") or _has_stream(item.data, "Book")):
        if _has_stream(item.data, "WordDocument") or _has_stream(item.data, "PowerPoint Document"):
            return item.ignored("doc", _foreign_reason("doc"))
        return _refuse_binary(item)
    return _open_workbook(item, "xls", job)


def _open_locked(item: _Item, container: str, job: _Job) -> Opened:
    """Decrypt an Office file and read what is inside, within the same bounds; never twice."""
    if item.sealed is not None:
        return item.locked(container, job.passwords)
    try:
        plain = guard.shared().unlock(item.data, job.passwords)
    except LockedError:
        return item.locked(container, job.passwords)
    except LimitError as error:
        return item.unreadable(container, str(error), archives.check_by_hand())
    except WorkbookError as error:
        reason = tr(
            f"文件有密码保护，但加密部分已损坏或方法未知：{error}。",
            f"password protected, but damaged or by an unknown method: {error}.",
        )
        return item.unreadable(container, reason, archives.download_again())
    return _open(replace(item, data=plain, sealed=item.data), job)


def _has_stream(data: bytes, name: str) -> bool:
    return (name + "\0").encode("utf-16-le") in data


def _open_workbook(item: _Item, container: str, job: _Job) -> Opened:
    digest = item.digest()
    try:
        sheets = guard.shared().workbook(item.data, container, job.budget)
        tables = [item.table(one.name, container, None, _grid(one, typed=True), digest) for one in sheets]
    except LimitError as error:
        return item.unreadable(container, str(error), archives.check_by_hand())
    except LockedError:
        return _open_locked(item, container, job)
    except WorkbookError as error:
        reason = tr(f"工作簿不完整或已损坏：{error}。", f"the workbook is cut off or damaged: {error}.")
        hint = tr(
            "请重新下载，或用 Excel 打开后另存为 xlsx。", "download it again, or open it in Excel and save it as xlsx."
        )
        return item.unreadable(container, reason, hint)
    if not tables:
        return item.unreadable(container, *_empty_texts())
    return Opened(tables, [])


def _grid(sheet: guard.PackedSheet, *, typed: bool) -> Sheet:
    return Sheet(sheet.first_rows, typed=typed, merged=sheet.merged, end=sheet.end)


def _empty_texts() -> tuple[str, str]:
    return tr("文件是空的，应有账单内容。", "the file is empty where a bill was expected."), archives.download_again()


def _open_text(item: _Item) -> Opened:
    try:
        text = decode(item.data)
    except UndecodableError as error:
        reason = tr(
            f"第 {error.offset} 字节（第 {error.line} 行）0x{error.found} 不是有效的 {error.encoding} 文本。",
            f"byte {error.offset} (line {error.line}) 0x{error.found} is no valid {error.encoding} text.",
        )
        refused = item.unreadable("text", reason, archives.download_again())
        return Opened([], [replace(refused.refusals[0], code="F03")])
    if not text.data or text.data.isspace():
        return item.unreadable("empty", *_empty_texts())
    start = text.data[:_MARKUP_START].decode(errors="ignore")
    if looks_like_html(start):
        return _open_html(item, text)
    if looks_like_spreadsheetml(start):
        return _open_spreadsheetml(item, text)
    try:
        grid = read_delimited(text.data)
        container = "tsv" if grid.separator == "\t" else "csv"
        return Opened([item.table(None, container, text.encoding, grid, item.digest())], [])
    except LimitError as error:
        return item.unreadable("csv", str(error), archives.check_by_hand())


def _open_html(item: _Item, text: Text) -> Opened:
    digest = item.digest()
    try:
        sheets = guard.shared().html(text.data.decode())
        tables = [item.table(None, "html", text.encoding, _grid(one, typed=False), digest) for one in sheets]
    except (LimitError, WorkbookError) as error:
        return item.unreadable("html", str(error), archives.check_by_hand())
    if tables:
        return Opened(tables, [])
    if not claims_to_be_bill(item.name):
        return item.ignored("html", tr("这是不含表格的网页，不是账单。", "a web page without a table, no bill."))
    reason = tr(
        "这是不含表格的网页（可能登录已过期），应为账单。",
        "a web page without a table (an expired login?) where a bill was expected.",
    )
    return item.unreadable("html", reason, archives.download_again())


def _open_spreadsheetml(item: _Item, text: Text) -> Opened:
    if package.has_entities(text.data):
        reason = tr("疑似实体炸弹：含有 DOCTYPE/ENTITY 声明。", "entity bomb suspected: DOCTYPE/ENTITY declared.")
        return item.unreadable("xls", reason, archives.check_by_hand())
    digest = item.digest()
    try:
        sheets = guard.shared().spreadsheetml(text.data.decode())
        tables = [item.table(one.name, "xls", text.encoding, _grid(one, typed=True), digest) for one in sheets]
    except LimitError as error:
        return item.unreadable("xls", str(error), archives.check_by_hand())
    except WorkbookError as error:
        reason = tr(f"工作簿不完整或已损坏：{error}。", f"the workbook is cut off or damaged: {error}.")
        return item.unreadable("xls", reason, archives.download_again())
    if not tables:
        return item.unreadable("xls", *_empty_texts())
    return Opened(tables, [])
