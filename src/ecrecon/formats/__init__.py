"""Bytes to canonical frames, driven by profiles: `identify` recognises a table, `parse` reads it, `load` does both."""

from __future__ import annotations

from ecrecon.formats.identify import Conflict, Identified, Identity, Nearest, Unknown, identify
from ecrecon.formats.load import load
from ecrecon.formats.parse import parse

__all__ = ["Conflict", "Identified", "Identity", "Nearest", "Unknown", "identify", "load", "parse"]
