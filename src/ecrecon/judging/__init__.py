"""The checks of design section 5: one package per check; `explain` decomposes differences."""
