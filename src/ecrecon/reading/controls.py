"""`[controls]`: what the file prints about itself, held against its own rows (F05, F06)."""

from __future__ import annotations

from typing import Literal

import polars as pl

from ecrecon.base.money import decimal_text, exponent, minor_from_text
from ecrecon.base.sources import Control
from ecrecon.base.texts import tr
from ecrecon.reading.amount import Amounts, Totals
from ecrecon.reading.balance import Chain, check_chain, joined
from ecrecon.reading.columns import equation_terms
from ecrecon.reading.end_balances import end_balances, speaks_of_ends
from ecrecon.reading.numbers import currency_of, read_amounts
from ecrecon.reading.sheet import Sheet, as_printed
from ecrecon.reading.surroundings import PrintedTotal, printed_totals, read_total, unnamed_totals
from ecrecon.reading.totals import SideTotal, sentences, side_sums, total_rows
from ecrecon.settings.profiles import BalanceControl, CountControl, normal_name

_SHOWN = 80
_NAMES = {"in": ("income", "收入合计"), "out": ("expense", "支出合计"), "net": ("net", "总计")}


def printed_sums(sheet: Sheet) -> Totals:
    """The printed sums of all rows, which tell how signs that run against their column are meant."""
    found: dict[str, int] = {}
    for name, text in printed_totals(sheet).items():
        measure, minor = sheet.profile.controls.totals[name], minor_from_text(text, _decimals(sheet))
        if measure.endswith("_sum") and minor is not None:
            found.setdefault(measure.removesuffix("_sum"), minor)
    for control in (*sheet.profile.controls.count, *sheet.profile.controls.sum):
        total = None if control.where else read_total(sheet, control.regex, _currency(sheet))
        if total is not None and total.total is not None:
            found.setdefault(control.of, total.total)
    found = {**side_sums(sheet, _own_regexes(sheet)), **found}
    return Totals(found.get("in"), found.get("out"), found.get("net"))


def _own_regexes(sheet: Sheet) -> list[str]:
    return [control.regex for control in (*sheet.profile.controls.count, *sheet.profile.controls.sum)]


def check_controls(
    sheet: Sheet, fields: pl.DataFrame, amounts: Amounts, about: Literal["all", "totals", "balance"] = "all"
) -> tuple[Control, ...]:
    """All controls of the profile that the file prints; disagreements become F05 and F06.

    Totals are those of the whole file, a balance is that of one account: a file of several is asked in two steps.
    With refused cells in the amount columns (F11) the totals prove nothing: they are listed, without F05 and F06.
    """
    found: list[Control] = []
    spec = sheet.profile.controls
    once = first_copies(sheet, fields, amounts)
    if about == "balance":
        return tuple(_balance(sheet, fields, amounts, once)) if spec.balance else ()
    for control in (*spec.count, *spec.sum):
        total = read_total(sheet, control.regex, _currency(sheet))
        if total is not None:
            found += _total(sheet, control, total, fields, amounts, once)
    if spec.totals:
        found += _named_totals(sheet, amounts)
    found += _other_totals(sheet, fields, amounts, once)
    found += end_balances(sheet, fields, amounts, once, several=about != "all")
    if (spec.count or spec.sum or spec.totals) and not found:
        sheet.log.note(tr("文件没有合计行，笔数和金额未经核对", "no printed totals: counts and sums are not proved"))
    for equation in spec.equation:
        found += _equation(sheet, equation)
    if spec.balance and about == "all":
        found += _balance(sheet, fields, amounts, once)
    if amounts.refused and not all(control.ok for control in found):
        sheet.log.note(
            tr("有金额无法解析，合计与余额未核对", "amounts could not be read: totals and balance not checked")
        )
    return tuple(found)


def _currency(sheet: Sheet) -> str:
    """Of printed totals: that of the rows where they have one, else CNY."""
    currency = currency_of(sheet)
    return currency if isinstance(currency, str) else "CNY"


