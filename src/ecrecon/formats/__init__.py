"""Bytes to canonical frames, driven by profiles: `identify` recognises a table, `parse` reads it, `load` does both.

Nothing is imported here: the confined reader in `containers` starts without a frame library.
"""
