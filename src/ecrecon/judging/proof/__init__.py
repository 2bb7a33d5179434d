"""The frames between two stages held against what was read (`ecrecon.base.tally`) and against each other.

Each law raises InvariantError naming itself and the first row that breaks it; those that count return rows of the printed
proof (`judging.proof.conservation.PROOF`).
"""

from ecrecon.judging.proof.books import prove_books
from ecrecon.judging.proof.files import prove_files, prove_ledger
from ecrecon.judging.proof.groups import prove_judged
from ecrecon.judging.proof.overviews import (
    prove_accounts,
    prove_counted,
    prove_covered,
    prove_goods,
    prove_matches,
    prove_overviews,
    prove_paid,
    prove_tied,
)
from ecrecon.judging.proof.variances import prove_dispositions, prove_open_items, prove_told, prove_variances

__all__ = [
    "prove_accounts", "prove_books", "prove_counted", "prove_covered", "prove_dispositions", "prove_files", "prove_goods",
    "prove_judged", "prove_ledger", "prove_matches", "prove_open_items", "prove_overviews", "prove_paid", "prove_tied",
    "prove_told", "prove_variances",
]  # fmt: skip