def _decimals(sheet: Sheet) -> int:
    return exponent(_currency(sheet))


def first_copies(sheet: Sheet, fields: pl.DataFrame, amounts: Amounts) -> pl.Series:
    """False for a row that repeats an earlier one with the same ledger id (F09): it counts once, in proofs as well."""
    everything = pl.Series([True], dtype=pl.Boolean).new_from_index(0, len(amounts.amount))
    identity = sheet.profile.identity
    keys = [name for name in (identity.key if identity else []) if name in fields.columns]
    if not keys:
        return everything
    ids = fields.select(*keys, *[name for name in ("occurred_at",) if name in fields.columns and name not in keys])
    if fields[keys[0]].n_unique() == fields.height:
        return everything
    rows = ids.with_columns(amounts.amount.alias("_amount"), amounts.balance.alias("_balance"))
    named = pl.all_horizontal(pl.col(keys).is_not_null())
    return rows.select(~named | pl.struct(pl.all()).is_first_distinct()).to_series()


def _total(
    sheet: Sheet, control: CountControl, printed: PrintedTotal, fields: pl.DataFrame, amounts: Amounts, once: pl.Series
) -> list[Control]:
    """Counts and sums hold over all rows, or over the rows without repeated copies: either proves the file whole."""
    told = _total_of(sheet, control, printed, fields, amounts, once)
    if all(one.ok for one in told):
        return told
    everything = _total_of(sheet, control, printed, fields, amounts, once | True)
    if not all(one.ok for one in everything):
        _report_totals(sheet, control, printed, everything, amounts)
    return everything


def _total_of(
    sheet: Sheet, control: CountControl, printed: PrintedTotal, fields: pl.DataFrame, amounts: Amounts, among: pl.Series
) -> list[Control]:
    name = _NAMES[control.of][0]
    chosen = _chosen(fields, control, len(amounts.amount)) & among
    side = {"in": amounts.inward, "out": amounts.outward, "net": amounts.amount}[control.of].filter(chosen)
    filled = int((side != 0).sum())
    empty = int(amounts.void.filter(chosen).sum())
    if control.where:
        name = f"{name}[{','.join(text for texts in control.where.values() for text in texts)}]"
    out = []
    if printed.count is not None:
        ok = printed.count in (filled, filled + empty)
        out.append(Control(f"{name}_count", str(printed.count), str(filled), ok))
    if printed.total is not None:
        total = int(side.sum())
        ok = printed.total == total or (control.of != "net" and abs(printed.total) == abs(total))
        value = printed.total if control.of == "net" or total >= 0 else -abs(printed.total)
        out.append(Control(f"{name}_sum", _text(sheet, value), _text(sheet, total), ok))
    return out


def _report_totals(
    sheet: Sheet, control: CountControl, printed: PrintedTotal, told: list[Control], amounts: Amounts
) -> None:
    """F05 per printed figure that does not hold; nothing where refused cells make the comparison void."""
    if amounts.refused:
        return
    name, zh = _NAMES[control.of]
    for one in told:
        if one.ok:
            continue
        if one.name.endswith("_count"):
            column, both = tr(f"{zh}笔数", f"{name} count"), None
            hint = tr(
                f"文件内实有 {one.found} 笔：可能删过行或重复粘贴，请重新下载",
                f"the file holds {one.found}: rows deleted or pasted twice? download it again",
            )
        else:
            column, both = tr(f"{zh}金额", f"{name} sum"), _minor_pair(sheet, one)
            hint = tr(
                f"文件内实际合计 {one.found}：可能删改过行，请重新下载",
                f"the rows add up to {one.found}: rows changed? download it again",
            )
        sheet.log.add("F05", column=column, text=one.printed, expected=one.found, amounts=both, hint=hint)


