"""Vouchers: what the reconciled money is in the books."""

from ecrecon.booking.vouchers import Vouchers, make_vouchers

__all__ = ["Vouchers", "make_vouchers"]
