"""What a run was asked: paths, period, as-of, workspace, and where they come from."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from ecrecon.base.errors import ConfigError
from ecrecon.base.schema import ZONE
from ecrecon.base.texts import tr
from ecrecon.base.validation import nearest, shown
from ecrecon.booking.accounts import AT
from ecrecon.booking.sales.accrual import first_month
from ecrecon.booking.settings import choose, shipped, shipped_events
from ecrecon.judging.receipt.due import DEFAULT_CHANNEL, load_terms
from ecrecon.reading.containers import NO_PASSWORDS, Passwords
from ecrecon.settings.value_kinds import FIRST_YEAR, LAST_YEAR, LONGEST_NAME
from ecrecon.settings.workspace import FILE_NAME, Workspace, load_workspace
from ecrecon.store import Engine


def _nobody(_text: str) -> None:
    """Who is told where nobody listens."""


@dataclass(frozen=True)
class RunSettings:
    """One run. `config`: the ecrecon.toml in use, or None. `previous`: output folders of earlier months. `taken`: voucher
    numbers of a period (`2026-10`) that exported vouchers have, by voucher id. `facts`: the folder that keeps what files said, or
    None. `engine`: where files are read. `tell`: who hears what is no result (a damaged fact)."""

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
    facts: Path | None = None
    engine: Engine = field(default_factory=Engine)
    tell: Callable[[str], None] = _nobody


def find_config(paths: Sequence[Path], given: Path | None) -> Path | None:
    """`--config`, else ecrecon.toml of the working folder, else that of the first PATH.

    Raises ConfigError where the file named is not there, or a folder has its name.
    """
    if given is not None:
        if not is_file(given):
            raise ConfigError(
                tr(f"找不到配置文件 {given}", f"no such configuration file: {given}"),
                tr("检查 --config 的路径；应为一个文件", "check the path given to --config; it should be a file"),
            )
        return given
    first = paths[0] if paths else Path()
    for folder in (Path(), first if is_folder(first) else first.parent):
        if is_file(folder / FILE_NAME):
            return folder / FILE_NAME
        if is_folder(folder / FILE_NAME):
            raise ConfigError(
                tr(f"{folder / FILE_NAME} 是文件夹，不是配置文件", f"{folder / FILE_NAME} is a folder, no configuration file"),
                tr("给它换个名字，或用 --config 指定配置文件", "give it another name, or name the file with --config"),
            )  # fmt: skip
    return None


def is_file(path: Path) -> bool:
    """True where `path` is a file; False also for a path that the system refuses (too long, a loop of links)."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """True where `path` is a folder; False also for a path that the system refuses."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def read_workspace(config: Path | None) -> Workspace:
    """The workspace of `config`, or the defaults. Its account roles, channels and posting policies are known, and apply to
    the company: a setting that would have no effect is refused."""
    workspace = load_workspace(config) if config is not None else Workspace()
    _refuse_unknown_roles(workspace)
    _refuse_unknown_channels(workspace)
    if choose(shipped_events(), workspace.posting.policy, workspace)["accrue_fees"] == "on":
        first_month(workspace)
    return workspace


def _refuse_unknown_roles(workspace: Workspace) -> None:
    posting = workspace.posting
    keys = [(table, key) for table in ("accounts", "names") for key in getattr(posting, table)]
    if not keys:
        return
    standards = [workspace.standard] if workspace.standard else ["sbe", "asbe"]
    known = {role for standard in standards for role in shipped(standard)[0].roles}
    for table, key in keys:
        role, at, place = key.partition(AT)
        if role not in known or (at and not place.strip()):
            raise ConfigError(
                tr(f"{FILE_NAME}: posting.{table} 里的 {key!r} 不是科目角色", f"{FILE_NAME}: {key!r} in posting.{table} is no account role")
                + nearest(role, known),
                tr('写成 角色 = "科目代码"，只用于一个店铺或账户时写 "角色@店铺" = "科目代码"；可用：',
                   'write role = "account code", or "role@shop" = "account code" for one shop or account; known: ')
                + "、".join(sorted(known)),
            )  # fmt: skip
        value = getattr(posting, table)[key]
        if not value.strip() or not value.isprintable() or len(value) > LONGEST_NAME:
            raise ConfigError(
                tr(f"{FILE_NAME}: posting.{table}.{key} = {shown(value)} 是空的、太长或含控制字符",
                   f"{FILE_NAME}: posting.{table}.{key} = {shown(value)} is empty, too long or holds control characters"),
                tr('写上您账套里的科目，例如 "1012.01"', 'write the account of your books, such as "1012.01"'),
            )  # fmt: skip


