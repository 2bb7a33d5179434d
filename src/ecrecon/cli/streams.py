"""stdout and stderr of the command line: whatever is printed, by whom ever, passes the gate for foreign text; and how an error is told.

Nothing here needs a frame library: the commands themselves start without one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from ecrecon.base.errors import EcreconError
from ecrecon.base.texts import tr, visible


class Gated:
    """A text stream that shows what a terminal would obey. `raw`: the stream behind it, for a progress bar's own codes."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def write(self, text: str) -> int:
        """Write `text` with its controls as escapes."""
        self.raw.write(visible(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


def gate_streams() -> None:
    """Put the gate before both streams, in UTF-8; once is enough."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or isinstance(stream, Gated):
            continue
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
        setattr(sys, name, Gated(stream))


def raw_stderr() -> Any:
    """stderr without the gate."""
    return sys.stderr.raw if isinstance(sys.stderr, Gated) else sys.stderr


def complain(error: EcreconError) -> None:
    """One error on stderr: what is wrong, and what to do."""
    print(f"{tr('错误', 'error')}: {error.message}", file=sys.stderr)  # noqa: T201
    if error.hint:
        print(f"{tr('建议', 'hint')}: {error.hint}", file=sys.stderr)  # noqa: T201
