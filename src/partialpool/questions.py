"""The questions that people ask of a posterior, each answered by a module of its own."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from partialpool.answers import Answers
from partialpool.families.family import Family
from partialpool.groups import Groups
from partialpool.known import Known
from partialpool.ranking import Ranking, ranking

Columns = dict[str, NDArray[Any]]


class Questions:
    """What can be asked of whoever has a family, groups, answers and a level."""

    family: Family
    data: Groups
    answers: Answers
    level: float

    @cached_property
    def known(self) -> Known:
        """The fit in the form in which questions are put to it."""
        return Known(self.family, self.data, self.answers, self.level)

    # --- ranks

    def ranking(self, best: str = "high", top: int = 3, level: float | None = None) -> Ranking:
        """Posterior ranks of the groups, with their accuracy and P(rank = r).

        Args:
            best: "high" if the largest theta has rank 1, or "low".
            top: ranks 1 to `top` are the top.
            level: probability of the intervals, in (0, 1).

        Raises:
            RequestError: best is neither, top is no whole number of at least 1, the level is not in (0, 1), or every
                theta is known for certain.

        Example:
            >>> import partialpool as pp
            >>> schools = pp.datasets.load("eight_schools")
            >>> fit = pp.estimates(schools, estimate="effect", se="se", group="school", prior="flat")
            >>> fit.ranking().columns()["p_best"].round(5)
            array([0.25168, 0.10177, 0.0836 , 0.0994 , 0.05053, 0.07074, 0.20466,
                   0.1376 ])
        """
        return ranking(self.known, best=best, top=top, level=level)

    def ranks(self, best: str = "high", top: int = 3, level: float | None = None) -> Any:
        """A row a group: expected_rank, median_rank, lower, upper, p_best, p_top; rank 1 is the best.

        Exact up to 1,000 groups, by one-dimensional integrals; beyond, the number of better groups is taken as normal,
        given theta and the population. See `ranking` for the accuracy and for P(rank = r).

        Args:
            best: "high" if the largest theta has rank 1, or "low".
            top: `p_top` is the probability of a rank from 1 to `top`.
            level: probability of the interval of the rank, in (0, 1).

        Returns:
            A table in the data-frame library that the data came in.

        Raises:
            RequestError: as `ranking`.
        """
        return self.ranking(best, top, level).table()

    def rank_columns(self, best: str = "high", top: int = 3, level: float | None = None) -> Columns:
        """The table of ranks as plain columns."""
        return self.ranking(best, top, level).columns()
