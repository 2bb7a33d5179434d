"""Vouchers for accounting software: one model, layouts as data (configs/targets/*.toml), pure writers."""

from ecrecon.issuing.targets.layout import Layout, load_layouts
from ecrecon.issuing.targets.model import Dimension, Voucher, VoucherLine, read_vouchers

__all__ = ["Dimension", "Layout", "Voucher", "VoucherLine", "load_layouts", "read_vouchers"]
