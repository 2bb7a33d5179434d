"""Texts: our own in two languages, and the one gate for those of foreign origin, where nothing acts and everything shows."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from typing import Any, Literal, get_args

# Two languages, one call: `tr(chinese, english)` returns the text in the language of the run.

Language = Literal["zh", "en"]
LANGUAGES: tuple[str, ...] = get_args(Language)

_language: Language = "zh"


def set_language(language: Language) -> None:
    """Choose the language of all later texts of this process."""
    global _language  # noqa: PLW0603  one process has one reader
    _language = "en" if language == "en" else "zh"  # a plain word, also where an option's own class was given


def language() -> Language:
    """Return the language in force."""
    return _language


def tr(zh: str, en: str) -> str:
    """Return `zh` or `en`."""
    return zh if _language == "zh" else en


# The one gate for text of foreign origin on its way to a terminal, a log or a name: nothing in it acts, everything
# shows.

_FOLLOWED = "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\ud800-\\udfff]"
"""Controls but TAB and line feed; marks of direction, separators and joins that do not show; halves of characters."""
_HIDDEN = re.compile(_FOLLOWED + "|[\U000e0000-\U000e007f]")
_HIDDEN_OR_BREAK = re.compile(_FOLLOWED + "|[\\t\\n\U000e0000-\U000e007f]")


def visible(text: str) -> str:
    """Text for a terminal: line feeds and TABs stay, whatever else would act or hide shows as its escape."""
    return text if text.isascii() and text.isprintable() else _HIDDEN.sub(_escape, text)


def in_one_line(text: str) -> str:
    """The same for a name or a line of a log: line feeds and TABs are escaped too."""
    return text if text.isascii() and text.isprintable() else _HIDDEN_OR_BREAK.sub(_escape, text)


def json_text(value: Any, **options: Any) -> str:
    """`json.dumps` with readable Chinese, and what would act or break a line as JSON's own escapes: the value is the same."""
    return _HIDDEN.sub(_json_escape, json.dumps(value, ensure_ascii=False, **options))


def file_name(name: str) -> str:
    """A name as the system gives it -> text: NFC, nothing hidden.

    On POSIX a name is bytes. They are read as UTF-8, else as GB18030 (an archive unpacked by an old program), whatever the
    locale of the session takes them for.
    """
    return in_one_line(unicodedata.normalize("NFC", _decoded(name)))


def _decoded(name: str) -> str:
    if name.isascii() or os.name != "posix":
        return name
    try:
        raw = os.fsencode(name)
    except UnicodeEncodeError:  # text that came from elsewhere than the file system
        return name
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", errors="backslashreplace")


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    plain = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}.get(found.group())
    if plain:
        return plain
    return f"\\x{code:02x}" if code < 0x20 else _json_escape(found)  # valid in JSON, where a control cannot stand raw


def _json_escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


# What a spreadsheet program makes of texts that it opens.

FORMULA_STARTS: tuple[str, ...] = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""First characters of a text that a spreadsheet would run as a formula; Chinese and Japanese versions take the full-width
signs as well. Such a text gets a leading apostrophe in CSV files."""
