"""What an earlier run wrote, told by its `manifest.json`: replaced by the next run, and never read as input."""

from __future__ import annotations

import json
from collections.abc import Collection
from fnmatch import fnmatch
from pathlib import Path

MANIFEST = "manifest.json"
EXPORTS = "vouchers"
"""Folder of the import files that `ecrecon vouchers` writes beside a run's own files."""
_KEPT = "report.edited-*.xlsx"
_LARGEST = 64 << 20


def outputs_of(content: bytes) -> dict[str, str]:
    """Names and digests of the files of an earlier run; empty where `content` is no manifest of ours."""
    try:
        outputs = json.loads(content)["outputs"]
    except (ValueError, KeyError, TypeError):
        return {}
    if not isinstance(outputs, dict):
        return {}
    return {str(name): str(value) for name, value in outputs.items() if "/" not in name and "\\" not in name}


def written_by_us(folder: Path, names: Collection[str]) -> frozenset[str]:
    """Those of `names` (entries of `folder`) that are output of an earlier run, not input."""
    if MANIFEST not in names:
        return frozenset()
    path = folder / MANIFEST
    try:
        if path.stat().st_size > _LARGEST:
            return frozenset()
        outputs = outputs_of(path.read_bytes())
    except OSError:
        return frozenset()
    if not outputs:
        return frozenset()
    ours = {MANIFEST, EXPORTS, *outputs}
    return frozenset(name for name in names if name in ours or fnmatch(name, _KEPT))
