"""Decomposition of the difference of one settlement group into named components (docs/matching.md "Decomposition").

Read in this order: `slots` (what belongs where), then the steps in the order they run:

| steps | module |
| --- | --- |
| -1, 13 and the order of all others | `run` |
| 0a, 3, 3d, 4 | `pairing` |
| 0b, 0c, 1, 2 | `receivable` |
| 8, 10 | `surplus` |
| 6, 6b | `netting` (searching sets: `sets`) |
| 5, 7, 9, 11, 12 | `residue` |
"""

from ecrecon.judging.explain.run import Explained, explain
from ecrecon.judging.explain.work import ExplainSettings

__all__ = ["ExplainSettings", "Explained", "explain"]
