"""Bytes -> text tables: files, archives, spreadsheets and delimited text of unknown origin.

`find_files` lists the input, `open_tables` turns one input into tables (lazily) and refusals. What a file is, is
read from its first bytes, never from its extension. Nothing is written to disk, and nothing here knows a platform.
"""

from ecrecon.quarantine.office import Passwords
from ecrecon.reading.containers.files import InputFile, find_files
from ecrecon.reading.containers.model import HEAD_ROWS, Opened, RawBody, RawTable, Refusal
from ecrecon.reading.containers.opening import NO_PASSWORDS, open_tables

__all__ = [
    "HEAD_ROWS",
    "NO_PASSWORDS",
    "InputFile",
    "Opened",
    "Passwords",
    "RawBody",
    "RawTable",
    "Refusal",
    "find_files",
    "open_tables",
]
