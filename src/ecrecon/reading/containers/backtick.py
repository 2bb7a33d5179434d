"""The line grammar of WeChat Pay bills: every value begins with a backtick, and only comma and backtick separate.

    `2026-05-02 10:00:01,`wx01,`毛巾,两条装,`0.60%

Free text is not quoted and may hold commas , so such lines are rewritten as strict CSV before
anything looks at their commas. Header rows print no backtick and stay as they are.
"""

from __future__ import annotations

import polars as pl

MARK = "`"
_SAMPLE = 256 * 1024
_FEWEST = 3
"""Separators of a line that shows the grammar."""


def is_backticked(data: bytes) -> bool:
    """True where values of UTF-8 text begin with backticks and nothing else quotes them.

    Ids alone in backticks (other platforms) are not enough; a spreadsheet that saves such cells quotes those with commas.
    """
    head = data[:_SAMPLE].decode(errors="ignore").split("\n")
    marked = [line.rstrip("\r").rstrip(",") for line in head if line.startswith(MARK)]
    if any(',"' + MARK in line for line in marked):
        return False
    whole = [
        line for line in marked if line.count("," + MARK) >= _FEWEST and 2 * line.count("," + MARK) > line.count(",")
    ]
    return bool(whole) and 2 * len(whole) > len(marked)


def as_strict_csv(data: bytes) -> bytes:
    """The same physical lines as strict CSV: `` `a,`b,c,` `` becomes `"a","b,c",""`.

    Commas that a spreadsheet added to fill short rows are dropped.
    """
    lines = pl.Series("line", data.split(b"\n"), dtype=pl.Binary).cast(pl.String).to_frame()
    text = pl.col("line").str.strip_chars_end("\r")
    bare = text.str.strip_chars_end(",").str.slice(1).str.replace_all('"', '""', literal=True)
    strict = pl.concat_str(pl.lit('"'), bare.str.replace_all(",`", '","', literal=True), pl.lit('"'))
    plain = text.str.replace_all('"', '""', literal=True).str.replace_all(r"([^,]+)", '"$1"')
    row = pl.when(text.str.starts_with(MARK)).then(strict).when(text.str.contains('"')).then(plain).otherwise(text)
    return b"\n".join(line.encode() for line in lines.select(row.alias("line"))["line"].to_list())
