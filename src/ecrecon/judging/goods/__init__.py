"""Check `goods`: platform orders, ERP orders and shipments: sold, recorded, shipped, returned."""

from ecrecon.judging.goods.judge import GoodsCase, GoodsJudged, judge_goods
from ecrecon.judging.goods.rows import goods_rows

__all__ = ["GoodsCase", "GoodsJudged", "goods_rows", "judge_goods"]
