"""What to do about a variance, one sentence per type for the accountant; a row may know something more exact."""

from __future__ import annotations

from ecrecon.base.texts import language
from ecrecon.base.variances import advice_map


def advice(code: str) -> str:
    """The sentence for `code` in the language of the run."""
    return advice_map(language())[code]
