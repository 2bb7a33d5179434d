"""The second sheet of a K/3 WISE voucher file: `t_Schema`, which describes the columns (docs/targets.md "Programs")."""

from __future__ import annotations

_HEAD = (
    "FType", "FKey", "FFieldName", "FCaption", "FValueType", "FNeedSave", "FColIndex", "FSrcTableName", "FSrcFieldName",
    "FExpFieldName", "FImpFieldName", "FDefaultVal", "FSearch", "FItemPageName", "FTrueType", "FPrecision",
    "FSearchName", "FIsShownList", "FViewMask", "FPage",
)  # fmt: skip

_FIELDS: tuple[tuple[str, str, str, int], ...] = (
    ("FDate", "凭证日期", "DateTime", 1), ("FYear", "会计年度", "Decimal(28,10)", 2),
    ("FPeriod", "会计期间", "Decimal(28,10)", 3), ("FGroupID", "凭证字", "Varchar(80)", 4),
    ("FNumber", "凭证号", "Decimal(28,10)", 5), ("FAccountNum", "科目代码", "Varchar(40)", 7),
    ("FAccountName", "科目名称", "Varchar(80)", 8), ("FCurrencyNum", "币别代码", "Varchar(10)", 9),
    ("FCurrencyName", "币别名称", "Varchar(40)", 10), ("FAmountFor", "原币金额", "Decimal(28,10)", 11),
    ("FDebit", "借方", "Decimal(28,10)", 12), ("FCredit", "贷方", "Decimal(28,10)", 13),
    ("FPreparerID", "制单", "Varchar(255)", 14), ("FCheckerID", "审核", "Varchar(255)", 15),
    ("FApproveID", "核准", "Varchar(255)", 17), ("FCashierID", "出纳", "Varchar(255)", 18),
    ("FHandler", "经办", "Varchar(50)", 19), ("FSettleTypeID", "结算方式", "Varchar(80)", 20),
    ("FSettleNo", "结算号", "Varchar(255)", 21), ("FExplanation", "凭证摘要", "Varchar(255)", 22),
    ("FQuantity", "数量", "Decimal(28,10)", 23), ("FMeasureUnitID", "数量单位", "Varchar(255)", 24),
    ("FUnitPrice", "单价", "Decimal(28,10)", 25), ("FReference", "参考信息", "Varchar(255)", 26),
    ("FTransDate", "业务日期", "DateTime", 27), ("FTransNo", "往来业务编号", "Varchar(255)", 28),
    ("FAttachments", "附件数", "Decimal(28,10)", 29), ("FSerialNum", "序号", "Decimal(28,10)", 30),
    ("FObjectName", "系统模块", "Varchar(100)", 31), ("FParameter", "业务描述", "Varchar(100)", 32),
    ("FExchangeRateType", "汇率类型", "Varchar(80)", 33), ("FExchangeRate", "汇率", "Decimal(28,10)", 34),
    ("FEntryID", "分录序号", "Decimal(28,10)", 35), ("FItem", "核算项目", "Text", 36),
    ("FPosted", "过账", "Decimal(28,10)", 37), ("FInternalInd", "机制凭证", "Varchar(10)", 38),
    ("FCashFlow", "现金流量", "Text", 39),
)  # fmt: skip


def schema_sheet() -> list[list[str | int]]:
    """All rows of `t_Schema`."""
    width = len(_HEAD)
    fixed = [["ClassInfo", "ClassType", "", "VoucherData"], ["ClassInfo", "ClassTypeID", "", "123"],
             ["PageInfo", "Page1", "", "Page1"]]  # fmt: skip
    rows: list[list[str | int]] = [list(_HEAD)]
    for known in fixed:
        rows.append([*known, *[""] * (width - len(known))])
    for key, caption, kind, index in _FIELDS:
        row: list[str | int] = [""] * width
        row[:7] = ["FieldInfo", key, key, caption, kind, "", index]
        row[9], row[10] = key, key
        row[12], row[15], row[16], row[17], row[18], row[19] = 0, 0, 0, 0, 0, 1
        rows.append(row)
    return rows
