"""Bounds on what one input file may unpack to. A file beyond them is refused by name."""

from __future__ import annotations

from typing import Protocol

from ecrecon.messages import tr

MAX_TOTAL_BYTES = 8 * 1024**3
"""Bytes that one input file may unpack to, all archive levels together."""
MAX_RATIO = 1000
"""Unpacked : packed, for members of more than LARGE_MEMBER bytes (real bills reach about 30)."""
LARGE_MEMBER = 16 * 1024**2
MAX_ENTRIES = 10_000
"""Entries of one input file, all archive levels together."""
MAX_DEPTH = 3
"""Archives inside archives: a zip in a zip in a zip is the last one read."""
MAX_CELLS = 80_000_000
"""Cells of the rectangle that a sheet spans: a reader allocates the whole rectangle (about 2 GB here)."""

_PIECE = 1024**2


class Readable(Protocol):
    """What gives bytes piece by piece."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, b"" at the end."""


class LimitError(Exception):
    """A bound is exceeded; the text is the reason."""


class Budget:
    """What is left for one input file. Declared sizes are never trusted: bytes are counted as they arrive."""

    def __init__(self) -> None:
        self.bytes_left = MAX_TOTAL_BYTES
        self.entries_left = MAX_ENTRIES

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

    def read(self, stream: Readable, packed: int) -> bytes:
        """Read `stream` to its end; raise LimitError as soon as it unpacks to more than the bounds allow.

        `packed`: its compressed size in bytes.
        """
        pieces: list[bytes] = []
        size = 0
        while piece := stream.read(_PIECE):
            size += len(piece)
            self.bytes_left -= len(piece)
            if self.bytes_left < 0:
                raise LimitError(
                    tr(
                        f"疑似压缩炸弹：解压后超过 {MAX_TOTAL_BYTES} 字节。",
                        f"zip bomb suspected: unpacks to more than {MAX_TOTAL_BYTES} bytes.",
                    )
                )
            if size > LARGE_MEMBER and size > MAX_RATIO * max(packed, 1):
                raise LimitError(
                    tr(
                        f"疑似压缩炸弹：压缩比超过 {MAX_RATIO}:1。",
                        f"zip bomb suspected: compressed more than {MAX_RATIO}:1.",
                    )
                )
            pieces.append(piece)
        return b"".join(pieces)
