"""Which rows belong to the run of this month (`ecrecon.base.variance_months`): one filter for the rows of all checks."""

from __future__ import annotations

import polars as pl

from ecrecon.base.moment import Moment
from ecrecon.base.variance_months import STANDING


def of_period(rows: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """VARIANCE_ROWS that this run tells, with `period`: the month that a row belongs to.

    `since` is the day on which a row became certain. Dated rows stay where that day lies in the month up to as-of;
    standing rows and all that is `timing` stay as long as they are true; rows without a day speak of the month as a
    whole. What stands from before the month keeps the month in which it began.
    """
    before = (pl.col("since") < moment.start) & (pl.col("kind").cast(pl.String) != "timing").fill_null(True)
    own = pl.when(before).then(pl.col("since").dt.strftime("%Y-%m"))
    return rows.filter(_stays(moment)).with_columns(period=pl.coalesce(own, pl.lit(moment.period)))


def of_other_months(rows: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """The rows that `of_period` leaves to the runs of other months."""
    return rows.filter(~_stays(moment))


def _stays(moment: Moment) -> pl.Expr:
    stays = (
        pl.col("since").is_null()
        | pl.col("since").is_between(moment.start, max(moment.end, moment.day))
        | pl.col("code").cast(pl.String).is_in(STANDING)
        | (pl.col("kind").cast(pl.String) == "timing").fill_null(False)
    )
    return stays.fill_null(False)
