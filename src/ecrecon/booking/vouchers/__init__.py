"""From legs to numbered vouchers: accounts put in, entries merged, heads written, every cent traced."""

from ecrecon.booking.vouchers.make import Vouchers, make_vouchers

__all__ = ["Vouchers", "make_vouchers"]
