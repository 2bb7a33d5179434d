"""Vouchers and their trace: what the reconciled money is in the books."""

from ecrecon.posting.trace import Books, Traced, trace
from ecrecon.posting.vouchers import Vouchers, make_vouchers

__all__ = ["Books", "Traced", "Vouchers", "make_vouchers", "trace"]
