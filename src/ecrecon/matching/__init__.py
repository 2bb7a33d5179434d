"""The matcher: ordered, named, keyed passes. Knows no business words."""

from ecrecon.matching.cascade import Component, KeyRule, cascade, resolve

__all__ = ["Component", "KeyRule", "cascade", "resolve"]
