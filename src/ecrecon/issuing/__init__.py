"""What leaves for the accounting program and how it is found again: files of a target, the log of issued vouchers, trace."""
