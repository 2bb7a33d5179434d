"""`manifest.json`: what went in, what came out, under which settings and versions. No clock, no absolute path."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ecrecon.base.resources import configs_dir
from ecrecon.report.model import Report

_LIBRARIES = ("polars", "pyarrow", "xlsxwriter")


def digest(content: bytes) -> str:
    """SHA-256 as hexadecimal text."""
    return hashlib.sha256(content).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file, read piece by piece. Raises OSError."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def settings_in_force(report: Report) -> dict[str, Any]:
    """All of the manifest but the digests of what was written."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {
        "version": report.version,
        "period": report.period,
        "as_of": report.as_of.isoformat(),
        "config_digest": report.config_digest,
        "settings": dict(report.settings),
        "previous": dict(report.previous),
        "versions": {"python": python, **{name: version(name) for name in _LIBRARIES}},
        "inputs": {source.path: source.sha256 for source in sorted(report.sources, key=lambda s: s.path)},
        "laws": laws_of_verifier(),
    }


def laws_of_verifier() -> list[str]:
    """What `ecrecon verify` asks of the outputs: a verifier that is run alone, without `configs/`, takes them from here."""
    lines = (configs_dir() / "verify" / "laws.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def manifest_bytes(settings: Mapping[str, object], files: Mapping[str, bytes]) -> bytes:
    """The manifest of `files` (name to content), which does not list itself."""
    manifest = {**settings, "outputs": {name: digest(files[name]) for name in sorted(files)}}
    return (json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
