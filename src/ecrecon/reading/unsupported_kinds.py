"""Files of kinds that are known and not read yet: called what they are, with the download to use instead.

The kinds are data (configs/unsupported/kinds.toml); nothing here knows one of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from pydantic import Field

from ecrecon.base.texts import tr
from ecrecon.base.validation import shipped_settings
from ecrecon.settings.profiles import Name, Regex, Texts, Word
from ecrecon.settings.profiles import normal_name as normal

_ROWS = 60
_CHARACTERS = 16_384


class Kind(Word):
    """One kind: everything that it names must hold."""

    id: str
    zh: str
    en: str
    advice_zh: str
    advice_en: str
    container: Texts = Field(default_factory=list)
    name: Regex | None = None
    not_name: Regex | None = None
    text: list[Regex] = Field(default_factory=list)
    header: list[Name] = Field(default_factory=list)

    @property
    def title(self) -> str:
        """What the file is."""
        return tr(self.zh, self.en)

    @property
    def advice(self) -> str:
        """What to do."""
        return tr(self.advice_zh, self.advice_en)

    def fits(self, container: str, name: str, text: str, rows: Sequence[set[str]]) -> bool:
        """`name`: the file's own, lower case; `text`: its first rows; `rows`: their names, normalised and lower case."""
        wanted = {column.lower() for column in self.header}
        return (
            (not self.container or container in self.container)
            and (self.name is None or re.search(self.name, name) is not None)
            and (self.not_name is None or re.search(self.not_name, name) is None)
            and all(re.search(one, text) for one in self.text)
            and (not wanted or any(wanted <= names for names in rows))
        )


class Kinds(Word):
    """The file kinds.toml."""

    kind: list[Kind]
    unfinished: list[str]


@cache
def known_kinds() -> Kinds:
    """The shipped kinds; raise ConfigError where the file does not fit."""
    return shipped_settings("unsupported/kinds.toml", Kinds)


def kind_of(path: str, container: str, head: Sequence[Sequence[str]] = (), *, by_content: bool = False) -> Kind | None:
    """The first known kind that a file fits, by its name, its bytes and its first rows; `by_content`: by the rows alone."""
    name = path.rsplit("/", 1)[-1].lower()
    lines = [",".join(cell.strip() for cell in row) for row in head[:_ROWS]]
    rows = [{normal(cell).lower() for cell in row} for row in head[:_ROWS]]
    text = "\n".join(lines)[:_CHARACTERS]
    kinds = (kind for kind in known_kinds().kind if not by_content or kind.text or kind.header)
    return next((kind for kind in kinds if kind.fits(container, name, text, rows)), None)


def unfinished_name(path: str) -> str | None:
    """The name that a download will have when it is complete, or None for a file that is not being downloaded."""
    parts = path.replace("!/", "/").split("/")
    for place, part in enumerate(parts):
        for ending in known_kinds().unfinished:
            if part.lower().endswith(ending) and len(part) > len(ending):
                return "/".join([*parts[:place], part[: -len(ending)]])
    return None
