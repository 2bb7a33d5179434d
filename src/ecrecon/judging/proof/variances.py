"""Dispositions, variances and open items against what was judged: nothing gets lost between judging and telling."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.base.tally import added, words
from ecrecon.judging.damage import SYMPTOMS
from ecrecon.judging.proof.files import none_of, same_rows
from ecrecon.judging.receipt.judge import Judged
from ecrecon.judging.variance_rows import variance_ids

LAW = "told"
_PART = ("code", "amount_minor", "expected_minor", "actual_minor", "refund_id", "rule_id")
RULES = r"^(explain|fee)\."
"""Rules that make components."""
_OPEN = ("stop", "break", "review")


def prove_dispositions(lines: pl.DataFrame, orders: pl.DataFrame, documents: pl.DataFrame, judged: Judged) -> None:
    """(a, b, b2) rows are those that were judged, and the disposition of each is what the row itself says."""
    same_rows("a", "lines", lines, judged.lines, judged.lines.columns)
    same_rows("b2", "after-sales", documents, judged.documents, judged.documents.columns)
    _lines(lines, judged)
    _orders(orders, judged)
    counts, in_order = pl.col("counts"), pl.col("group_id").is_in(_with_order(judged))
    fits = {
        "not_completed": ~counts,
        "in_group": counts & in_order,
        "no_order": counts & ~in_order.fill_null(value=False),
    }
    _fit("b2", documents, fits, ["document_id"])


def _with_order(judged: Judged) -> pl.Expr:
    return pl.lit(judged.groups.filter("has_order")["group_id"]).implode()


def _fit(law: str, frame: pl.DataFrame, fits: dict[str, pl.Expr], keys: Sequence[str]) -> None:
    """Every row has a disposition of `fits`, and what it asks for holds."""
    name = pl.col("disposition").cast(pl.String)
    holds = pl.lit(value=False)
    for word, test in fits.items():
        holds = pl.when(name == word).then(test.fill_null(value=False)).otherwise(holds)
    none_of(
        law,
        frame.filter(~holds.fill_null(value=False)).select(*keys, "disposition"),
        "a disposition does not fit its row",
    )


def _lines(lines: pl.DataFrame, judged: Judged) -> None:
    free, grouped = pl.col("fate").is_null(), pl.col("group_id").is_not_null()
    live = free & pl.col("in_order")
    account, principal = pl.col("role") == "account", pl.col("role") == "principal"
    orphans = judged.groups.filter(~pl.col("has_order")).select("group_id", code="orphan_code")
    frame = lines.select("line_id", "fate", "in_order", "role", "group_id", "disposition").join(
        orphans, on="group_id", how="left", maintain_order="left"
    )
    code = pl.col("code")
    of_fate = pl.col("fate") == pl.col("disposition").cast(pl.String)
    alone = pl.col("group_id").is_in(pl.lit(orphans["group_id"]).implode()).fill_null(value=False)
    fits = dict.fromkeys(("duplicate", "superseded", "pending", "after_as_of", "void", "witness"), of_fate)
    fits |= {
        "explained": free & ~pl.col("in_order"),
        "account_level": of_fate | (live & (account | (~grouped & ~principal))),
        "unreferenced": live & principal & ~grouped,
        "not_checked": live & ~account & alone & (code == "X12"),
        "before_opening": live & ~account & alone & ~code.is_in(["X03", "X12"]).fill_null(value=False),
        "grouped": live & ~account & grouped & (~alone | (code == "X03")),
    }
    _fit("a", frame, fits, ["line_id"])


def _orders(orders: pl.DataFrame, judged: Judged) -> None:
    """Rows and amounts of the orders; a disposition that calls an order settled stands on no open component."""
    now = orders.filter(pl.col("disposition").cast(pl.String) != "after_as_of")
    later = orders.filter(pl.col("disposition").cast(pl.String) == "after_as_of")
    same_rows("b", "orders", now, judged.orders, judged.orders.columns)
    same_rows("b", "orders after as-of", later, judged.later_orders, judged.later_orders.columns)
    names = {
        "expected_minor": "expected_minor",
        "received_minor": "actual_minor",
        "difference_minor": "difference_minor",
    }
    own = now.group_by("group_id").agg(pl.col(name).sum() for name in names)
    groups = judged.groups.filter("has_order").select(
        "group_id", *(pl.col(v).fill_null(0).alias(f"own_{k}") for k, v in names.items())
    )
    both = groups.join(own, on="group_id", how="full", coalesce=True)
    differ = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"own_{name}")) for name in names)
    none_of("b", both.filter(differ).select("group_id"), "the amounts of an order are not those of its group")
    code, kind = pl.col("code").cast(pl.String), pl.col("kind").cast(pl.String)
    parts = judged.components.group_by("group_id").agg(
        bad=kind.is_in(_OPEN).any(), overdue=(code == "X02").any(), waits=(code == "X01").any(),
        partly=(kind == "timing").any(), blind=((code == "F12") | ((code == "R01") & (kind == "review"))).any(),
    )  # fmt: skip
    frame = now.select("order_id", "group_id", "disposition").join(parts, on="group_id", how="left").with_columns(
        pl.col("bad", "overdue", "waits", "partly", "blind").fill_null(value=False)
    )  # fmt: skip
    quiet = ~(pl.col("bad") | pl.col("overdue") | pl.col("waits") | pl.col("partly"))
    fits = dict.fromkeys(("settled", "cancelled_unpaid", "excluded", "presumed_settled"), quiet)
    fits |= {
        "overdue": pl.col("overdue"), "not_due": pl.col("waits"), "partly": pl.col("partly"), "open": pl.col("bad"),
        "not_checked": pl.col("blind"),
    }  # fmt: skip
    _fit("b", frame, fits, ["order_id"])


def prove_told(every: pl.DataFrame, variances: pl.DataFrame, elsewhere: pl.DataFrame) -> None:
    """(told) the rows that the checks made are those of this month and those of other months, each once, as they are."""
    amounts = ["expected_minor", "actual_minor", "difference_minor"]
    texts = ["order_id", "sub_order_id", "refund_id", "txn_id", "account", "shop", "rule_id", "note", "sources"]

    def marks(frame: pl.DataFrame) -> tuple[int, int]:
        plain = frame.select("code", *texts, pl.col(amounts).fill_null(0))
        return frame.height, added(words(plain, plain.columns))

    (rows, mark), (here, one), (there, other) = marks(every), marks(variances), marks(elsewhere)
    if rows != here + there or (one + other - mark) % 2**64:
        raise InvariantError(f"({LAW}) {here} variances and {there} of other months instead of {rows}, or they changed")


def prove_variances(
    variances: pl.DataFrame,
    elsewhere: pl.DataFrame,
    judged: Judged,
    fee_components: pl.DataFrame,
    findings: pl.DataFrame,
) -> None:
    """(told) the rows about orders are exactly the components, those of other months counted; what waits for a bill is
    told per shop; each type of finding is told; ids are those of their rows."""
    parts = [judged.components.filter(pl.col("code") != "F12"), fee_components.filter(pl.col("code") != "F12")]
    have = _counted(pl.concat([_parts(part) for part in parts]))
    names = ["code", "difference_minor", *_PART[2:]]
    rows = pl.concat([variances.select(names), elsewhere.select(names)]).filter(
        pl.col("rule_id").fill_null("").str.contains(RULES)
        | pl.col("rule_id").is_in(have["rule_id"].unique().implode())
    )
    told = _counted(_parts(rows.with_columns(amount_minor=pl.col("difference_minor").fill_null(0))))
    both = have.join(told, on=_PART, how="full", coalesce=True, suffix="_told", nulls_equal=True)
    differ = both.filter(pl.col("n").ne_missing(pl.col("n_told")))
    none_of(LAW, differ, "variances are not the components")
    _waiting(variances, judged)
    _found(findings, pl.concat([variances.select(_TOLD), elsewhere.select(_TOLD)]))
    if variances["variance_id"].to_list() != variance_ids(variances):
        raise InvariantError(f"({LAW}) a variance_id is not that of its row, or rows are missing or out of order")


_TOLD = ("code", "sources", "hint")


def _found(findings: pl.DataFrame, told: pl.DataFrame) -> None:
    """Every type of finding is told; symptoms of one damaged file in one row of any of their types, which names the file (a
    copy of it, beside it). A missing day may be told with the file beside it. Few rows: damaged files."""
    symptom = pl.col("code").cast(pl.String).is_in(SYMPTOMS)
    gap = symptom & (pl.col("code") == "F07")
    named_codes = set(told["code"].cast(pl.String))
    gaps = {"F07"} if findings.filter(gap).height and not named_codes & set(SYMPTOMS) else set()
    codes = (set(findings.filter(~symptom)["code"].cast(pl.String)) - named_codes) | gaps
    if codes:
        raise InvariantError(f"({LAW}) findings without a variance: {sorted(codes)}")
    named = told.filter(symptom).select(pl.concat_str(pl.col("sources", "hint").fill_null(""), separator="\n"))
    texts = "\n".join(named.to_series())
    paths = findings.filter(symptom & ~gap, pl.col("source_path") != "")["source_path"].unique()
    lost = sorted(path for path in paths if path not in texts)
    if lost:
        raise InvariantError(f"({LAW}) damaged files without a variance: {lost[:3]}")


def _parts(components: pl.DataFrame) -> pl.DataFrame:
    return components.select(pl.col("code").cast(pl.String), *_PART[1:])


def _counted(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by(_PART).agg(n=pl.len())


def _waiting(variances: pl.DataFrame, judged: Judged) -> None:
    """F12 is told per shop: its rows hold what the components of groups without damage wait for."""
    sound = judged.groups.filter(~pl.col("doubt").fill_null(value=False)).select("group_id")
    waits = judged.components.filter(pl.col("code") == "F12").join(sound, on="group_id", how="semi")["amount_minor"]
    rows = variances.filter(pl.col("code") == "F12")["actual_minor"]
    if int(waits.sum()) != int(rows.sum()) or bool(len(waits)) != bool(len(rows)):
        raise InvariantError(f"({LAW}) {len(waits)} components wait for bills of {waits.sum()}, told are {rows.sum()}")


def prove_open_items(items: pl.DataFrame, judged: Judged, others: pl.DataFrame) -> None:
    """(told) every component that waits is one open item with its amounts. `others`: items of the payouts."""
    code, kind = pl.col("code").cast(pl.String), pl.col("kind").cast(pl.String)
    waits = code.is_in(["X02", "F12"]) | (code.is_in(["X01", "A04", "A07", "R01", "C06"]) & (kind == "timing"))
    waits = waits | ((code == "R01") & (kind == "review"))
    amounts = ["expected_minor", "received_minor", "open_minor"]
    want = pl.concat([
        judged.components.filter(waits).select("expected_minor", received_minor="actual_minor", open_minor=-pl.col("amount_minor")),
        others.select(amounts),
    ]).sort(amounts, nulls_last=True)  # fmt: skip
    same_rows(LAW, "open items", items.select(amounts).sort(amounts, nulls_last=True), want, amounts)
