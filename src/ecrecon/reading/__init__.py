"""Bytes to canonical frames, driven by profiles: `identify` recognises a table, `parse` reads it, `load` does both."""
