"""The company: which shops exist and in which shapes their files come; its `ecrecon.toml`."""

from __future__ import annotations

import json
from dataclasses import replace

from benchmarks.simulator import platforms, sides_bank, sides_erp
from benchmarks.simulator.model import ShopSpec, World, yuan
from benchmarks.simulator.tables import OutFile

SHOPS: tuple[ShopSpec, ...] = (
    ShopSpec("tmall_a", "taobao", "示例天猫旗舰店", 1, tmall=True, account="2088000123450001"),
    ShopSpec(
        "taobao_b", "taobao", "示例淘宝杂货铺", 2, wechat_share=40, account="2088000123450002", t1="split", t2="csv",
        t3="csv", t4="a", bill="a1_narrow",
    ),
    ShopSpec("pdd_a", "pdd", "示例拼多多店", 3),
    ShopSpec("pdd_b", "pdd", "示例拼多多二店", 4, bill="days", p3="xlsx", p4="second"),
)  # fmt: skip
"""The usual company."""

OTHER_SHAPES: dict[str, dict[str, str]] = {
    "tmall_a": {"t1": "picked", "bill": "a5_wide", "t3": "csv"},
    "taobao_b": {"t1": "old", "t4": "b", "bill": "a5"},
    "pdd_a": {"bill": "xlsx", "p3": "picked", "p4": "second"},
    "pdd_b": {"bill": "tsv", "p3": "csv_zip"},
}
"""The same company with the other layouts and containers."""


SAMPLE: tuple[ShopSpec, ...] = (
    *(replace(s, p3="picked") if s.name == "pdd_a" else s for s in SHOPS),
    ShopSpec(
        "taobao_c", "taobao", "示例淘宝小店", 5, wechat_share=40, account="2088000123450005", t1="picked", t4="b",
        bill="a5",
    ),
)  # fmt: skip
"""The company of the sample month: one shop more, so that every layout has a file."""


def shops(variant: str = "usual") -> list[ShopSpec]:
    """The shops; `variant` "other" takes the second set of shapes, "sample" the shops of the sample month, "full" the
    shops of every platform, the name of a platform that platform's own shops, the name of one of these that shop alone."""
    if variant == "usual":
        return list(SHOPS)
    if variant == "sample":
        return list(SAMPLE)
    if variant == "full":
        return [*SHOPS, *(shop for p in platforms.PLATFORMS.values() for shop in p.shops)]
    if variant in platforms.PLATFORMS:
        return list(platforms.PLATFORMS[variant].shops)
    if alone := [shop for p in platforms.PLATFORMS.values() for shop in p.shops if shop.name == variant]:
        return alone
    return [replace(s, **OTHER_SHAPES[s.name]) for s in SHOPS]  # type: ignore[arg-type]


def lay_out(world: World) -> list[OutFile]:
    """Every file of the company, sorted by the name it has in `sources`."""
    out = [file for spec in world.shops for file in platforms.of(spec).files(world, spec)]
    out += [*sides_erp.files(world), *sides_bank.files(world)]
    return sorted(out, key=lambda f: f.display)


def own_profiles(world: World) -> dict[str, bytes]:
    """Path -> bytes of the seller's own profiles, beside the workspace."""
    used = {spec.platform: platforms.of(spec) for spec in world.shops}
    return {f"profiles/{name}": text.encode() for p in used.values() for name, text in p.profiles.items()}


def workspace(world: World) -> str:
    """The text of `ecrecon.toml`."""
    out = [
        'company = "示例商贸有限公司"', 'standard = "sbe"', 'vat_status = "general"',
        *(['profiles = ["profiles"]'] if own_profiles(world) else []),
        *([f"fake_orders = {json.dumps(world.fakes)}"] if world.fakes else []), "", "[posting.policy]",
        'revenue_point = "confirmed"', "", "[opening]",
        f"date = {world.opening}", f"grace_days = {world.opening_grace}", "", "[tolerances]", 'group = "0.01"',
        f'cap = "{yuan(world.cap)}"', "",
    ]  # fmt: skip
    for spec in world.shops:
        platform = platforms.of(spec)
        paths = [f"{folder}/{spec.name}/**" for folder in platform.folders]
        listed = ", ".join(f'"{p}"' for p in paths)
        out += ["[[shops]]", f'name = "{spec.name}"', f'platform = "{spec.platform}"', f"paths = [{listed}]"]
        if spec.account:
            suffix = "0156" if spec.platform == "taobao" else ""
            out.append(f'accounts = ["{spec.account}{suffix}"]')
        if world.sides and spec.platform in sides_bank.PAYERS:
            out.append(f'payers = ["{sides_bank.PAYERS[spec.platform]}"]')
        rate = platform.rate(spec)
        out += [
            f"settlement_days = {platform.settlement_days}",
            "",
            "  [[shops.rates]]",
            f'  category = "{rate.category}"',
            f'  rate = "{rate.rate}"',
        ]
        out += ["  from = 2026-01-01", ""]
    return "\n".join([*out, *sides_bank.workspace(world)])
