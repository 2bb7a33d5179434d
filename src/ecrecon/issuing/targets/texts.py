"""Free texts as a target can hold them; each replacement is a sentence (docs/targets.md "What is checked")."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from ecrecon.base.spreadsheets import FORMULA_STARTS
from ecrecon.base.texts import tr
from ecrecon.issuing.targets.layout import Layout


@dataclass
class Texts:
    """Fits texts to one layout; `notes` say what was replaced."""

    layout: Layout
    notes: list[str] = field(default_factory=list)

    def fit(self, text: str) -> str:
        """`text` without line breaks, with forbidden and unencodable characters replaced."""
        shown = self._encodable(self._allowed(_one_line(text, self.notes)))
        if self.layout.target.container == "csv" and shown.startswith(FORMULA_STARTS):
            self.notes.append(
                tr(f"“{shown}”前面加了 '：表格软件会把它当公式", f"{shown!r} got a leading ': no formula")
            )
        return shown

    def _allowed(self, text: str) -> str:
        for bad, good in self.layout.limits.forbidden.items():
            if bad in text:
                self.notes.append(tr(f"文字中的 {bad!r} 换成 {good!r}", f"{bad!r} in texts became {good!r}"))
                text = text.replace(bad, good)
        return text

    def _encodable(self, text: str) -> str:
        encoding = self.layout.target.encoding
        if encodes(text, encoding):
            return text
        lost = sorted({c for c in text if not encodes(c, encoding)})
        shown = "".join(lost)
        self.notes.append(
            tr(
                f"文字中的 {shown} 在 {encoding.upper()} 中没有，换成 ?",
                f"{shown} is not in {encoding.upper()} and became ?",
            )
        )
        return "".join(c if encodes(c, encoding) else "?" for c in text)


def _one_line(text: str, notes: list[str]) -> str:
    if text.isprintable() or not any(unicodedata.category(c) == "Cc" for c in text):
        return text
    notes.append(tr("文字中的换行和控制字符换成空格", "line breaks and control characters in texts became blanks"))
    return "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)


def encodes(text: str, encoding: str) -> bool:
    """True where `encoding` has every character of `text`."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
