"""Rows without a header that go on with another table: the next sheet of a workbook, the next file of an archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ecrecon.base.sources import Parsed
from ecrecon.base.texts import tr
from ecrecon.base.variances import BY_CODE
from ecrecon.base.variances import Kind as VarianceKind
from ecrecon.reading.containers.delimited import Delimited
from ecrecon.reading.containers.model import HEAD_ROWS, RawBody, RawTable
from ecrecon.reading.containers.sheets import Rows, Sheet
from ecrecon.reading.identify import Identified, Identity
from ecrecon.reading.leftover_tables import rows_of_a_bill
from ecrecon.reading.parse import parse_pockets

Known = tuple[RawTable, Identity]


def going_on(place: int, known: Sequence[Known]) -> list[Parsed] | None:
    """The table at `place`, which no profile takes, read under the header of a table that it goes on with.

    Sheets go on with the sheet before them, files of an archive with any one file of it whose every row has as many cells.
    None where that does not fit: a row that the profile cannot read, no row at all, or files of two layouts that fit.
    """
    table = known[place][0]
    if not rows_of_a_bill(table.head):
        return None
    if isinstance(table.grid, Sheet):
        before = [one for one in known[:place] if isinstance(one[1], Identified)]
        if not before or before[-1][0].sha256 != table.sha256:
            return None
        return _under(table, *before[-1])
    if not isinstance(table.grid, Delimited) or "!/" not in table.path:
        return None
    return _of_an_archive(table, known)


def _of_an_archive(table: RawTable, known: Sequence[Known]) -> list[Parsed] | None:
    archive = table.path.rpartition("!/")[0]
    first: dict[str, tuple[RawTable, Identity]] = {}
    for other, identity in known:
        beside = other.path.rpartition("!/")[0] == archive and isinstance(other.grid, Delimited)
        if beside and isinstance(identity, Identified):
            first.setdefault(identity.profile.id, (other, identity))
    fitting = [found for other in first.values() if (found := _under(table, *other)) is not None]
    return fitting[0] if len(fitting) == 1 else None


def _under(table: RawTable, other: RawTable, identity: Identity) -> list[Parsed] | None:
    """`table` read under the header of `other`; its account, where it prints none, is that of the lines above it."""
    if not isinstance(identity, Identified):
        return None
    file, start = identity.profile.file, identity.header_index
    header = other.head[start : start + file.header_rows + file.skip_after_header]
    grid = table.grid
    if isinstance(grid, Sheet):
        under: Sheet | _UnderHeader = _sheet_under(grid, header)
    elif isinstance(grid, Delimited):
        below = _UnderHeader(grid, other, start, len(header))
        if not below.fits:
            return None
        under = below
    else:
        return None
    head = [*header, *table.head][:HEAD_ROWS]
    lines = [*(1 for _ in header), *table.head_lines][:HEAD_ROWS]
    found = parse_pockets(replace(table, head=head, head_lines=lines, grid=under), identity.profile, 0)
    stops = [
        code for one in found for code, kind in one.findings.select("code", "kind").iter_rows() if _stops(code, kind)
    ]
    if stops or not sum(one.source.rows for one in found):
        return None
    name = tr(f"工作表 {other.sheet or '1'}", f"sheet {other.sheet or '1'}") if isinstance(grid, Sheet) else other.path
    note = tr(f"没有表头，沿用{name} 的表头，合并计入", f"no header: read under that of {name}, both count")
    account = next((one.source for one in parse_pockets(other, identity.profile, start)), None)
    return [_noted(one, note, None if account is None or len(found) > 1 else account.account) for one in found]


def _noted(one: Parsed, note: str, account: str | None) -> Parsed:
    source = one.source
    if source.account is None and account is not None:
        source = replace(source, account=account, printed_account=True)
    return replace(one, source=replace(source, notes=(*source.notes, note)))


def _sheet_under(grid: Sheet, header: Rows) -> Sheet:
    """`grid` with the rows `header` in front; the lines stay those of its own rows."""

    def rows(count: int | None) -> Rows:
        return [*header, *grid.first_rows(None if count is None else max(0, count - len(header)))]

    return replace(grid, first_rows=rows, added=len(header))


@dataclass(frozen=True)
class _UnderHeader:
    """Delimited rows without a header, under that of `other` at its row `start`, `added` rows high."""

    grid: Delimited
    other: RawTable
    start: int
    added: int

    @property
    def fits(self) -> bool:
        """The rows have as many cells as those of the other file, as far as the first ones tell."""
        mine = {len(row) for row in self.grid.head(HEAD_ROWS)[0] if any(row)}
        below = self.other.head[self.start : self.start + self.added]
        return len(mine) == 1 and mine == {len(row) for row in below} and self.grid.quoted == self._other.quoted

    @property
    def _other(self) -> Delimited:
        assert isinstance(self.other.grid, Delimited)
        return self.other.grid

    def head(self, rows: int) -> tuple[list[list[str]], list[int]]:
        """The header of the other file, then the rows."""
        cells, lines = self.grid.head(max(0, rows - self.added))
        return [*self.other.head[self.start : self.start + self.added], *cells], [*[1] * self.added, *lines]

    def body(self, header_index: int, header_rows: int, skip: int) -> RawBody:
        """The rows; their lines are those of their own file."""
        names, _ = self.other.grid.head(self.start + self.added)
        separator = self.grid.separator
        written = [
            separator.join(f'"{cell}"' if self.grid.quoted else cell for cell in row) for row in names[self.start :]
        ]
        flat = [line.replace("\n", " ").replace("\r", " ") for line in written]
        data = "\n".join([*flat, ""]).encode() + self.grid.data
        body = replace(self.grid, data=data).body(header_index, header_rows, skip)
        return replace(
            body,
            line=(body.line - self.added).alias("line"),
            ragged=[(line - self.added, count) for line, count in body.ragged],
            damaged=[line - self.added for line in body.damaged],
        )


def _stops(code: str, kind: VarianceKind | None) -> bool:
    return (kind or BY_CODE[code].kind) in ("stop", "break")
