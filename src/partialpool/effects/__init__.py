"""Effect sizes from the summaries of trials, for `estimates()` with one trial per group.

Each function returns an estimate and its standard error per group:

    counts of two arms              log_odds_ratio, log_risk_ratio, risk_difference
    means and sds of two arms       mean_difference, standardised_mean_difference
    a correlation                   fisher_z
    an estimate and its interval    from_interval

`pp.estimates(trials, effect="log odds ratio", events=..., sizes=...)` calls them on the columns of a table.
"""

from partialpool.effects.correlations import fisher_z
from partialpool.effects.counts import log_odds_ratio, log_risk_ratio, risk_difference
from partialpool.effects.means import mean_difference, standardised_mean_difference
from partialpool.effects.published import from_interval
from partialpool.effects.record import Effects

__all__ = [
    "Effects",
    "fisher_z",
    "from_interval",
    "log_odds_ratio",
    "log_risk_ratio",
    "mean_difference",
    "risk_difference",
    "standardised_mean_difference",
]
