"""The matcher: ordered, named, keyed passes. Knows no business words."""

from ecrecon.match.cascade import KeyRule, cascade
from ecrecon.match.components import component_of

__all__ = ["KeyRule", "cascade", "component_of"]
