"""Vouchers and their trace: what the reconciled money is in the books."""

from ecrecon.posting.search import Found, Outputs, near, search
from ecrecon.posting.trace import Books, Traced, trace
from ecrecon.posting.vouchers import Vouchers, make_vouchers

__all__ = ["Books", "Found", "Outputs", "Traced", "Vouchers", "make_vouchers", "near", "search", "trace"]