def _named_totals(sheet: Sheet, amounts: Amounts) -> list[Control]:
    """`[controls.totals]`: the trailer's named totals against the rows; what it does not name is not asked."""
    told = []
    sheet.log.uncompared += unnamed_totals(sheet)
    for name, text in printed_totals(sheet).items():
        measure = sheet.profile.controls.totals[name]
        counts = measure == "rows" or measure.endswith("_count")
        printed = minor_from_text(text, 0 if counts else _decimals(sheet))
        if printed and measure.startswith("column:") and not sheet.has(normal_name(measure.removeprefix("column:"))):
            sheet.log.uncompared.append(f"{name} {text}")
            continue
        found = _measured(sheet, amounts, measure, printed)
        shown = str(found) if counts else _text(sheet, found)
        ok = printed is not None and (printed == found or (measure == "out_sum" and printed == -found))
        told.append(Control(name, text, shown, ok))
        if not ok and not amounts.refused:
            sheet.log.add(
                "F05",
                column=name,
                text=text,
                expected=shown,
                amounts=None if counts or printed is None else (printed, found),
                hint=tr(
                    f"文件内实际为 {shown}：可能删改过行或重复粘贴，请重新下载",
                    f"the rows give {shown}: rows deleted, changed or pasted twice? download it again",
                ),
            )
    return told


def _other_totals(sheet: Sheet, fields: pl.DataFrame, amounts: Amounts, once: pl.Series) -> list[Control]:
    """Totals that no word of the profile names: rows of totals under their columns, sentences around the table."""
    cells, left = total_rows(sheet, amounts)
    lines = [*sheet.preamble, *(label.split("|") for label in left)]
    lines = [line for line in lines if not speaks_of_ends(line)]
    said, silent = sentences(lines, _own_regexes(sheet))
    told = [Control(one.column, one.printed, one.found, one.ok) for one in cells]
    for one in cells:
        if not one.ok and not amounts.refused:
            sheet.log.add(
                "F05",
                column=one.column,
                text=one.printed,
                expected=one.found,
                amounts=one.amounts,
                hint=tr(
                    f"合计行打印 {one.printed}，该列各行相加为 {one.found}：可能删改过行，请重新下载",
                    f"the total prints {one.printed}, the rows add up to {one.found}: rows changed? download it again",
                ),
            )
    for side in said:
        told += _said_total(sheet, side, fields, amounts, once)
    sheet.log.uncompared += [text[:_SHOWN] for text in silent]
    return told


def _said_total(
    sheet: Sheet, side: SideTotal, fields: pl.DataFrame, amounts: Amounts, once: pl.Series
) -> list[Control]:
    total = None if side.total is None else minor_from_text(side.total, _decimals(sheet))
    if side.of == "rows":
        return _total(
            sheet, CountControl(of="net", regex=""), PrintedTotal(side.text, side.count, None), fields, amounts, once
        )
    return _total(
        sheet, CountControl(of=side.of, regex=""), PrintedTotal(side.text, side.count, total), fields, amounts, once
    )


def _measured(sheet: Sheet, amounts: Amounts, measure: str, printed: int | None) -> int:
    """What the rows give; a column that is partly ignored is added up either way, as it is `printed`."""
    if measure.startswith("column:"):
        name = normal_name(measure.removeprefix("column:"))
        sums = [
            int(read_amounts(sheet, one, sheet.column(one), amounts.currency).sum())
            for one in sheet.present([name, as_printed(name)])
        ]
        return next((total for total in sums if total == printed), sums[0] if sums else 0)
    if measure == "rows":
        return sheet.rows.height
    side = {"in": amounts.inward, "out": amounts.outward, "net": amounts.amount}[measure.partition("_")[0]]
    return int((side != 0).sum()) if measure.endswith("_count") else int(side.sum())


def _minor_pair(sheet: Sheet, one: Control) -> tuple[int, int]:
    """Printed and found amount of a control, back in minor units."""
    pair = [minor_from_text(text, _decimals(sheet)) for text in (one.printed, one.found)]
    return (pair[0] or 0, pair[1] or 0)


