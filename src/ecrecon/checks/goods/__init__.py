"""Check `goods`: platform orders, ERP orders and shipments: sold, recorded, shipped, returned."""

from ecrecon.checks.goods.erp_orders import with_erp_orders
from ecrecon.checks.goods.judge import GoodsCase, GoodsJudged, judge_goods
from ecrecon.checks.goods.records import Records, gather
from ecrecon.checks.goods.rows import goods_rows

__all__ = ["GoodsCase", "GoodsJudged", "Records", "gather", "goods_rows", "judge_goods", "with_erp_orders"]
