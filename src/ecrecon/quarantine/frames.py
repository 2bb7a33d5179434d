"""Messages between the program and its confined reader: a length of eight bytes, then a pickle.

The reader handles hostile bytes, so what it sends is not trusted to name any object but dates and times.
"""

from __future__ import annotations

import io
import pickle
import struct
from typing import IO, Any

_LENGTH = struct.Struct("<Q")
_KNOWN = {"date", "datetime", "time", "timedelta"}


def send(stream: IO[bytes], message: object) -> None:
    """Write one message."""
    body = pickle.dumps(message, protocol=5)
    stream.write(_LENGTH.pack(len(body)))
    stream.write(body)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read one message; raise EOFError where the other side is gone."""
    head = _exactly(stream, _LENGTH.size)
    return loads(_exactly(stream, _LENGTH.unpack(head)[0]))


def loads(body: bytes) -> Any:
    """A pickle of plain values, dates and times."""
    return _Plain(io.BytesIO(body)).load()


class _Plain(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" and name in _KNOWN:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name}")


def _exactly(stream: IO[bytes], count: int) -> bytes:
    body = stream.read(count)
    if len(body) < count:
        raise EOFError
    return body