def _chosen(fields: pl.DataFrame, control: CountControl, height: int) -> pl.Series:
    chosen = pl.Series([True], dtype=pl.Boolean).new_from_index(0, height)
    for field, texts in control.where.items():
        if field in fields.columns:
            chosen &= fields[field].is_in(texts).fill_null(value=False)
    return chosen


def _text(sheet: Sheet, minor: int) -> str:
    return decimal_text(minor, _decimals(sheet))


def _equation(sheet: Sheet, equation: str) -> list[Control]:
    """`a = b + c - d` over column sums."""
    terms = equation_terms(equation)
    names = [name for name, _ in terms]
    if not all(sheet.has(name) for name in names):
        sheet.log.note(tr(f"缺列，未核对：{equation}", f"columns missing, not checked: {equation}"))
        return []
    currency = currency_of(sheet)
    sums = [int(read_amounts(sheet, name, sheet.column(name), currency).sum()) for name in names]
    printed, total = sums[0], sum(sign * value for (_, sign), value in zip(terms[1:], sums[1:], strict=True))
    if printed != total:
        sheet.log.add(
            "F05",
            column=sheet.printed[names[0]],
            text=equation,
            expected=_text(sheet, total),
            amounts=(total, printed),
            hint=tr("列合计之间的等式不成立", "the equation of the column sums does not hold"),
        )
    return [Control(equation, _text(sheet, printed), _text(sheet, total), printed == total)]


def _balance(sheet: Sheet, fields: pl.DataFrame, amounts: Amounts, once: pl.Series) -> list[Control]:
    if "occurred_at" not in fields.columns or amounts.balance.null_count() == len(amounts.balance):
        return []
    control = sheet.profile.controls.balance[0]
    chain = _chain(sheet, fields, amounts, once, amounts.amount)
    held = _held(control, fields, len(once))
    if chain.breaks and held.any():
        still = _chain(sheet, fields, amounts, once, amounts.amount.set(held, 0))
        if still.breaks == 0:
            chain = still
            sheet.log.note(tr(f"{held.sum()} 行冻结不影响余额", f"{held.sum()} holds leave the balance as it is"))
    name = control.column
    if chain.breaks and not amounts.refused:
        expected, printed = chain.expected or 0, chain.printed or 0
        sheet.log.add(
            "F06",
            line=chain.line,
            column=sheet.printed.get(name, name),
            text=_text(sheet, printed),
            expected=_text(sheet, expected),
            amounts=(expected, printed),
            hint=tr(
                f"余额共有 {chain.breaks} 处不连续：该行之前可能缺行，请重新下载",
                f"the balance breaks in {chain.breaks} places: rows missing before this one? download it again",
            ),
        )
    return [Control("balance", "0", str(chain.breaks), chain.breaks == 0)]


def _chain(sheet: Sheet, fields: pl.DataFrame, amounts: Amounts, once: pl.Series, amount: pl.Series) -> Chain:
    columns = (amount, amounts.balance, fields["occurred_at"], sheet.line)
    per = sheet.profile.controls.balance[0].per
    if per is None or not sheet.has(per):
        return check_chain(*(column.filter(once) for column in columns))
    owner = sheet.column(per).fill_null("")
    owners = owner.unique().sort().to_list()
    return joined(check_chain(*(column.filter(once & (owner == one)) for column in columns)) for one in owners)


def _held(control: BalanceControl, fields: pl.DataFrame, height: int) -> pl.Series:
    """Rows that may be holds: a freeze is printed as a movement by some files whose balance does not move with it."""
    held = pl.Series([False], dtype=pl.Boolean).new_from_index(0, height)
    for field, texts in control.held.items():
        if field in fields.columns:
            held |= fields[field].is_in(texts).fill_null(value=False)
    return held
