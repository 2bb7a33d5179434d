"""Facts: what a file said, kept by the digest of its bytes, so that a known file is not read again.

A fact is written once and never changed. Reading anew gives the same, so any of them may be lost or thrown away.
"""

from ecrecon.store.engine import Engine, parse_engine
from ecrecon.store.reader import StoredReader
from ecrecon.store.shelf import Shelf

__all__ = ["Engine", "Shelf", "StoredReader", "parse_engine"]
