"""What a spreadsheet program makes of texts that it opens."""

FORMULA_STARTS: tuple[str, ...] = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""First characters of a text that a spreadsheet would run as a formula; Chinese and Japanese versions take the full-width
signs as well. Such a text gets a leading apostrophe in CSV files."""
