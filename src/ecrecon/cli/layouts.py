"""What the `formats` commands know: ecrecon.toml and all layouts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ecrecon.cli.terminal import choose_language
from ecrecon.pipeline import find_config, read_workspace
from ecrecon.settings.profiles import Profile, load_profiles
from ecrecon.settings.workspace import Workspace


@dataclass(frozen=True)
class Known:
    """The layouts in reach: those of ecrecon, and of the workspace that is named or found."""

    config: Path | None
    workspace: Workspace
    profiles: tuple[Profile, ...]
    folders: tuple[Path, ...] = ()


def known(lang: str | None, paths: tuple[Path, ...] = (), given: Path | None = None) -> Known:
    """Choose the language; read ecrecon.toml and all layouts."""
    choose_language(lang)
    config = find_config(paths, given)
    workspace = read_workspace(config)
    choose_language(lang, workspace)
    base = config.parent if config else Path()
    folders = tuple(base / folder for folder in workspace.profiles)
    return Known(config, workspace, load_profiles(folders), folders)
