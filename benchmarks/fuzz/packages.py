"""Mutations of zip archives and of workbooks (.xlsx): entries, attributes, references, shared strings, structure."""

from __future__ import annotations

import re
import warnings
import zipfile
from io import BytesIO
from random import Random

from benchmarks.fuzz import text
from benchmarks.fuzz.text import NASTY, Mutation

Parts = list[tuple[str, bytes]]

_VALUE = re.compile(rb"<(v|t)(?: [^>]*)?>([^<]*)</\1>")
_REFERENCE = re.compile(rb'r="[A-Z]{1,3}\d{1,7}"')
_CELL = re.compile(rb"<c [^>]*?(?:/>|>.*?</c>)", re.S)
_ROW = re.compile(rb"<row [^>]*?(?:/>|>.*?</row>)", re.S)
_NUMBER = re.compile(rb'"\d+"')
_REFERENCES = (
    b"A1",
    b"A1048576",
    b"XFD1",
    b"XFD1048576",
    b"a1",
    b"ZZZ9999999",
    b"AAAA1",
    b"A0",
    b"1A",
    b"",
    b"A99999999999",
)
_NUMBERS = (
    b"0",
    b"1",
    b"4294967295",
    b"4294967296",
    b"18446744073709551615",
    b"-1",
    b"1048576",
    b"16384",
    b"999999999",
    b"x",
)


def unpack(data: bytes) -> Parts | None:
    """(name, bytes) of the entries; None where it is no readable zip."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            return [(info.filename, package.read(info)) for info in package.infolist()]
    except Exception:  # damage shows as whatever a decompressor stumbles over
        return None


def pack(parts: Parts, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of the entries, equal names kept."""
    target = BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", method) as package:
        warnings.simplefilter("ignore")  # of equal names
        for name, data in parts:
            info = zipfile.ZipInfo(name or "x")
            info.compress_type = method
            package.writestr(info, data)
    return target.getvalue()


def _replace_one(pattern: re.Pattern[bytes], xml: bytes, random: Random, new: bytes | None) -> bytes:
    """`new` in place of one match; None repeats the match."""
    found = list(pattern.finditer(xml))
    if not found:
        return text.flip_bytes(xml, random)
    match = random.choice(found)
    return xml[: match.start()] + (match.group() * 2 if new is None else new) + xml[match.end() :]


def _xml(xml: bytes, random: Random) -> bytes:
    what = random.randrange(12)
    nasty = random.choice(NASTY).encode(errors="replace")
    if what == 0:
        return _replace_one(_REFERENCE, xml, random, b'r="' + random.choice(_REFERENCES) + b'"')
    if what == 1:
        return _replace_one(_NUMBER, xml, random, b'"' + random.choice(_NUMBERS) + b'"')
    if what == 2:
        return _replace_one(_VALUE, xml, random, b"<v>" + nasty.replace(b"<", b"&lt;") + b"</v>")
    if what in (3, 4):
        return _replace_one(_CELL if what == 3 else _ROW, xml, random, random.choice((b"", None)))
    if what == 5:
        return re.sub(
            rb'<dimension ref="[^"]*"',
            b'<dimension ref="' + random.choice((b"A1", b"A1:XFD1048576", b"B2:C3")) + b'"',
            xml,
        )
    if what == 6:
        return _REFERENCE.sub(b"", xml)
    if what == 7:
        return xml.replace(
            b't="s"', random.choice((b't="str"', b't="n"', b't="inlineStr"', b't="e"', b't="d"', b't="b"')), 1
        )
    if what == 8:
        return _replace_one(_VALUE, xml, random, b"")
    if what == 9:
        return _replace_one(_VALUE, xml, random, b"<f>SUM(A1:A9)</f>")
    if what == 10:
        return xml.replace(b"<sheetData>", b'<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    return random.choice((text.flip_bytes, text.cut_end, text.drop_span, text.repeat_span, text.put_bytes))(xml, random)


def mutate_parts(data: bytes, random: Random) -> bytes:
    """One entry changed inside: XML of a workbook, or a text member like a file of its own."""
    parts = unpack(data)
    if not parts:
        return text.flip_bytes(data, random)
    at = random.randrange(len(parts))
    sheets = [place for place, (name, _) in enumerate(parts) if "sheet" in name or "shared" in name.lower()]
    if sheets and random.random() < 0.8:
        at = random.choice(sheets)
    name, content = parts[at]
    if name.lower().endswith((".xml", ".rels")):
        parts[at] = (name, _xml(content, random))
    else:
        parts[at] = (name, random.choice(list(text.MUTATIONS.values()))(content, random))
    return pack(parts)


_NAMES = (
    "",
    "/",
    "../x.csv",
    "C:\\x.csv",
    "a/" * 200 + "x.csv",
    "x\0y.csv",
    "\x1b[2J.csv",
    "账单.csv",
    "\u202e.csv",
    ".",
    "a\nb.csv",
)


def mutate_entries(data: bytes, random: Random) -> bytes:
    """Entries dropped, repeated, renamed, nested, moved, stored."""
    parts = unpack(data)
    if not parts:
        return text.cut_end(data, random)
    at = random.randrange(len(parts))
    name, content = parts[at]
    what = random.randrange(6)
    if what == 0:
        parts.pop(at)
    elif what == 1:
        parts.append(parts[at])
    elif what == 2:
        parts[at] = (random.choice(_NAMES), content)
    elif what == 3:
        parts[at] = (name + ".zip", pack([(name, content)]))
    elif what == 4:
        random.shuffle(parts)
    else:
        parts.append((random.choice(_NAMES), b"\n" * random.choice((0, 10, 100_000))))
    return pack(parts, random.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)))


def mutate_headers(data: bytes, random: Random) -> bytes:
    """The zip's own directory: sizes, offsets, flags, methods."""
    places = [match.start() for match in re.finditer(rb"PK\x01\x02|PK\x03\x04|PK\x05\x06", data)]
    if not places:
        return text.flip_bytes(data, random)
    changed = bytearray(data)
    at = random.choice(places) + random.randint(4, 45)
    for offset in range(random.choice((1, 2, 4))):
        if at + offset < len(changed):
            changed[at + offset] = random.choice((0, 1, 0xFF, random.randrange(256)))
    return bytes(changed)


MUTATIONS: dict[str, Mutation] = {
    "parts": mutate_parts, "parts_again": mutate_parts, "parts_more": mutate_parts, "entries": mutate_entries,
    "zip_headers": mutate_headers, "flip_bytes": text.flip_bytes, "cut_end": text.cut_end, "drop_span": text.drop_span,
}  # fmt: skip
