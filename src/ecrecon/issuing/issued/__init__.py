"""Vouchers that left the program: an append-only log, what stands in it, and how a voucher is taken back."""

from ecrecon.issuing.issued.log import LOG, Entry, append, read_log
from ecrecon.issuing.issued.register import Register, taken_numbers

__all__ = ["LOG", "Entry", "Register", "append", "read_log", "taken_numbers"]
