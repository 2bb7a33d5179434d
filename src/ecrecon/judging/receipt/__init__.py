"""Checks `receipt` and `refund`: what was due per order, what came, and every difference by name."""
