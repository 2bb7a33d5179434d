"""A profile as TOML text, in the order and shape in which people write one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_INLINE = 100
"""Longest inline table; longer ones become tables of their own."""
_BARE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"


def toml_text(data: Mapping[str, Any]) -> str:
    """Tables in the given order; lists of tables as `[[name]]`; empty tables left out."""
    lines: list[str] = []
    for name, table in data.items():
        _table([name], table, lines)
    return "\n".join(lines).strip() + "\n"


def _table(path: list[str], table: Any, lines: list[str]) -> None:
    if isinstance(table, list):
        for item in table:
            lines += ["", f"[[{_path(path)}]]"]
            _entries(path, item, lines)
        return
    if not table:
        return
    lines += ["", f"[{_path(path)}]"]
    _entries(path, table, lines)


def _entries(path: list[str], table: Mapping[str, Any], lines: list[str]) -> None:
    """Plain values first, then tables inside."""
    inner: list[tuple[str, Any]] = []
    for key, value in table.items():
        if (_is_table_list(value) and path[0] != "rows") or (
            isinstance(value, Mapping) and _own_table(path, key, value)
        ):
            inner.append((key, value))
        else:
            lines.append(f"{_key(key)} = {_value(value)}")
    for key, value in inner:
        _table([*path, key], value, lines)


def _is_table_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _own_table(path: list[str], key: str, value: Mapping[str, Any]) -> bool:
    """Maps of texts get a table; small tables of words (fields, conditions, witness) stay on one line."""
    if path[0] in ("fields", "rows") or key in ("when", "witness"):
        return False
    return len(_value(value)) > _INLINE or path[0] in ("category", "header", "split")


def _path(path: Sequence[str]) -> str:
    return ".".join(_key(part) for part in path)


def _key(key: str) -> str:
    return key if key and all(c in _BARE for c in key) else _string(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return _string(str(value))


def _string(text: str) -> str:
    """Literal quotes where backslashes would need doubling (regexes)."""
    if "\\" in text and "'" not in text and "\n" not in text:
        return f"'{text}'"
    escaped = "".join(_ESCAPES.get(c, c if c.isprintable() else f"\\u{ord(c):04x}") for c in text)
    return f'"{escaped}"'


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
