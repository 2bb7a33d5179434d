"""The checks: one package per check; `explain` decomposes differences."""
