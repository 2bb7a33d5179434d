"""The independent verifier: adds up again what a run of ecrecon wrote. 独立复核：把一次运行写出的全部文件重新加总、互相核对。

    python verify.py OUT [--inputs DIR] [--configs DIR] [--json]     exit 0: all agrees; 1: refused; 2: not an output folder
It shares no code with ecrecon; this file, Python 3.11 and pyarrow are enough. What is checked says configs/verify/laws.txt (without it: the copy
in OUT/manifest.json), besides digests and control totals. Copied along, verify_views.py adds workbook and page, verify_bills.py the bills
themselves (--inputs), verify_reach.py the list of what no law reaches. Money is integers of fen.
"""
from __future__ import annotations

import argparse, csv, hashlib, importlib, io, json, re, sys, zipfile, zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
import pyarrow.parquet as pq

Row = Any  # a dict, or a line of verify_rows.py, to be used like one
Finding = tuple[str, str, str]  # file, where, what
Parts = Mapping[tuple[str, str], Mapping[str, list[Any]]]  # columns by (file, sheet or ''); texts have their lines in column `text`

def parts_of(name: str, content: bytes) -> dict[str, dict[str, list[Any]]]:
    """The columns of one output file, by part."""
    if name.endswith(".parquet"):
        table, epoch = pq.read_table(io.BytesIO(content)), datetime(1970, 1, 1, 8)  # Shanghai
        texts = {f.name: [v if v is None else str(epoch + timedelta(seconds=v // 10**6)) for v in table[f.name].cast("int64").to_pylist()] for f in table.schema if str(f.type).startswith("timestamp")}
        return {"": {c: [sys.intern(v) if isinstance(v, str) else v for v in texts.pop(c, None) or table[c].to_pylist()] for c in table.column_names}}
    if name.endswith(".csv"):  # an apostrophe before a text that a spreadsheet would run is none of the text
        header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        return {"": {c: [sys.intern(row[i][row[i][:2] in {"'=", "'+", "'-", "'@", "'\t", "'\r"} :]) for row in rows] for i, c in enumerate(header)}}
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            marks = {p: "<row " if p.startswith("xl/worksheets/sheet") else {"xl/sharedStrings.xml": "<si>", "xl/workbook.xml": "<sheet "}.get(p) for p in book.namelist()}
            return {p: {"text": book.read(p).decode().split(m)[1:]} for p, m in marks.items() if m}
    return {"": {"text": content.decode().split("\n")}}

def number(value: Any) -> int:
    """Smallest units of an amount or a count; nothing is 0."""
    return value if isinstance(value, int) else int(re.sub(r"^(-?\d+)(?:\.(\d+))?$", r"\1\2", value)) if value else 0

def keyed(tables: Mapping[str, list[Row]], side: str) -> tuple[list[Row], list[tuple[str, ...]]]:
    """(rows, their keys) of `file[filter] keys`. Filters: `a`, `!a`, `c=x|y`, `d!=z`, `e>0`, `f<9`, with `&` between."""
    file, tests, keys = re.fullmatch(r"([^\s\[]+)(?:\[(.*?)\])? (.*)", side).groups()  # type: ignore[union-attr]
    rows, names = tables.get(file, []), [key.partition("~") for key in keys.split()]
    for no, name, sign, wanted in re.findall(r"(!?)([\w@]+)(!=|=|>|<|)([^&]*)", tests or ""):
        words, yes = (wanted.strip().split("|"), sign == "=") if sign else (["None", "", "False", "false"], bool(no))
        rows = [r for r in rows if ((number(r.get(name)) - int(wanted)) * (1 if sign == ">" else -1) > 0 if sign in "<>" and sign else (str(r.get(name)) in words) == yes)]
    cells = ([r.get(k) for r in rows] for k, _, _ in names)
    return rows, [*zip(*([str("" if v is None else v)[: int(length or 999)] for v in column] for column, (_, _, length) in zip(cells, names)))]

def added(tables: Mapping[str, list[Row]], side: str) -> dict[tuple[str, ...], list[int]]:
    """Sums of one side of a law by key: one for each term between commas."""
    left, _, terms = side.partition(" : ")
    (rows, keys), sums = keyed(tables, left) if terms else ([], []), defaultdict[tuple[str, ...], list[int]](lambda: [0] * (terms.count(",") + 1))
    for place, sign, name, every in ((i, *found) for i, term in enumerate(terms.split(",")) for found in re.findall(r"(-?)([\w:]+|#)(\*?)", term)):
        for key, row in zip(keys, rows):
            value = 1 if name == "#" else sum(number(row[c]) for c in row if c.startswith(name)) if every else number(row.get(name))
            sums[key][place] += -value if sign else value
    return sums

def rank(row: Row, names: Sequence[Any]) -> list[tuple[bool, int, str]]:
    """Place of a row in a sorted file: what is empty comes last; a column with + before it is a number."""
    return [(row.get(n) in (None, ""), number(row.get(n)) if plus else 0, "" if plus else str(row.get(n))) for plus, n in names]

def broken(tables: Mapping[str, list[Row]], law: str) -> Iterator[Finding]:
    """What of one law does not hold. Of a sheet or of the page only the columns that it shows are asked."""
    left, sign, right = re.fullmatch(r"(.*?) (->|<=|=|in|<<) (.*)", law).groups()  # type: ignore[union-attr]
    file, rest = re.fullmatch(r"([^\s\[]+)(?:\[.*?\])?( .*)", left).groups()  # type: ignore[union-attr]
    seen, before = re.findall(r"\b(?:report|page)/\w+", law), dict[Any, Row]()
    for side in [x if " : " in x or x == "0" else x + rest for x in right.split(" = ")] if sign in ("=", "<=") and all(tables.get(f) for f in seen) else ():
        mine, theirs, other = added(tables, left), added(tables, side), side.split("[")[0].split()[0]
        terms = [[x.strip() for x in (s if s != "0" else rest).partition(" : ")[2].split(",")] for s in (left, side)]
        hidden = {i for f, names in zip((file, other), terms) for i, n in enumerate(names) if f in seen and re.fullmatch(r"\w+[a-z0-9]", n) and n not in tables[f][0]}
        for key, i in ((k, i) for k in sorted(k for k in (mine if sign == "<=" else mine.keys() | theirs.keys()) if mine.get(k) != theirs.get(k)) for i in {*range(len(terms[0]))} - hidden):
            a, b = (sums[key][i] if key in sums else 0 for sums in (mine, theirs))
            if a != b:
                yield file, ("row " if " @ " in left else "") + " ".join(key), f"{terms[0][i]} = {a} ≠ {b}" + f" ({other})" * (other != "0")
    known, names = set(keyed(tables, right)[1]) if sign == "in" else set(), re.findall(r"(\+?)(\w+)", right)
    for row, key in zip(*keyed(tables, left), strict=True) if sign not in ("=", "<=") and all(tables.get(f) for f in seen) else ():
        last = before.get(key, {})
        before[key] = row if sign == "<<" or not last else last
        if sign == "in" and key not in known:
            yield file, f"row {row.get('@', '?')}", f"{' '.join(key)} ∉ {right.split()[0]}"
        elif sign == "<<" and last and rank(row, names) <= rank(last, names):
            yield file, f"row {row['@']}", " ".join(f"{n} = {row.get(n.strip('+'))} ≤ {last.get(n.strip('+'))}" for n in right.split())
        yield from ((file, f"row {row['@']}", f"{n} = {row.get(n)} ≠ {last.get(n)} ({' '.join(key)})") for n in right.split() if sign == "->" and last and row.get(n) != last.get(n))

def model(parts: Parts, views: Callable[[Parts, Any], Iterator[tuple[str, Row]]] | None = None) -> dict[str, list[Row]]:
    """Rows of all files by name without ending, with what laws compute; `views` reads the tables of report.xlsx and report.html."""
    t: dict[str, list[Row]] = defaultdict(list)
    rows = getattr(beside("rows"), "lines", lambda raw: [{"@": i, **dict(zip(raw, row, strict=True))} for i, row in enumerate(zip(*raw.values(), strict=True), 2)])
    t |= {file.rpartition(".")[0]: rows(raw) for (file, _), raw in parts.items() if file.endswith((".csv", ".parquet"))}
    summary, manifest = (json.loads("\n".join(parts[f"{n}.json", ""]["text"])) for n in ("summary", "manifest"))
    for name, row in views(parts, manifest["workbook"]) if views else ():
        t[name].append({"@": len(t[name]) + 2} | row)
    lists: dict[str, Any] = {n: summary[n] for n in ("sources", "accounts", "shops", "coverage", "unchecked", "open_items")} | {"vouchers": [summary["vouchers"]], "": [summary]}
    lists |= {f"statements/{n}": rows for n, rows in summary["statements"].items() if n != "previous"}
    lists |= {n: [{key: k, **v} for k, v in summary[n].items()] for n, key in (("checks", "check"), ("variances", "type"))} | {"at_risk": [{"currency": c, "amount": v} for c, v in summary["at_risk"].items()]}
    lists |= {"by_kind": [{"type": k, "kind": x, **v} for k, s in summary["variances"].items() for x, v in s["by_kind"].items()], "laws": [{"law": k, **row} for k, law in summary["conservation"]["laws"].items() for row in law["rows"]]}
    settings = {k: {x: y for x, y in v.items() if x != "targets"} if k == "posting" else v for k, v in manifest["settings"].items() if k not in ("fail_on", "strict", "language", "out")}
    manifest["settings_digest_"] = hashlib.sha256(json.dumps(settings, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    t |= {f"summary/{n}".rstrip("/"): [{"@": i, **row} for i, row in enumerate(rows, 2)] for n, rows in lists.items()} | {"manifest": [{"@": 2, **manifest}]}
    t["risk_"] = [{"shop": s["shop"], "currency": c, "amount": v} for s in summary["shops"] for c, v in s["at_risk"].items()]
    t["inputs_"] = [{"@": 2, "path": p, "sha256": s} for p, s in manifest["inputs"].items()]
    period, sources = manifest["period"], t["summary/sources"]
    for r in (r for n in ("lines", "orders", "matches", "voucher_trace") for r in t[n] if r["source_id"] is not None):
        r["path_"], r["source_"] = sources[r["source_id"]]["path"], f"{sources[r['source_id']]['path']}:{r['source_line']}"
    for r in sources:
        r.update({f"{n}_": (r[n] or "")[:19].replace("T", " ") for n in ("first", "last")}, printed_=len(r["control"]), wrong_=sum(not c["ok"] for c in r["control"]))
    for r in t["summary/shops"]:
        r["risk_"] = r["at_risk"].get(r["currency"])
    computed_lines(t, period)
    computed_books(t, period, date.fromisoformat(manifest["as_of"][:10]))
    return t

def computed_lines(t: dict[str, list[Row]], period: str) -> None:
    """What laws compute of lines, and of the orders that they pay."""
    name_of, line_of = {r["voucher_id"]: f"{r['word']}-{r['number']}" for r in t["vouchers"]}, {r["line_id"]: r for r in t["lines"]}
    placed, ties = {r["line_id"]: name_of.get(r["voucher_id"]) for r in t["voucher_trace"]}, defaultdict[Any, list[Row]](list)
    ordered, shop_of, paid = {r["group_id"] for r in t["orders"]}, dict[Any, Any](), defaultdict[Any, list[Row]](list)
    for r in (r for r in t["matches"] if r["line_id"] is not None):
        shop_of |= {r["line_id"]: r["shop"]} if r["group_id"] in ordered and r["shop"] else {}
        paid[r["group_id"]] += [line_of[r["line_id"]]] if r["role"] == "principal" else []
    for r in t["lines"]:
        when, amount, label = r["occurred_at"] or "", r["amount_minor"], r["raw_type"] if r["raw_desc"] is None else r["raw_desc"]
        live = r["disposition"] not in ("duplicate", "superseded", "pending", "after_as_of", "void", "witness")
        moved, bank = r["in_money"] and live and when.startswith(period), r["platform"] == "bank"
        r |= {"moved_": moved, "booked_": moved and (not bank or r["category"] in ("interest", "payment_fee")), "counted_": r["in_order"] and live and when.startswith(period) and not bank}
        r |= {"day_": when[:10], "voucher_": placed.get(r["line_id"]), "direction_": "in" if amount > 0 else "out", "size_": abs(amount), "one_": int(amount != 0), "shop_": shop_of.get(r["line_id"], r["shop"]), "label_": "-" if label is None else label}
        ties[r["tie_id"] if live and r["in_money"] != r["in_order"] else None].append(r)
    for group in (rows for tie, rows in ties.items() if tie is not None):  # a settlement detail that adds up to the movement is booked in its place, on its day
        cash, detail = ([r for r in group if r["in_money"] is money] for money in (True, False))
        if cash and detail and all(r["moved_"] for r in cash) and sum(r["amount_minor"] for r in cash) == sum(r["amount_minor"] for r in detail):
            for r in group:
                r |= {"booked_": not r["in_money"], "day_": r["day_"] if r["in_money"] else max(c["occurred_at"] for c in cash)[:10]}
    for r in t["orders"]:  # what the month is about: placed in it, paid in it, or owed when it began
        lines = paid[r["group_id"]] if r["expected_minor"] is not None else []
        r["owed_"] = number(r["expected_minor"]) - sum(x["amount_minor"] for x in lines if x["occurred_at"][:7] < period)
        mine = (r["created_at"] or "")[:7] >= period or bool(r["owed_"]) or any(x["occurred_at"][:7] >= period for x in lines)
        r["month_"] = mine and r["disposition"] not in ("presumed_settled", "after_as_of", "cancelled_unpaid", "excluded")
    for r in t["voucher_trace"]:
        r["currency_"] = line_of.get(r["line_id"], {}).get("currency")

def computed_books(t: dict[str, list[Row]], period: str, as_of: date) -> None:
    """What laws compute of vouchers, ledgers, statements, variances and open items."""
    files, running, company = defaultdict[str, list[str]](list), 0, [r for r in t["profit"] if r["level"] == "company"]
    for r in t["voucher_trace"]:
        files[r["voucher_id"]].append(t["summary/sources"][r["source_id"]]["sha256"] if r["source_id"] is not None else "")
    for v, shas in ((v, sorted({*s} - {""})) for v, s in files.items()):
        t["hashes_"].append({"voucher_id": v, "attachments": len(shas), "source_hash": hashlib.sha256("\n".join(shas).encode()).hexdigest() if shas else ""})
    for r in t["vouchers"]:
        off = abs(Decimal(r["amount_fc"] or 0) * Decimal(r["fx_rate"] or 0) * 100 - number(r["debit"]) - number(r["credit"]))
        r |= {"name_": f"{r['word']}-{r['number']}", "account_": f"{r['account_code']} {r['account_name']}", "rate_off_": number(r["amount_fc"]) != 0 and off > 3 + 2 * len(files[r["voucher_id"]])}
    for r in t["ledger"] + t["parties"]:
        held, row = number(r.get("balance", r.get("closing"))), r.get("row")
        running = held if row in ("opening", "year") else running + (number(r["income"]) - number(r["expense"]) if row == "line" else 0)
        r |= {"balance_": running, "account_": f"{r.get('account_code')} {r.get('account_name')}", "sign_": (held > 0) - (held < 0)}
    t |= {"form_": t["income_statement"] if t["vouchers"] else [], "quarter_": [r for r in t["platform_income"] if r["months"] == period]}  # without vouchers the form says nothing
    for i, r in [*enumerate(sorted(t["cash_daily"], key=lambda r: r["level"] != "total"), 2), *enumerate(company, 2)]:
        r["shown_"] = i  # the row of a sheet
    t["report/cells_"] = [{"@": r["@"], "shop": c[5:], "currency": k["currency"], "item": k["item"], "amount": v} for r, k in zip(t["report/profit"], company) for c, v in r.items() if c.startswith("shop:")]
    for n, k in (("lines", "line_id"), ("ledger", "seq"), ("vouchers", "seq"), ("profit", "line"), ("platform_income", "line"), ("income_statement", "line")):
        who = [tuple(r.get(x) for x in ("level", "platform", "shop", "sku", "currency")) for r in t[n]]
        for r, mine, lines_of in zip(t[n], who, [Counter(who)] * len(who)):
            r |= {"place_": r["@"] - number(r[k]), "count_": lines_of[mine]}
    count: Counter[Any] = Counter()
    for r in t["variances"] + t["open_items"]:
        since = (r.get("occurred_at") or r.get("event_at") or "")[:10]
        r["age_"] = (as_of - date.fromisoformat(since)).days if since else number(r["age_days"])
        r["stage_"] = r.get("state") if r.get("state") in ("overdue", "not_checked") else "in_grace" if (r.get("expected_by") or "9") < str(as_of) else "not_due"
        if "variance_id" in r:
            money = number(r["difference"]) or (number(r["actual"]) - number(r["expected"]) * (r["code"][0] != "S")) * (r["code"][0] != "M")
            key = (r["check"], r["platform"] or "None", next(filter(None, (r[k] for k in ("order_id", "txn_id", "sources", "shop", "account"))), ""))
            r |= {"money_": money, "risk_": abs(money) if r["kind"] == "break" and r["code"][0] != "F" else 0, "occurred_": since}
            r["id_"] = "V" + hashlib.sha256("\x1f".join((*key, str(count[key]))).encode()).hexdigest()[:12]
            count[key] += 1
            t["references_"] += [{"@": r["@"], "check": r["check"], "order_id": r["order_id"], "source_": s} for s in r["sources"].split(";") if r["order_id"] and re.search(r":\d+$", s)]
    t["known_"] = [{"order_id": o, "source_": s} for o, s in {(r["order_id"], r["source_"]): 0 for n in ("matches", "orders", "lines") for r in t[n] if r["order_id"]}]

def controls(parts: Parts) -> Iterator[Finding]:
    """What differs from the control totals, with the row where it can be told."""
    manifest = json.loads("\n".join(parts["manifest.json", ""]["text"])) | {"outputs": {}}
    parts = {**parts, ("manifest.json", ""): {"text": json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True).split("\n")}}
    printed = list(zip(*parts["controls.csv", ""].values(), strict=True))  # file, part, column, rows, filled, total, weighted
    told = {tuple(row[:3]): list(row[3:]) for row in printed}
    yield from [("controls.csv", "", "≠ sorted")] if printed != sorted(set(printed)) else []
    for file, part, name in sorted({(f, p, c) for (f, p), columns in parts.items() for c in columns if f != "controls.csv"} | told.keys()):
        cells = parts.get((file, part), {}).get(name, [])
        values = [*map({c: zlib.crc32(str(int(c) if isinstance(c, bool) else "" if c is None else c).encode()) for c in {*cells}}.__getitem__, cells)]
        found = [len(cells), sum(c not in (None, "") for c in cells), sum(values), sum(i * v for i, v in enumerate(values, 1))]
        rows, filled, total, weighted = (a - int(b) for a, b in zip(found, told.get((file, part, name), [-1] * 4), strict=True))
        if rows or filled or total or weighted:
            spot = f" row {weighted // total + file.endswith(('.csv', '.parquet'))}" if not rows and total and weighted % total == 0 else ""
            yield file, f"{part} {name}{spot}".strip(), f"controls.csv: rows {rows:+d}, filled {filled:+d}, total {total:+d}, weighted {weighted:+d}"

def beside(name: str) -> Any:
    """`verify_NAME.py` of the same folder, None where it was not copied along."""
    try:
        return importlib.import_module(f"{__package__}.verify_{name}" if __package__ else f"verify_{name}")
    except ImportError:
        return None

def main(arguments: Sequence[str] | None = None, tr: Callable[[str, str], str] = "{} / {}".format) -> int:
    """Verify the folder that is named and say what was found; `tr` chooses the language. Returns the exit code."""
    parser, near = argparse.ArgumentParser(prog="verify"), [p / "configs" for p in Path(__file__).resolve().parents]
    for option, default in (("out", None), ("--inputs", None), ("--configs", next((p for p in near if p.is_dir()), Path("configs")))):
        parser.add_argument(option, type=Path, default=default)
    parser.add_argument("--json", action="store_true")
    given, views, bills, reach = parser.parse_args(arguments), *map(beside, ("views", "bills", "reach"))
    try:
        manifest = json.loads((given.out / "manifest.json").read_text("utf-8"))
        names, copy, own = [*manifest["outputs"], "manifest.json"], manifest["laws"], given.configs / "verify" / "laws.txt"
        told = [x for x in own.read_text("utf-8").splitlines() if x and x[0] != "#"] if own.is_file() else copy
    except (OSError, ValueError, LookupError, TypeError):
        print(tr(f"{given.out}：不是可复核的输出文件夹", f"{given.out}: not an output folder that can be verified"), file=sys.stderr)
        return 2
    found: list[Finding] = [] if told == copy else [("manifest.json", "laws", f"≠ {own}")]
    parts, laws, tables = dict[tuple[str, str], Any](), [x for x in told if x[0] != "?"], dict[str, list[Row]]()
    for name in names:
        try:
            content = (given.out / name).read_bytes()
            parts |= {(name, part): columns for part, columns in parts_of(name, content).items()}
            sha = hashlib.sha256(content).hexdigest()
            found += [(name, "", f"sha256 {sha} ≠ manifest.json")] if manifest["outputs"].get(name, sha) != sha else []
        except Exception as error:
            found.append((name, "", repr(error)))
    try:
        tables |= model(parts, views and views.views)
        found += [x for law in laws for x in broken(tables, law)] + list(controls(parts))
    except Exception as error:  # whatever a damaged file does: it is refused
        found.append(("summary.json", "", repr(error)))
    if given.inputs and not found:
        found += bills.reread(given.inputs, given.configs, tables) if bills else [("verify_bills.py", "", tr("不在旁边，账单没有复核", "is not beside: the bills were not read again"))]
    full, known = {name.split(".")[0]: name for name in names}, {"report": "report.xlsx", "page": "report.html", "summary": "summary.json"}
    found = [(known[f.split("/")[0]], f"{f.partition('/')[2]} {w}".strip(), what) if f.split("/")[0] in known and "/" in f else (full.get(f, f), w, what) for f, w, what in found]
    left = [(full.get(f, f), *rest) for f, *rest in (reach.unvouched(tables, told, keyed) if reach and not found else [])] + [(name, "*", 0, 0) for name in ("report.xlsx", "report.html") if not views]
    left += [("report.xlsx", f"{row['table']} *", 0, 0) for row in tables.get("report/uncompared_", ())]  # no decimals are said
    if given.json:
        lists = {n: [dict(zip(keys.split(), x)) for x in rows] for n, keys, rows in (("refused", "file where what", found), ("not_vouched_for", "file column cells unreached", left))}
        print(json.dumps({"holds": not found, "files": len(names), "laws": len(laws), **lists}, ensure_ascii=False, indent=2))
        return int(bool(found))
    print(*(f"{file} [{where}] {what}" if where else f"{file} {what}" for file, where, what in found[:50]), sep="\n", end="\n" * bool(found))
    print(tr(f"拒绝：{len(found)} 处不符", f"refused: {len(found)} places do not agree") if found else tr(f"相符：{len(names)} 个文件，{len(laws)} 条规则", f"holds: {len(names)} files, {len(laws)} laws"))
    for file in dict.fromkeys(x[0] for x in left):
        print(tr("没有规则能核对：", "not vouched for: ") + file, ", ".join(c if n == k else f"{c} ({k}/{n})" for f, c, n, k in left if f == file))
    return int(bool(found))

if __name__ == "__main__":
    sys.exit(main())
