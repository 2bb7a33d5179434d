"""Files that are whole or not there: synced writes, atomic replacement of files and folders, locks between processes."""

from ecrecon.disk.durable import BusyError, locked, replace_file, write_synced

__all__ = ["BusyError", "locked", "replace_file", "write_synced"]
