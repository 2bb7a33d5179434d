"""What a header of a voucher template means (docs/targets.md "Templates"): the words that programs use, by what they show."""

from __future__ import annotations

import re

from ecrecon.issuing.targets.layout import Column

_SYNONYMS: dict[str, tuple[str, ...]] = {
    "date": ("日期", "凭证日期", "制单日期", "业务日期", "(单据头)日期", "(单据头)业务日期", "fdate", "fbusdate",
             "ftransdate", "journaldate", "journal date", "date"),
    "year": ("会计年度", "(单据头)会计年度", "fyear"),
    "period": ("会计期间", "期间", "(单据头)期间", "fperiod"),
    "word": ("凭证字", "凭证类别字", "凭证类别", "fgroup", "fgroupid"),
    "number": ("凭证号", "凭证编号", "业务号", "fnum", "fnumber", "fvouchergroupno", "journal no", "journalno",
               "(单据头)凭证号", "凭证号#"),
    "word_number": ("凭证字号",),
    "attachments": ("附件数", "附单据数", "附件张数", "fattchment", "fattachments", "(单据头)附件数"),
    "serial": ("fbillhead(gl_voucher)", "(单据头)(序号)", "单据头(序号)", "fserialno"),
    "line1": ("分录序号", "行号", "fentryid"),
    "row": ("fentity", "分录(序号)"),
    "voucher_id": ("fbusno", "(分录)业务编号"),
    "summary": ("摘要", "凭证摘要", "fexp", "fexplanation", "description", "narration", "(分录)摘要"),
    "account_code": ("科目代码", "科目编码", "facctid", "faccountnum", "faccountid", "科目.编码", "accountcode",
                     "(分录)科目编码#编码"),
    "account_name": ("科目名称", "faccountname", "(分录)科目编码#名称", "faccountid#name"),
    "debit": ("借方金额", "借方", "金额借方", "fdebit", "debits", "debit", "(分录)借方金额", "借方#"),
    "credit": ("贷方金额", "贷方", "金额贷方", "fcredit", "credits", "credit", "(分录)贷方金额", "贷方#"),
    "amount": ("原币金额", "ffcyamt", "famountfor", "(分录)原币金额"),
    "rate": ("汇率", "fexchrate", "fexchangerate", "(分录)汇率"),
    "preparer": ("制单", "制单人", "fprepare", "fpreparerid"),
}  # fmt: skip
_DIMENSIONS: dict[str, tuple[str, ...]] = {
    "客户": ("客户", "客户编码", "fdetailid#fflex6"), "供应商": ("供应商", "供应商编码", "fdetailid#fflex4"),
    "部门": ("部门", "部门编码", "fdetailid#fflex5"), "职员": ("职员", "个人", "员工", "职员编码", "fdetailid#fflex7"),
    "项目": ("项目", "项目编码"), "存货": ("存货", "物料", "存货编码", "fdetailid#fflex8"),
    "费用项目": ("费用项目", "费用项目编码", "fdetailid#fflex9"), "组织机构": ("fdetailid#fflex11",),
    "银行": ("fdetailid#fflex14",), "银行账号": ("银行账号", "fdetailid#fflex15"),
    "其他往来单位": ("其他往来单位", "fdetailid#fflex16"), "店铺": ("店铺", "店铺编码"), "平台": ("平台", "平台编码"),
}  # fmt: skip
_CONSTANTS = {"币别": "RMB", "币种": "RMB", "币别代码": "RMB", "fcurrencyid": "PRE001",
              "fexchangeratetype": "HLTX01_SYS", "fvouchergroupid": "PRE001", "(单据头)凭证字#编码": "PRE001",
              "(分录)币别#编码": "PRE001", "(分录)汇率类型#编码": "HLTX01_SYS"}  # fmt: skip
SPLIT = "*split*1"
"""金蝶云星空: the column between head and lines; it stays, and stays blank."""

_FREE_DIMENSION = "fdetailid#"
_CODE_OF = re.compile(r"[.#]?\(?编码\)?$")
_OF_DIMENSION = re.compile(r"\(分录\)|核算维度|编码|[#.()（）]")


def key_of(text: object) -> str:
    """A header as it is compared: no blanks, no star, half-width brackets, lower case."""
    plain = str(text or "").translate(str.maketrans("（）", "()"))
    shown = "".join(plain.split()).lower()
    return shown if shown == SPLIT else shown.replace("*", "")


def meaning_of(text: object, caption: object = None) -> Column | None:
    """The column that `text` (and what stands below it in a second header row) suggests, or None."""
    key, shown = key_of(text), str(text or "")
    for value, words in _SYNONYMS.items():
        if key in {key_of(word) for word in words}:
            return Column(header=shown, value=value)
    for kind, words in _DIMENSIONS.items():
        if key in {key_of(word) for word in words} or _CODE_OF.sub("", key) == kind:
            return Column(header=shown, value="dimension_code", kind=kind, code=True)
    if key in _CONSTANTS:
        return Column(header=shown, const=_CONSTANTS[key])
    kind = (
        _OF_DIMENSION.sub("", key_of(caption)) if key.startswith(_FREE_DIMENSION) and not key.endswith("#name") else ""
    )
    return Column(header=shown, value="dimension_code", kind=kind, code=True) if kind else None
