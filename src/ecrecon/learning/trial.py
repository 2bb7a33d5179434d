"""What the new profile makes of the file: exactly one profile fits, rows, sums, findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ecrecon.base.errors import ConfigError
from ecrecon.base.sources import Parsed
from ecrecon.base.texts import tr
from ecrecon.learning.model import Sample
from ecrecon.learning.sample import dummy
from ecrecon.learning.toml import toml_text
from ecrecon.reading.identify import Conflict, Identified, identify
from ecrecon.reading.parse import parse
from ecrecon.settings.profiles import Profile, profile_from, shortened


@dataclass(frozen=True)
class Trial:
    """`text`: the TOML file. `parsed`: the file read under it."""

    profile: Profile
    text: str
    parsed: Parsed


def try_profile(sample: Sample, data: dict[str, Any], profiles: Sequence[Profile]) -> Trial:
    """Validate, identify among all profiles, parse. Raises ConfigError where the draft cannot stand."""
    data = shortened(data)
    profile = profile_from(data, f"{data['profile']['id']}.toml")
    if any(known.id == profile.id for known in profiles):
        raise ConfigError(
            tr(f"格式编号 {profile.id} 已存在", f"there is a layout {profile.id} already"),
            tr("用 --id 指定另一个编号", "give another one with --id"),
        )
    match identify(sample.table, [*profiles, profile]):
        case Identified(found, index) if found.id == profile.id:
            return Trial(profile, _comment(sample) + toml_text(data), parse(sample.table, profile, index))
        case Identified(found, _):
            others = found.id
        case Conflict(several, _):
            others = "、".join(p.id for p in several if p.id != profile.id)
        case _:
            others = tr("没有一个", "none")
    raise ConfigError(
        tr(
            f"这个文件适用的格式档案：{others}，不是新学的 {profile.id}",
            f"the file fits {others}, not the new {profile.id}",
        ),
        tr(
            "该文件可能已被识别；用 ecrecon formats identify 查看",
            "it may be known already: see ecrecon formats identify",
        ),
    )


def _comment(sample: Sample) -> str:
    """The header and the shape of a row: digits as 0, no text of a person."""
    names = ",".join(" ".join(column.printed.split()) for column in sample.columns)
    row = ",".join(dummy(column, column.texts[0] if sample.rows else None) for column in sample.columns)
    return f"# {names}\n# {row}\n".replace("\r", " ") + "\n"
