"""What a run was asked: paths, period, as-of, workspace, and where they come from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from ecrecon.errors import ConfigError
from ecrecon.messages import tr
from ecrecon.schema import ZONE
from ecrecon.workspace import FILE_NAME, Workspace, load_workspace


@dataclass(frozen=True)
class RunSettings:
    """One run. `config`: the ecrecon.toml in use, or None."""

    paths: tuple[Path, ...]
    workspace: Workspace = field(default_factory=Workspace)
    config: Path | None = None
    period: str | None = None
    as_of: datetime | None = None
    fail_on: str = "break"
    strict: bool = False
    tolerance: str | None = None
    passwords: tuple[str, ...] = ()


def find_config(paths: Sequence[Path], given: Path | None) -> Path | None:
    """`--config`, else ecrecon.toml of the working folder, else that of the first PATH."""
    if given is not None:
        if not given.is_file():
            raise ConfigError(
                tr(f"找不到配置文件 {given}", f"no such configuration file: {given}"),
                tr("检查 --config 的路径", "check the path given to --config"),
            )
        return given
    first = paths[0] if paths else Path()
    for folder in (Path(), first if first.is_dir() else first.parent):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    return None


def read_workspace(config: Path | None) -> Workspace:
    """The workspace of `config`, or the defaults."""
    return load_workspace(config) if config is not None else Workspace()


def parse_period(text: str) -> str:
    """`2026-10`; raise ConfigError otherwise."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise ConfigError(
            tr(f"会计期间 {text!r} 写法不对", f"{text!r} is no period"), tr("写成 2026-10", "write it as 2026-10")
        )
    return text


def parse_as_of(text: str) -> datetime:
    """A date (its end, inclusive) or an ISO time; naive times are Asia/Shanghai."""
    zone = ZoneInfo(ZONE)
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59), zone)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            tr(f"截止时点 {text!r} 不是日期", f"--as-of {text!r} is no date"),
            tr("写成 2026-10-31", "write it as 2026-10-31"),
        ) from None
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
