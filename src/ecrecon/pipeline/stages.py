"""The declared table of stages. docs/pipeline.md is printed from it, and so is the progress bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ecrecon.messages import tr
from ecrecon.pipeline import accounts, booking, earlier, judging, reading, stating
from ecrecon.pipeline.state import State


@dataclass(frozen=True)
class Stage:
    """One step: what it reads and writes, whether it may look across accounts, and what holds after it.

    `sets`: fields of the state that it may set, each once; `watch` holds it to that. `last_reader_of`: large frames of the state that no later stage reads; a run lets go of them.
    """

    name: str
    zh: str
    en: str
    reads: str
    writes: str
    scope: str
    invariant: str
    run: Callable[[State], None]
    sets: tuple[str, ...] = ()
    last_reader_of: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What the progress bar says."""
        return tr(self.zh, self.en)


STAGES: tuple[Stage, ...] = (
    Stage("read", "读取文件", "reading files", "paths, profiles", "parsed sources, findings", "account",
          "every file is a source: read, ignored, refused or unreadable, with the reason", reading.read_files, ("profiles", "parsed", "tally", "findings")),
    Stage("place", "归属店铺与账户", "placing files", "parsed sources, workspace", "shop and account of every source",
          "entity", "every bill has one account", reading.place_files, ("parsed", "findings", "claims", "named_accounts")),
    Stage("date", "合并账单日", "dating lines", "parsed bills", "ledger (all lines with their fate)", "account",
          "per account, profile and day one file counts", reading.date_lines, ("parsed", "findings", "sources", "views", "ledger")),
    Stage("cover", "检查覆盖", "checking coverage", "sources, ledger", "period, as-of, covered days, F05, F07", "account",
          "as-of comes from the bills, never from the clock", reading.judge_coverage, ("parsed", "findings", "moment", "covered")),
    Stage("books", "合并订单与售后", "merging orders", "parsed orders, items, after-sales, ERP files", "books",
          "entity", "one sale, one order row; per order and document the newest snapshot counts", reading.build_order_books, ("parsed", "findings", "books", "goods_records")),
    Stage("earlier", "读取以前月份", "reading earlier months", "--previous folders, period", "months of earlier runs", "entity",
          "same company and standard, an earlier period, none twice, files as they were written", earlier.read_earlier, ("history",)),
    Stage("judge", "核对应收与退款", "matching orders", "ledger, books, terms", "groups, components", "entity",
          "the components of a group add up to its difference", judging.judge_orders, ("findings", "judged", "extra")),
    Stage("fees", "核对费用", "checking fees", "groups, fee lines, rates", "fee components", "account",
          "fees never enter the receivable", judging.check_fees, ("fee_components",)),
    Stage("goods", "核对发货", "checking goods", "orders, groups, ERP orders, shipments", "goods verdicts", "entity",
          "judged only where both sides list the order", judging.check_goods, ("goods",)),
    Stage("tieout", "勾稽结算与流水", "tying settlements", "ledger, sources, tolerances", "groups of both views, T01, M02",
          "account", "no group stands with both views in one basis", accounts.tie_views, ("tied",)),
    Stage("payout", "核对提现与银行", "following payouts", "withdrawals, bank lines, payers",
          "X07, X08, M01, S03, payouts on the way", "entity", "no line is in two matches", accounts.follow_payouts, ("paid",)),
    Stage("dispose", "守恒校验", "proving conservation", "lines, orders, documents, components", "dispositions, proof",
          "entity", "conservation (a) to (d); else exit 70 and nothing is written", judging.dispose, ("lines", "orders", "documents", "proof")),
    Stage("tell", "生成差异", "writing variances", "components, findings, dispositions", "variances, open items", "entity",
          "one row per component, sorted on a total key", judging.tell, ("counted", "variances", "elsewhere", "open_items")),
    Stage("post", "生成凭证", "making vouchers", "money-basis lines of the period, orders, refunds", "vouchers, trace", "account",
          "debit = credit; traced lines = voucher line", booking.post, ("receivables", "fake_receivables", "sales", "goods_shipped", "vouchers", "booked", "proof")),
    Stage("state", "编制台账与报表", "ledgers and statements", "booked lines, sales, receivables, vouchers, earlier months",
          "documents, ledger, receivables, profit, income statement, platform income", "entity",
          "ledger = account movement; profit of the levels adds up; receivables = account of the vouchers",
          stating.state_books, ("accounts", "statements"), last_reader_of=("booked", "receivables", "sales")),
    Stage("freeze", "汇总报告", "freezing the report", "everything above", "report", "entity",
          "every view reads one frozen object", judging.freeze, ("report",)),
)  # fmt: skip

AUDIT_STAGES: tuple[Stage, ...] = STAGES[:5]
