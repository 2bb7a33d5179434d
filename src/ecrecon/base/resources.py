"""Where the shipped `configs/` folder lies: inside the wheel, or at the top of a source tree."""

from __future__ import annotations

from pathlib import Path

from ecrecon.base.errors import ConfigError


def configs_dir() -> Path:
    """Return the folder that holds `platforms/ matching/ posting/ targets/`."""
    package = Path(__file__).resolve().parents[1]
    for candidate in (package / "configs", package.parent.parent / "configs"):
        if candidate.is_dir():
            return candidate
    raise ConfigError(
        "the shipped configs folder is missing from this installation",
        "reinstall ecrecon: pip install --force-reinstall ecrecon",
    )
