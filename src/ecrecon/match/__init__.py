"""The matcher: ordered, named, keyed passes. Knows no business words."""

from ecrecon.match.cascade import KeyRule, cascade
from ecrecon.match.pairing import Component, resolve

__all__ = ["Component", "KeyRule", "cascade", "resolve"]
