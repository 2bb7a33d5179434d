"""What docs/contributing.md asks of a platform holds for every shipped one."""

from __future__ import annotations

import tomllib
from pathlib import Path

from ecrecon.base.resources import configs_dir

ROOT = Path(__file__).parents[2]
KINDS = {"erp", "bank", "express"}
"""Words of profiles that are sides of the books, and no platform."""


def platforms() -> set[str]:
    files = (configs_dir() / "platforms").glob("*.toml")
    return {tomllib.loads(file.read_text("utf-8"))["profile"]["platform"] for file in files}


def test_every_platform_has_a_chinese_name() -> None:
    named = tomllib.loads((configs_dir() / "registry" / "platforms.toml").read_text("utf-8"))
    assert sorted(platforms() - set(named)) == []


def test_every_platform_of_a_shop_is_in_both_readmes() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        (row,) = [r for r in (ROOT / name).read_text("utf-8").splitlines() if r.startswith("| `shops.platform` |")]
        assert [word for word in sorted(platforms() - KINDS - {"alipay"}) if f"`{word}`" not in row] == []
