"""Files that are whole or not there: synced writes, atomic replacement of files and folders, locks between processes."""

from ecrecon.disk.durable import replace_file, write_synced
from ecrecon.disk.lock import BusyError, locked

__all__ = ["BusyError", "locked", "replace_file", "write_synced"]