def _refuse_unknown_channels(workspace: Workspace) -> None:
    known = {term.channel for term in load_terms().terms if term.channel} | {DEFAULT_CHANNEL}
    for shop in workspace.shops:
        for channel in shop.settlement_days if isinstance(shop.settlement_days, dict) else ():
            if channel not in known:
                raise ConfigError(
                    tr(f"{FILE_NAME}: 店铺 {shop.name} 的 settlement_days 里没有支付渠道 {channel!r}",
                       f"{FILE_NAME}: settlement_days of shop {shop.name}: no payment channel {channel!r}") + nearest(channel, known),
                    tr("可用：", "known: ") + "、".join(sorted(known)),
                )  # fmt: skip


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


def facts_folder(given: Path | None, workspace: Workspace, config: Path | None, *, chosen: bool) -> Path | None:
    """`--facts`, else `facts` of ecrecon.toml (relative to it), else None: nothing is kept.

    Raises ConfigError where the place is no folder, and where the file was only found, not named with --config (`chosen`),
    and leads elsewhere.
    """
    base = config.parent if config else Path()
    folder = given or (base / workspace.facts if workspace.facts is not None else None)
    if folder is None:
        return None
    if given is None and not chosen and not inside(Path(workspace.facts or ""), base, config):
        raise ConfigError(
            tr(f"{FILE_NAME}: facts = {workspace.facts!r} 指向账单文件夹和当前文件夹之外",
               f"{FILE_NAME}: facts = {workspace.facts!r} leads out of the folder of the bills and the working folder"),
            tr("写成里面的文件夹，例如 book/facts；确要放到别处，用 --facts 指定，或用 --config 指定这个配置文件",
               "name a folder inside, such as book/facts; to keep them elsewhere give --facts, or name this file with --config"),
        )  # fmt: skip
    if os.path.lexists(folder) and not is_folder(folder):
        raise ConfigError(
            tr(f"--facts {shown(str(folder))} 不是文件夹", f"--facts {shown(str(folder))} is no folder"),
            tr("给一个文件夹；不存在时会新建", "name a folder; one that is not there is made"),
        )
    return folder


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
            known += path.read_text(encoding="utf-8-sig").split(
                "\n"
            )  # and at no other separator: a password may hold it
        except (OSError, UnicodeDecodeError):
            raise ConfigError(
                tr(f"读不到 password_file：{path}", f"password_file cannot be read: {path}"),
                tr("应为 UTF-8 文本，一行一个密码", "it should be UTF-8 text, one password a line"),
            ) from None
    return Passwords(tuple(dict.fromkeys(word for word in known if word)), ask)


def parse_period(text: str) -> str:
    """`2026-10`; raise ConfigError otherwise."""
    match = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", text)
    if match is None or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        raise ConfigError(
            tr(f"会计期间 {shown(text)} 写法不对", f"{shown(text)} is no period"),
            tr("写成 2026-10", "write it as 2026-10"),
        )
    return text


def parse_as_of(text: str) -> datetime:
    """A date (its end, inclusive) or an ISO time; naive times are Asia/Shanghai."""
    zone = ZoneInfo(ZONE)
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            moment = datetime.combine(date.fromisoformat(text), time(23, 59, 59), zone)
        else:
            moment = datetime.fromisoformat(text)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise ValueError("year")
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    except (ValueError, OverflowError):
        raise ConfigError(
            tr(f"截止时点 {shown(text)} 不是日期", f"--as-of {shown(text)} is no date"),
            tr("写成 2026-10-31", "write it as 2026-10-31"),
        ) from None
