"""Texts whose last line has no line end, held against the other files of their layout.

Many programs write no last line end, so it says nothing of one file alone. Where the files beside it, exported in the
same way, all have one, the file without was cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from ecrecon.base.sources import Parsed, finding
from ecrecon.base.texts import tr

_Way = tuple[str | None, str | None, str]


def tell_open_ends(parsed: Sequence[Parsed]) -> list[Parsed]:
    """`parsed` with F17 (review) for the one file of open end among files of its layout, encoding and container that
    end their lines."""
    ended: set[_Way] = set()
    lacking: dict[_Way, list[str]] = {}
    for one in parsed:
        if one.source.line_end == "ended":
            ended.add(_way(one))
        elif one.source.line_end == "open" and one.source.path not in lacking.setdefault(_way(one), []):
            lacking[_way(one)].append(one.source.path)
    odd = {paths[0] for way, paths in lacking.items() if way in ended and len(paths) == 1}
    return [_told(one) if one.source.path in odd and one.source.line_end == "open" else one for one in parsed]


def _way(one: Parsed) -> _Way:
    return one.source.profile, one.source.encoding, one.source.container


def _told(one: Parsed) -> Parsed:
    told = finding(
        "F17",
        one.source.path,
        text=tr(
            "最后一行没有换行符，同一格式的其他文件都有",
            "the last line has no line end, all other files of the layout have one",
        ),
        expected=tr("完整的文件结尾", "the whole end of the file"),
        hint=tr(
            "下载可能中断在最后一格：请重新下载；确认文件完整则可接受",
            "the download may have stopped in the last cell: download it again, or accept it if it is whole",
        ),
        kind="review",
    )
    return replace(one, findings=pl.concat([one.findings, told]))
