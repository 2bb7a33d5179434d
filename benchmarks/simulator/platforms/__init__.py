"""The platforms of the simulated company. `base.py` says what a plugin is; adding one is a module and a line here."""

from __future__ import annotations

from benchmarks.simulator.model import ShopSpec
from benchmarks.simulator.platforms.base import Platform, Rate
from benchmarks.simulator.platforms.douyin import DOUYIN
from benchmarks.simulator.platforms.jd import JD
from benchmarks.simulator.platforms.kuaishou import KUAISHOU
from benchmarks.simulator.platforms.pdd import PDD
from benchmarks.simulator.platforms.taobao import TAOBAO
from benchmarks.simulator.platforms.wechat_shop import WECHAT_SHOP
from benchmarks.simulator.platforms.wechatpay import WECHATPAY
from benchmarks.simulator.platforms.xiaohongshu import XIAOHONGSHU

PLATFORMS: dict[str, Platform] = {
    p.name: p for p in (TAOBAO, PDD, DOUYIN, KUAISHOU, JD, XIAOHONGSHU, WECHAT_SHOP, WECHATPAY)
}


def of(spec: ShopSpec) -> Platform:
    """The platform of a shop."""
    return PLATFORMS[spec.platform]


__all__ = ["PLATFORMS", "Platform", "Rate", "of"]
