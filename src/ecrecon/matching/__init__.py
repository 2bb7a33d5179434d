"""The matcher: ordered, named, keyed passes. Knows no business words."""

from ecrecon.matching.cascade import KeyRule, cascade
from ecrecon.matching.pairing import Component, resolve

__all__ = ["Component", "KeyRule", "cascade", "resolve"]
