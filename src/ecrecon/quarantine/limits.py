"""Bounds on what one input file may unpack to, and on the tables in it. A file beyond them is refused by name."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from ecrecon.base.texts import tr
from ecrecon.quarantine import bounds as confine

HEAD_ROWS = 60
"""Rows that are looked at to find the header (docs/reading.md "Recognising a file")."""
MAX_TOTAL_BYTES = 8 * 1024**3
"""Bytes that one input file may unpack to, all archive levels together."""
MAX_RATIO = 100
"""Unpacked : packed, over a whole input file with all that is nested in it (real bills reach about 30)."""
SMALL_TOTAL = 16 * 1024**2
"""Bytes that any file may unpack to, however small it is."""
MAX_WASTE = 4
"""Times the total that refused entries may unpack to before they were refused: their bytes are gone, the time was spent."""
MAX_ENTRIES = 10_000
"""Entries of one input file, all archive levels together."""
MAX_DEPTH = 3
"""Archives inside archives: a zip in a zip in a zip is the last one read."""
MAX_CELLS = 80_000_000
"""Cells of the rectangle that a sheet spans: a reader allocates the whole rectangle (about 2 GB here)."""
SMALL_RECTANGLE = 12_600_000
"""Cells that the rectangle of any table may have, a bill with a stray blank in the last row of its sheet for example; a
larger one must be filled in part (MAX_HOLLOW)."""
MAX_HOLLOW = 8
"""Cells of a large rectangle for each cell that holds something. One cell in the far corner spans a whole sheet."""
MAX_TABLES = 256
"""Sheets of a workbook and tables of a page: each one costs what a file of its own costs, however small it is."""
MAX_COLUMNS = 2_000
"""Named columns of a table (the widest bill known has 119): each one asked of costs time."""
SMALL_LINES = 2_000_000
"""Lines that any text may have; a text of more has lines of MIN_LINE bytes and more on the average."""
MIN_LINE = 4

_PIECE = 1024**2


class Readable(Protocol):
    """What gives bytes piece by piece."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, b"" at the end."""


class LimitError(Exception):
    """A bound is exceeded; the text is the reason."""


class Clock:
    """Processor time of this thread that one file may take where it is not read in the confined process.

    Asked between pieces of work that are short by themselves; a busy machine does not count.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._began = time.thread_time()

    @classmethod
    def of(cls, size: int) -> Clock:
        """The clock of a file of `size` bytes: what a confined reader may take as well."""
        return cls(confine.allowance(size)[1])

    def check(self) -> None:
        """Raise LimitError where the time is over."""
        if time.thread_time() - self._began > self.seconds:
            raise LimitError(
                tr(
                    f"读取用时超过其大小所应有的 {self.seconds:.0f} 秒（文件可能已损坏或被恶意构造）。",
                    f"reading it took more than the {self.seconds:.0f} seconds that a file of its size may take "
                    "(damaged, or made to harm).",
                )
            )


class Budget:
    """What is left for one input file. Declared sizes are never trusted: bytes are counted as they arrive.

    `clock`: of the processor time for unpacking and decrypting; none in the confined process, which has its own bound.
    """

    def __init__(
        self, bytes_left: int = MAX_TOTAL_BYTES, entries_left: int | None = None, clock: Clock | None = None
    ) -> None:
        self.clock = clock
        self.bytes_left = bytes_left
        self._waste_left = MAX_WASTE * bytes_left
        self.entries_left = MAX_ENTRIES if entries_left is None else entries_left

    @classmethod
    def of(cls, size: int) -> Budget:
        """The budget of an input file of `size` bytes."""
        return cls(min(MAX_TOTAL_BYTES, max(SMALL_TOTAL, MAX_RATIO * size)), clock=Clock.of(size))

    def check_time(self) -> None:
        """Raise LimitError where the time is over."""
        if self.clock is not None:
            self.clock.check()

    def take_entries(self, count: int) -> None:
        """Count the entries of an archive; raise LimitError beyond MAX_ENTRIES."""
        self.entries_left -= count
        if self.entries_left < 0:
            raise LimitError(
                tr(
                    f"疑似压缩炸弹：条目超过 {MAX_ENTRIES} 个。",
                    f"zip bomb suspected: more than {MAX_ENTRIES} entries.",
                )
            )

    def read(self, stream: Readable) -> bytes:
        """Read `stream` to its end; raise LimitError as soon as the file unpacks to more than the bounds allow.

        Other entries may still be read after one that was too large.
        """
        pieces: list[bytes] = []
        size = 0
        while piece := stream.read(_PIECE):
            self.check_time()
            size += len(piece)
            if size > min(self.bytes_left, self._waste_left):
                self._waste_left -= size
                raise LimitError(
                    tr(
                        f"疑似压缩炸弹：解压后的总量超过上限（压缩文件的 {MAX_RATIO} 倍，至多 {MAX_TOTAL_BYTES} 字节）。",
                        f"zip bomb suspected: unpacks to more than {MAX_RATIO} times the packed size, "
                        f"or {MAX_TOTAL_BYTES} bytes.",
                    )
                )
            pieces.append(piece)
        self.bytes_left -= size
        return b"".join(pieces)


def refuse_hollow(rows: int, columns: int, filled: Callable[[], int], name: str = "") -> None:
    """Raise LimitError for a large rectangle of cells that is nearly empty.

    `filled`: counts the cells that hold something; asked only where the rectangle is large. `name`: of the sheet.
    """
    cells = rows * columns
    if cells <= SMALL_RECTANGLE or (cells <= MAX_CELLS and cells <= MAX_HOLLOW * filled()):
        return
    where = f"{name} " if name else ""
    raise LimitError(
        tr(
            f"{where}表格占用 {rows} 行 × {columns} 列，几乎都是空单元格，超出上限。",
            f"{where}spans {rows} rows x {columns} columns, nearly all empty: too many.",
        )
    )


def refuse_many(tables: int) -> None:
    """Raise LimitError for more sheets or tables than a bill has."""
    if tables > MAX_TABLES:
        raise LimitError(
            tr(
                f"文件里有 {tables} 个工作表或表格，超过上限 {MAX_TABLES} 个。",
                f"{tables} sheets or tables in one file: more than {MAX_TABLES}.",
            )
        )


def refuse_wide(columns: int) -> None:
    """Raise LimitError for more named columns than a bill has."""
    if columns > MAX_COLUMNS:
        raise LimitError(
            tr(
                f"表头有 {columns} 列，超过上限 {MAX_COLUMNS} 列。",
                f"the header has {columns} columns: more than {MAX_COLUMNS}.",
            )
        )
