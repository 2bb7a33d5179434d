"""The learnt profile into the workspace: a new file, never over an old one."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr
from ecrecon.disk import replace_file
from ecrecon.learning.propose import Trial
from ecrecon.settings.workspace import FILE_NAME, Workspace, load_workspace

DEFAULT_FOLDER = "profiles"
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
_KEY = re.compile(r"^profiles\s*=\s*\[\s*\]", re.MULTILINE)


def folder_of(workspace: Workspace, config: Path | None) -> Path:
    """The first folder of `profiles` in ecrecon.toml, else `profiles` beside it or in the working folder."""
    base = config.parent if config else Path()
    return base / (workspace.profiles[0] if workspace.profiles else DEFAULT_FOLDER)


def write_profile(trial: Trial, folder: Path) -> Path:
    """Write `<id>.toml`. Raises ConfigError where it exists or the folder cannot be written."""
    path = folder / f"{trial.profile.id}.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as target:
            target.write(trial.text)
    except FileExistsError:
        raise ConfigError(
            tr(f"{path} 已存在，不会覆盖", f"{path} exists and is not overwritten"),
            tr("用 --id 指定另一个编号，或先移走旧文件", "give another --id, or move the old file away first"),
        ) from None
    except OSError as error:
        raise ConfigError(
            tr(f"{path} 写不进去：{error.strerror}", f"{path} cannot be written: {error.strerror}"),
            tr("检查文件夹权限", "check the permissions of the folder"),
        ) from None
    return path


def registered(workspace: Workspace) -> bool:
    """True where ecrecon.toml names a folder of layouts."""
    return bool(workspace.profiles)


def register(config: Path | None) -> Path:
    """Name the folder in ecrecon.toml (a new one where there is none); the rest of the file stays as it is."""
    path = config or Path(FILE_NAME)
    line = f"profiles = {json.dumps([DEFAULT_FOLDER])}"
    text = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    if _KEY.search(text):
        changed = _KEY.sub(line, text, count=1)
    else:
        table = _TABLE.search(text)
        at = table.start() if table else len(text)
        before = text[:at].rstrip("\n")
        changed = (before + "\n" if before else "") + line + "\n" + ("\n" if table else "") + text[at:]
    replace_file(path, changed.encode())
    if load_workspace(path).profiles != [DEFAULT_FOLDER]:
        replace_file(path, text.encode())
        raise ConfigError(
            tr(f"没能写入 {path}", f"{path} could not be changed"),
            tr(f"请自己加一行：{line}", f"add this line yourself: {line}"),
        )
    return path
