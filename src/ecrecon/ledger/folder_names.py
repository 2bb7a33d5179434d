"""Which folder names the shop of a file that nothing else names (configs/matching/folders.toml)."""

from __future__ import annotations

import re
from functools import cache

from pydantic import BaseModel, ConfigDict

from ecrecon.base.sources import Source
from ecrecon.base.validation import shipped_settings


class Folders(BaseModel):
    """The whole of folders.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    words: list[str]


@cache
def _plain() -> re.Pattern[str]:
    words = sorted(shipped_settings("matching/folders.toml", Folders).words, key=lambda word: (-len(word), word))
    return re.compile(rf"(?:{'|'.join(re.escape(word) for word in words)}|[\W\d_])+", re.IGNORECASE)


def folder_of(source: Source) -> str:
    """Folder of the (outermost) file, relative to the input."""
    return source.path.split("!/", 1)[0].rpartition("/")[0]


def shop_folder_of(source: Source) -> str:
    """The folder that stands for the shop: the nearest one above the file whose name is not only that of a kind of file
    or of a date; the input itself (empty) where there is none: 订单/a.csv and 账单/b.csv are of one shop."""
    steps = folder_of(source).split("/")
    for depth in range(len(steps), 0, -1):
        if steps[depth - 1] and not _plain().fullmatch(steps[depth - 1]):
            return "/".join(steps[:depth])
    return ""


def shop_of_folder(source: Source) -> str:
    """Name of the folder that stands for the shop, else the platform."""
    return shop_folder_of(source).rpartition("/")[2] or (source.platform or "")
