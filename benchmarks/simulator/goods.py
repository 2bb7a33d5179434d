"""What the shops sell, and the random draws that every story shares. No real name, no person."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

CATALOGUE: tuple[tuple[str, str, int], ...] = (
    ("气球套装 生日布置", "颜色:红", 4000), ("电动气泵", "默认", 10692), ("彩带 10米", "颜色:金", 2750),
    ("一次性桌布", "规格:3张", 1990), ("棉麻收纳盒, 带盖", "尺寸:大", 3580), ("陶瓷马克杯", "颜色:白", 2990),
    ("竹纤维毛巾", "规格:2条", 1890), ("洗护套装", "默认", 8900), ("帆布手提袋", "颜色:本色", 4550),
    ("保温杯 500ml", "颜色:藏青", 6990), ("无线台灯", "款式:三档", 12900), ("儿童雨衣", "尺码:L", 5990),
)  # fmt: skip


@dataclass(frozen=True)
class Pick:
    """One catalogue line chosen for an order."""

    goods_id: str
    title: str
    sku_text: str
    sku_code: str
    price: int


def pick(rng: random.Random) -> Pick:
    """A random article; its price wanders by up to 3 yuan."""
    index = rng.randrange(len(CATALOGUE))
    title, sku, price = CATALOGUE[index]
    return Pick(f"70000000{index + 1:04d}", title, sku, f"SKU-{index + 1:03d}", price + rng.randrange(0, 300, 10))


def after(rng: random.Random, start: datetime, low_hours: float, high_hours: float) -> datetime:
    """A moment between low and high hours after `start`, whole seconds."""
    return start + timedelta(seconds=rng.randint(int(low_hours * 3600), int(high_hours * 3600)))


class Deck:
    """Stories drawn like cards: each appears in proportion even among few orders."""

    def __init__(self, rng: random.Random, counts: dict[str, int]) -> None:
        self._rng = rng
        self._cards = [name for name, count in counts.items() for _ in range(count)]
        self._left: list[str] = []

    def draw(self) -> str:
        """The next story."""
        if not self._left:
            self._left = list(self._cards)
            self._rng.shuffle(self._left)
        return self._left.pop()
