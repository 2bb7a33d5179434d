"""The stages in their order, with the laws that hold after each. docs/pipeline.md is printed from this, and so is the
progress bar."""

from __future__ import annotations

from ecrecon.pipeline import booking, earlier, intake, laws, reporting, statements, verdicts
from ecrecon.pipeline.chain import Stage

AUDIT_STAGES: tuple[Stage, ...] = (
    Stage("layouts", "读取格式", "reading layouts", intake.load_layouts),
    Stage("read", "读取文件", "reading files", intake.read_files),
    Stage("place", "归属店铺与账户", "placing files", intake.place_files),
    Stage("date", "合并账单日", "dating lines", intake.date_lines,
          (laws.files_hold_what_was_read, laws.the_ledger_holds_every_line)),
    Stage("cover", "检查覆盖", "checking coverage", intake.judge_coverage,
          (laws.covered_days_are_those_of_the_files,)),
    Stage("books", "合并订单与售后", "merging orders", intake.build_order_books, (laws.books_hold_every_order,)),
)  # fmt: skip

STAGES: tuple[Stage, ...] = (
    *AUDIT_STAGES,
    Stage("earlier", "读取以前月份", "reading earlier months", earlier.read_earlier),
    Stage("judge", "核对应收与退款", "matching orders", verdicts.judge_orders, (laws.judged_is_what_was_given,)),
    Stage("fees", "核对费用", "checking fees", verdicts.check_fees),
    Stage("goods", "核对发货", "checking goods", verdicts.check_goods, (laws.goods_verdicts_are_of_this_run,)),
    Stage("tieout", "勾稽结算与流水", "tying settlements", verdicts.tie_views,
          (laws.ties_hold_every_line_of_both_views,)),
    Stage("payout", "核对提现与银行", "following payouts", verdicts.follow_payouts,
          (laws.payouts_hold_every_withdrawal,)),
    Stage("dispose", "守恒校验", "proving conservation", verdicts.dispose,
          (laws.every_cent_is_conserved, laws.one_disposition_each)),
    Stage("tell", "生成差异", "writing variances", verdicts.tell,
          (laws.every_difference_is_told_once, laws.counted_lines_are_those_of_the_month)),
    Stage("sales", "计算销售", "counting sales", booking.count_sales,
          (laws.every_printed_cost_has_a_fate, laws.receivables_close_at_what_is_owed)),
    Stage("post", "生成凭证", "making vouchers", booking.post),
    Stage("state", "编制台账与报表", "ledgers and statements", statements.state_books,
          (laws.statements_move_as_the_accounts,)),
    Stage("survey", "汇总店铺", "summing up shops", reporting.survey),
    Stage("freeze", "汇总报告", "freezing the report", reporting.freeze, (laws.the_report_holds_the_run,)),
)  # fmt: skip
