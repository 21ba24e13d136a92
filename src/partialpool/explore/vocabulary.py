"""Words by which columns are recognised: how well the name of a column says that it has a role."""

from __future__ import annotations

import re
from collections.abc import Mapping

EXACT, PART, NONE = 3.0, 2.0, 0.0
"""Scores of a name that is a word of a role, of a name that has such a word in it, and of any other."""

WORDS: Mapping[str, frozenset[str]] = {
    role: frozenset(words.split())
    for role, words in {
        "successes": """successes success hits hit deaths death died dead positive positives tumors tumours cases events
            defects defective defectives nonconforming conversions clicks wins won returned returns failures failed
            responders responded cured recovered infected yes passes passed makes made goals complaints survivors
            survived sold accepted admitted correct y k""",
        "trials": """trials trial_count n total totals size sample_size operations patients tested attempts at_bats
            shots cases visits visitors impressions views births cans items inspected produced exposed animals rats
            subjects people persons students respondents orders games tries tests denominator
            applicants units customers""",
        "events": """events event count counts deaths death failures failure accidents crashes incidents infections
            injuries defects nonconformities complaints claims cases tickets calls errors goals admissions faults kicks
            falls outages bugs""",
        "exposure": """exposure exposures time hours hour years days months weeks minutes seconds person_years
            patient_days patient_years bed_days miles km kilometers kilometres mileage distance area population pop
            units risk offset volume length expected thousand_hours""",
        "estimate": """estimate estimates effect effects yi coef coefficient beta difference diff smd md hedges_g
            cohen_d log_odds_ratio log_risk_ratio log_rate_ratio log_hazard_ratio lor lrr lhr logor logrr loghr
            theta b d g delta lift""",
        "se": "se sei std_err stderr std_error standard_error standard_errors s_e se_effect error",
        "variance": "variance variances var vi v sampling_variance",
        "value": """value values measurement measurements y x score scores result results reading weight height length
            time yield price amount""",
        "mean": "mean means average avg m xbar",
        "sd": "sd std stdev stddev standard_deviation s",
        "n": """n number count size sample_size observations obs nobs pupils students children patients people persons
            subjects""",
        "group": """group groups hospital school state county country city region district store shop plant factory
            machine lab laboratory study trial author player team batch lot diet site center centre clinic ward unit
            campaign variant product supplier person patient subject pump roll sample corps department id name code
            rail category class teacher operator experiment cluster province zip""",
    }.items()
}
"""Role -> the words that columns of it are called, in lower case with underscores."""

ARMS = frozenset({"control", "controls", "placebo", "treated", "treatment", "intervention", "vaccinated", "comparator"})
"""Words in names of columns of a table that compares two arms, whose counts are no proportions of groups."""

HAPPENED = frozenset(
    {
        *("success", "successes", "successful", "passed", "passes", "pass", "won", "wins", "hit", "hits", "yes"),
        *("deaths", "died", "dead", "cured", "recovered", "positive", "positives"),
    }
)
"""Words in names of columns that count what did happen, where the column beside them counts what did not."""

QUOTIENTS = frozenset(
    {"rate", "rates", "per", "ratio", "percent", "pct", "percentage", "mean", "average", "proportion", "share"}
)
"""Words in names of columns that are quotients, and so no exposure."""

TIMES = frozenset({"year", "years", "month", "week", "date", "day", "quarter", "period"})
"""Words of columns that say when; they name groups only if nothing else does."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN = re.compile(r"[\W_]+")


def plain(name: str) -> str:
    """A name in lower case, with underscores between its words.

    >>> plain("Person-Years"), plain("atBats"), plain(" n ")
    ('person_years', 'at_bats', 'n')
    """
    return _BETWEEN.sub("_", _CAMEL.sub("_", name.strip())).strip("_").lower()


def likeness(name: str, role: str) -> float:
    """How well a name says that a column has a role: `EXACT`, `PART` or `NONE`.

    >>> likeness("deaths", "events"), likeness("fatal_accidents", "events"), likeness("colour", "events")
    (3.0, 2.0, 0.0)
    """
    found, words = plain(name), WORDS[role]
    if found in words:
        return EXACT
    padded = f"_{found}_"
    long = (word for word in words if len(word) > 1)  # one letter says something only alone
    return PART if any(f"_{word}_" in padded for word in long) else NONE


def has(name: str, words: frozenset[str]) -> bool:
    """Whether a name has one of the words in it.

    >>> has("control_n", ARMS), has("patrol", ARMS)
    (True, False)
    """
    return not words.isdisjoint(plain(name).split("_"))
