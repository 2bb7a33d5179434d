"""What a run was asked: paths, period, as-of, workspace, and where they come from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from ecrecon.errors import ConfigError
from ecrecon.formats.containers import NO_PASSWORDS, Passwords
from ecrecon.messages import tr
from ecrecon.posting.sales import first_month
from ecrecon.posting.settings import choose, shipped_events
from ecrecon.schema import ZONE
from ecrecon.workspace import FILE_NAME, Workspace, load_workspace


@dataclass(frozen=True)
class RunSettings:
    """One run. `config`: the ecrecon.toml in use, or None. `previous`: output folders of earlier months. `taken`: voucher
    numbers of a period (`2026-10`) that exported vouchers have, by voucher id."""

    paths: tuple[Path, ...]
    workspace: Workspace = field(default_factory=Workspace)
    config: Path | None = None
    period: str | None = None
    as_of: datetime | None = None
    fail_on: str = "break"
    strict: bool = False
    tolerance: str | None = None
    passwords: Passwords = NO_PASSWORDS
    previous: tuple[Path, ...] = ()
    taken: Callable[[str], Mapping[str, int]] | None = None


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
    """The workspace of `config`, or the defaults; its posting policies are known and apply to the company."""
    workspace = load_workspace(config) if config is not None else Workspace()
    if choose(shipped_events(), workspace.posting.policy, workspace)["accrue_fees"] == "on":
        first_month(workspace)
    return workspace


def out_base(workspace: Workspace, config: Path | None, *, chosen: bool) -> Path:
    """The folder that holds one output folder a month: `out` of ecrecon.toml, else `out`.

    Raises ConfigError where the file was only found, not named with --config (`chosen`), and leads elsewhere: it may have
    come with the downloads.
    """
    base = Path(workspace.out or "out")
    if chosen or workspace.out is None or inside(base, Path(), config):
        return base
    raise ConfigError(
        tr(f"{FILE_NAME}: out = {workspace.out!r} 指向账单文件夹和当前文件夹之外",
           f"{FILE_NAME}: out = {workspace.out!r} leads out of the folder of the bills and the working folder"),
        tr("写成里面的文件夹，例如 out；确要写到别处，用 --out 指定，或用 --config 指定这个配置文件",
           "name a folder inside, such as out; to write elsewhere give --out, or name this file with --config"),
    )  # fmt: skip


def inside(path: Path, base: Path, config: Path | None) -> bool:
    """True where `path`, relative to `base`, lies in the working folder or in that of `config`, links followed."""
    folders = [Path.cwd(), *([config.resolve().parent] if config else [])]
    try:
        place = (base / path).resolve()
    except (OSError, RuntimeError):
        return False
    return any(place.is_relative_to(folder) for folder in folders)


def collect_passwords(
    given: Sequence[str],
    environment: str | None,
    workspace: Workspace,
    config: Path | None,
    ask: Callable[[str], str | None] | None = None,
) -> Passwords:
    """Passwords in the order in which they are tried: options, ECRECON_PASSWORD, `passwords`, `password_file`.

    `password_file` lies relative to ecrecon.toml and holds one password a line; empty lines are left out. Raises
    ConfigError for a file that cannot be read. `ask`: who to ask when none of them opens a file.
    """
    known = [*given, environment or "", *(secret.get_secret_value() for secret in workspace.passwords)]
    if workspace.password_file is not None:
        path = (config.parent if config else Path()) / workspace.password_file
        try:
            known += path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError):
            raise ConfigError(
                tr(f"读不到 password_file：{path}", f"password_file cannot be read: {path}"),
                tr("应为 UTF-8 文本，一行一个密码", "it should be UTF-8 text, one password a line"),
            ) from None
    return Passwords(tuple(dict.fromkeys(word for word in known if word)), ask)


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
