"""The independent verifier: adds up again what a run of ecrecon wrote. 独立复核：把一次运行写出的全部文件重新加总、互相核对。

    python verify.py OUT [--inputs DIR] [--configs DIR]     exit 0: all agrees; 1: refused; 2: not an output folder

It shares no code with ecrecon; this file, Python 3.11 and pyarrow are enough. What is checked says configs/verify/laws.txt (without it:
the copy in OUT/manifest.json), besides digests, control totals and, with --inputs, the bills themselves. Money is integers of fen.
"""
from __future__ import annotations

import argparse, csv, gzip, hashlib, io, json, re, sys, tomllib, zipfile, zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
import pyarrow.parquet as pq

Row = dict[str, Any]
Finding = tuple[str, str, str]  # file, where, what
ODD = {*["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF", "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]}  # currencies without two decimals
Parts = Mapping[tuple[str, str], Mapping[str, list[Any]]]  # columns by (file, sheet or ''); texts have their lines in column `text`

def parts_of(name: str, content: bytes) -> dict[str, dict[str, list[Any]]]:
    """The columns of one output file, by part."""
    if name.endswith(".parquet"):
        table, epoch = pq.read_table(io.BytesIO(content)), datetime(1970, 1, 1, 8)  # Shanghai
        times = {f.name: table[f.name].cast("int64").to_pylist() for f in table.schema if str(f.type).startswith("timestamp")}
        texts = {c: [v if v is None else str(epoch + timedelta(seconds=v // 10**6)) for v in vs] for c, vs in times.items()}
        return {"": {c: texts[c] if c in texts else table[c].to_pylist() for c in table.column_names}}
    if name.endswith(".csv"):  # an apostrophe before a text that a spreadsheet would run is none of the text
        header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        return {"": {c: [re.sub(r"^'(?=[=+\-@\t\r])", "", row[i]) for row in rows] for i, c in enumerate(header)}}
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            marks = {p: "<row " if p.startswith("xl/worksheets/sheet") else "<si>" for p in book.namelist()}
            return {p: {"text": book.read(p).decode().split(m)[1:]} for p, m in marks.items() if m == "<row " or p == "xl/sharedStrings.xml"}
    return {"": {"text": content.decode().split("\n")}}

def sheet(rows: list[str]) -> list[Row]:
    """Numbers of the table of a sheet, in hundredths: row 5 and those that follow without a gap."""
    table: list[Row] = []
    for row in (row for row in rows if row.startswith(f'r="{len(table) + 5}"')):
        cells = re.findall(r'<c r="([A-Z]+)\d+"([^>/]*)><v>([^<]*)</v>', row)
        table.append({c: int(Decimal(v) * 100) for c, how, v in cells if 't="' not in how})
    return table

def number(value: Any) -> int:
    """Smallest units of an amount or a count; nothing is 0."""
    return value if isinstance(value, int) else int(re.sub(r"^(-?\d+)(?:\.(\d+))?$", r"\1\2", value)) if value else 0

def keyed(tables: Mapping[str, list[Row]], side: str) -> tuple[list[Row], list[tuple[str, ...]]]:
    """(rows, their keys) of `file[filter] keys`. Filters: `a`, `!a`, `c=x|y`, `d!=z`, `e>0`, with `&` between."""
    file, tests, keys = re.fullmatch(r"([^\s\[]+)(?:\[(.*?)\])? (.*)", side).groups()  # type: ignore[union-attr]
    rows, names = tables.get(file, []), [key.partition("~") for key in keys.split()]
    for no, name, sign, wanted in re.findall(r"(!?)(\w+)(!=|=|>|)([^&]*)", tests or ""):
        words, yes = (wanted.strip().split("|"), sign == "=") if sign else (["None", "", "False", "false"], bool(no))
        rows = [r for r in rows if (number(r.get(name)) > 0 if sign == ">" else (str(r.get(name)) in words) == yes)]
    return rows, [tuple("" if r.get(k) is None else str(r[k])[: int(length or 999)] for k, _, length in names) for r in rows]

def added(tables: Mapping[str, list[Row]], side: str) -> dict[tuple[str, ...], list[int]]:
    """Sums of one side of a law by key: one for each term between commas."""
    left, _, terms = side.partition(" : ")
    sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0] * 20)
    for row, key in zip(*keyed(tables, left), strict=True) if terms else ():
        for place, term in enumerate(terms.split(",")):
            for sign, name, every in re.findall(r"(-?)(\w+|#)(\*?)", term):
                columns = [c for c in row if c.startswith(name)] if every else [name]
                sums[key][place] += sum(1 if c == "#" else number(row.get(c)) for c in columns) * (-1 if sign else 1)
    return sums

def broken(tables: Mapping[str, list[Row]], law: str) -> Iterator[Finding]:
    """What of one law does not hold."""
    left, sign, right = re.fullmatch(r"(.*?) (->|<=|=|in|<<) (.*)", law).groups()  # type: ignore[union-attr]
    file, rest = re.fullmatch(r"([^\s\[]+)(?:\[.*?\])?( .*)", left).groups()  # type: ignore[union-attr]
    for side in right.split(" = ") if sign in ("=", "<=") else ():
        mine, theirs, other = added(tables, left), added(tables, side if " : " in side or side == "0" else side + rest), side.split("[")[0].split()[0]
        for key in sorted(mine if sign == "<=" else mine.keys() | theirs.keys()):
            for term, a, b in zip(rest.split(" : ")[1].split(","), mine.get(key, [0] * 20), theirs.get(key, [0] * 20)):
                if a != b:
                    yield file, ("row " if " @ " in left else "") + " ".join(key), f"{term.strip()} = {a} ≠ {b}" + f" ({other})" * (other != "0")
    known = set(keyed(tables, right)[1]) if sign == "in" else set()
    for name in ["@"] if sign == "in" else right.split() if sign in ("->", "<<") else []:
        before: dict[Any, Any] = {}
        for row, key in zip(*keyed(tables, left), strict=True):
            value, last = row.get(name), before.get(key)
            before[key] = value
            if sign == "in" and key not in known:
                yield file, f"row {value or '?'}", f"{' '.join(key)} ∉ {right.split()[0]}"
            elif last is not None and ((sign == "->" and last != value) or (sign == "<<" and int(last) >= int(value or 0))):
                yield file, f"row {row['@']}", f"{name} = {value} ≠ {last} ({' '.join(key)})" if sign == "->" else f"{name} = {value} ≤ {last}"

def model(parts: Parts) -> dict[str, list[Row]]:
    """Rows of all files by name without ending, with what laws compute."""
    t: dict[str, list[Row]] = defaultdict(list)
    for (file, part), raw in parts.items():
        if file.endswith((".csv", ".parquet")):
            t[file.rpartition(".")[0]] = [{"@": i, **dict(zip(raw, values, strict=True))} for i, values in enumerate(zip(*raw.values(), strict=True), 2)]
        elif part.startswith("xl/worksheets") and not ODD & {c for n in ("lines", "orders") for c in parts[f"{n}.parquet", ""].get("currency", [])}:
            t["report/" + re.sub(r"[^0-9]", "", part)] = sheet(raw["text"])
    summary, manifest = (json.loads("\n".join(parts[f"{n}.json", ""]["text"])) for n in ("summary", "manifest"))
    t |= {"summary": [summary], "manifest": [manifest], "inputs_": [{"path": p, "sha256": s} for p, s in manifest["inputs"].items()]}
    t |= {f"summary/{n}": summary[n] if n != "vouchers" else [summary[n]] for n in ("sources", "accounts", "shops", "vouchers")}
    t |= {f"summary/statements/{n}": rows for n, rows in summary["statements"].items()}
    t |= {f"summary/{n}": [{key: k, **v} for k, v in summary[n].items()] for n, key in (("checks", "check"), ("variances", "type"))}
    t["summary/by_kind"] = [{"type": k, "kind": x, **v} for k, s in summary["variances"].items() for x, v in s["by_kind"].items()]
    t["summary/laws"] = [{"law": k, **row} for k, law in summary["conservation"]["laws"].items() for row in law["rows"]]
    period, as_of, sources = manifest["period"], date.fromisoformat(manifest["as_of"][:10]), t["summary/sources"]
    for r in (r for n in ("lines", "orders", "matches", "voucher_trace") for r in t[n] if r["source_id"] is not None):
        r["path_"], r["source_"] = sources[r["source_id"]]["path"], f"{sources[r['source_id']]['path']}:{r['source_line']}"
    name_of, currency = {r["voucher_id"]: f"{r['word']}-{r['number']}" for r in t["vouchers"]}, {r["line_id"]: r["currency"] for r in t["lines"]}
    placed, ties = {r["line_id"]: name_of.get(r["voucher_id"]) for r in t["voucher_trace"]}, defaultdict[Any, list[Row]](list)
    for r in t["lines"]:
        when, amount = r["occurred_at"] or "", r["amount_minor"]
        live = r["disposition"] not in ("duplicate", "superseded", "pending", "after_as_of", "void", "witness")
        r["moved_"] = moved = r["in_money"] and live and when.startswith(period)
        r |= {"booked_": moved and (r["platform"] != "bank" or r["category"] in ("interest", "payment_fee"))}
        r |= {"day_": when[:10], "voucher_": placed.get(r["line_id"]), "direction_": "in" if amount > 0 else "out", "size_": abs(amount), "one_": int(amount != 0)}
        if live and r["tie_id"] is not None and r["in_money"] != r["in_order"]:
            ties[r["tie_id"]].append(r)
    for group in ties.values():  # a settlement detail that adds up to the movement is booked in its place, on its day
        cash, detail = ([r for r in group if r["in_money"] is money] for money in (True, False))
        if cash and detail and all(r["moved_"] for r in cash) and sum(r["amount_minor"] for r in cash) == sum(r["amount_minor"] for r in detail):
            for r in group:
                r |= {"booked_": not r["in_money"], "day_": r["day_"] if r["in_money"] else max(c["occurred_at"] for c in cash)[:10]}
    files = defaultdict[str, list[str]](list)
    for r in t["voucher_trace"]:
        r["currency_"] = currency.get(r["line_id"])
        files[r["voucher_id"]].append(sources[r["source_id"]]["sha256"] if r["source_id"] is not None else "")
    for voucher_id, shas in ((v, sorted({*s} - {""})) for v, s in files.items()):
        sha = hashlib.sha256("\n".join(shas).encode()).hexdigest() if shas else ""
        t["hashes_"].append({"voucher_id": voucher_id, "attachments": len(shas), "source_hash": sha})
    for r in t["vouchers"]:
        off = abs(Decimal(r["amount_fc"] or 0) * Decimal(r["fx_rate"] or 0) * 100 - number(r["debit"]) - number(r["credit"]))
        r |= {"name_": name_of[r["voucher_id"]], "account_": f"{r['account_code']} {r['account_name']}", "rate_off_": number(r["amount_fc"]) != 0 and off > 3 + 2 * len(files[r["voucher_id"]])}
    running = 0
    for r in t["ledger"] + t["parties"]:
        held, row = number(r.get("balance", r.get("closing"))), r.get("row")
        running = held if row in ("opening", "year") else running + (number(r["income"]) - number(r["expense"]) if row == "line" else 0)
        r |= {"balance_": running, "sign_": (held > 0) - (held < 0)}
    t["form_"] = [r for r in t["income_statement"] if name_of]  # without vouchers it says nothing
    t["quarter_"] = [r for r in t["platform_income"] if r["months"] == period]
    count: Counter[Any] = Counter()
    for r in t["variances"] + t["open_items"]:
        since = r.get("occurred_at") or r.get("event_at")
        r["age_"] = (as_of - date.fromisoformat(since[:10])).days if since else number(r["age_days"])
        if "variance_id" not in r:
            continue
        r["money_"] = number(r["difference"]) or (number(r["actual"]) - number(r["expected"]) * (r["code"][0] != "S")) * (r["code"][0] != "M")
        key = (r["check"], r["platform"] or "None", next(filter(None, (r[k] for k in ("order_id", "txn_id", "sources", "shop", "account"))), ""))
        r["id_"] = "V" + hashlib.sha256("\x1f".join((*key, str(count[key]))).encode()).hexdigest()[:12]
        count[key] += 1
        t["references_"] += [{"@": r["@"], "check": r["check"], "order_id": r["order_id"], "source_": s} for s in r["sources"].split(";") if r["order_id"] and re.search(r":\d+$", s)]
    t["known_"] = [{"order_id": r["order_id"], "source_": r["source_"]} for n in ("matches", "orders", "lines") for r in t[n] if r["order_id"]]
    return t

def value(cell: Any) -> int:
    """What a cell counts in a control total."""
    return zlib.crc32(str(int(cell) if isinstance(cell, bool) else "" if cell is None else cell).encode())

def controls(parts: Parts) -> Iterator[Finding]:
    """What differs from the control totals, with the row where it can be told."""
    manifest = json.loads("\n".join(parts["manifest.json", ""]["text"])) | {"outputs": {}}
    parts = {**parts, ("manifest.json", ""): {"text": json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True).split("\n")}}
    printed = list(zip(*parts["controls.csv", ""].values(), strict=True))
    told = {tuple(row[:3]): list(row[3:]) for row in printed}
    yield from [("controls.csv", "", "≠ sorted")] if printed != sorted(set(printed)) else []
    for file, part, name in sorted({(f, p, c) for (f, p), columns in parts.items() for c in columns if f != "controls.csv"} | told.keys()):
        cells = parts.get((file, part), {}).get(name, [])
        values = [value(cell) for cell in cells]
        found = [len(cells), sum(c not in (None, "") for c in cells), sum(values), sum(i * v for i, v in enumerate(values, 1))]
        rows, filled, total, weighted = (a - int(b) for a, b in zip(found, told.get((file, part, name), [-1] * 4), strict=True))
        if rows or filled or total or weighted:
            spot = f" row {weighted // total + file.endswith(('.csv', '.parquet'))}" if not rows and total and weighted % total == 0 else ""
            yield file, f"{part} {name}{spot}".strip(), f"controls.csv: rows {rows:+d}, filled {filled:+d}, total {total:+d}, weighted {weighted:+d}"

def reread(inputs: Path, configs: Path, tables: Mapping[str, list[Row]]) -> Iterator[Finding]:
    """What differs from the input files: digests, and each amount of a CSV bill whose layout names plain amount columns."""
    for place, source in enumerate(tables["summary/sources"]):
        outer, *inner = source["path"].split("!/")
        content = (inputs / outer).read_bytes() if (inputs / outer).is_file() else b""
        for member in inner:
            box = zipfile.ZipFile(io.BytesIO(content)) if content[:2] == b"PK" else None
            names = [n for n in box.namelist() if member in (n, n.encode("cp437", "ignore").decode("gbk", "ignore"))] if box else []
            content = box.read(names[0]) if box and names else gzip.decompress(content) if content[:2] == b"\x1f\x8b" else b""
        if hashlib.sha256(content).hexdigest() != source["sha256"]:
            yield source["path"], "", f"sha256 ≠ {source['sha256']}"
            content = b""
        profile, limit = configs / "platforms" / f"{source['profile']}.toml", {"csv": ",", "tsv": "\t"}.get(source["container"])
        rule = tomllib.loads(profile.read_text("utf-8")) if content and limit and source["kind"] == "bill" and profile.is_file() else {}
        amount, lines = rule.get("amount", {}), [r for r in tables["lines"] if r["source_id"] == place]
        if amount.get("mode") not in ("in_out", "signed") or amount.get("always") or any(r["money_column"] for r in lines):
            continue
        source["reread_"], columns, sums, stop = True, list[tuple[str, int]](), Counter[int](), rule["file"].get("stop_at", "(?!)")
        for row in (reader := csv.reader(io.StringIO(content.decode(source["encoding"], "replace")), delimiter=limit or ",")):
            cells = [c.strip("\ufeff \t'") for c in row]
            if not columns and all(any(c.startswith(n) for c in cells) for n in rule["header"]["require"]):
                columns = [(k, min((len(c), i) for i, c in enumerate(cells) if c.startswith(amount[k]))[1]) for k in ("in", "out", "column") if k in amount]
            elif columns and re.search(stop, cells[0] if cells else ""):
                break
            elif columns and not re.match("合计|总计|小计", "".join(cells)):
                texts = [(k, re.sub(r"[^\d.\-]", "", cells[i])) for k, i in columns if i < len(cells) and re.search(r"\d", cells[i])]
                sums[reader.line_num] += sum(int(Decimal(v) * 100) if k == "column" else abs(int(Decimal(v) * 100)) * (1 if k == "in" else -1) for k, v in texts)
        for r in lines:
            sums[r["source_line"]] -= r["amount_minor"]
        yield from ((f"{source['path']}:{n}", "", f"amount {off:+d} ≠ lines") for n, off in sorted(sums.items()) if off)

def refusals(parts: Parts, laws: Sequence[str]) -> list[Finding]:
    """All that does not agree among the outputs; what cannot be read at all is one finding."""
    try:
        return [found for tables in [model(parts)] for law in laws for found in broken(tables, law)] + list(controls(parts))
    except Exception as error:  # whatever a damaged file does: it is refused
        return [("summary.json", "", repr(error))]

def main(arguments: Sequence[str] | None = None, tr: Callable[[str, str], str] = "{} / {}".format) -> int:
    """Verify the folder that is named and say what was found; `tr` chooses the language. Returns the exit code."""
    parser, near = argparse.ArgumentParser(prog="verify"), [p / "configs" for p in Path(__file__).resolve().parents]
    for name, default in (("out", None), ("--inputs", None), ("--configs", next((p for p in near if p.is_dir()), Path("configs")))):
        parser.add_argument(name, type=Path, default=default)
    given = parser.parse_args(arguments)
    try:
        manifest = json.loads((given.out / "manifest.json").read_text("utf-8"))
        names, copy, own = [*manifest["outputs"], "manifest.json"], manifest["laws"], given.configs / "verify" / "laws.txt"
        told = [x for x in own.read_text("utf-8").splitlines() if x and x[0] != "#"] if own.is_file() else copy
    except (OSError, ValueError, LookupError, TypeError):
        print(tr(f"{given.out}：不是可复核的输出文件夹", f"{given.out}: not an output folder that can be verified"), file=sys.stderr)
        return 2
    found: list[Finding] = [] if told == copy else [("manifest.json", "laws", f"≠ {own}")]
    parts, laws = dict[tuple[str, str], Any](), [x for x in told if x[0] != "?"]
    for name in names:
        try:
            content = (given.out / name).read_bytes()
            parts |= {(name, part): columns for part, columns in parts_of(name, content).items()}
            sha = hashlib.sha256(content).hexdigest()
            found += [(name, "", f"sha256 {sha} ≠ manifest.json")] if manifest["outputs"].get(name, sha) != sha else []
        except Exception as error:
            found.append((name, "", repr(error)))
    found += refusals(parts, laws) + (list(reread(given.inputs, given.configs, model(parts))) if given.inputs and not found else [])
    full = {name.split(".")[0]: name for name in names}
    for file, where, what in found[:50]:
        print(full.get(file.split("/")[0], file), f"[{where}] {what}" if where else what)
    if found:
        print(tr(f"拒绝：{len(found)} 处不符", f"refused: {len(found)} places do not agree"))
        return 1
    print(tr(f"相符：{len(names)} 个文件，{len(laws)} 条规则", f"holds: {len(names)} files, {len(laws)} laws"))
    print(tr("没有别的文件可对照，只有控制总数：", "not vouched for by another file, only by control totals:"), *(f"{c} — {tr(*why.split(' / '))}" for c, why in (x.split(" — ") for x in told if x[0] == "?")), sep="\n")
    return 0

if __name__ == "__main__":
    sys.exit(main())
