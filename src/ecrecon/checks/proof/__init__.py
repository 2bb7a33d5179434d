"""The frames between two stages held against what was read (`ecrecon.tally`) and against each other.

Each law raises InvariantError naming itself and the first row that breaks it; those that count return rows of the printed
proof (`checks.conservation.PROOF`).
"""

from ecrecon.checks.proof.books import prove_books
from ecrecon.checks.proof.files import prove_files, prove_ledger
from ecrecon.checks.proof.judged import prove_judged
from ecrecon.checks.proof.told import prove_dispositions, prove_open_items, prove_told, prove_variances

__all__ = [
    "prove_books", "prove_dispositions", "prove_files", "prove_judged", "prove_ledger", "prove_open_items",
    "prove_told", "prove_variances",
]  # fmt: skip
