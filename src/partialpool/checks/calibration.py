"""Simulation-based calibration, and how often intervals cover what they are about.

Parameters are drawn from the prior, groups from the population, data from the groups; then the truth stands at a place
in the posterior that is uniform on (0, 1) if, and nearly only if, the posterior is what it claims to be. Here that
place is the posterior distribution function at the truth itself, and a rank among draws only for functions of all
thetas together.

Source: Talts, Betancourt, Simpson, Vehtari and Gelman 2018, arXiv:1804.06788; Modrák et al. 2023, Bayesian Analysis;
Cook, Gelman and Rubin 2006, Journal of Computational and Graphical Statistics 15:675.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pickle import PicklingError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.answers import tail_of
from partialpool.calling import checked
from partialpool.checks.asked import Fit, chosen_of, family_of, parameters_of, sizes_of
from partialpool.checks.bands import band_p_value, chi_square_p_value
from partialpool.checks.replication import Replication, Setting, replicate
from partialpool.errors import RequestError
from partialpool.fit import proportions
from partialpool.judging.checking import check_whole, holm
from partialpool.output.content import Content, Shown, Tabled
from partialpool.output.tables import to_native
from partialpool.priors import Joint, Prior
from partialpool.priors.words import meant
from partialpool.special import Array
from partialpool.wording import counted

Columns = dict[str, NDArray[Any]]

BAND = 0.05
"""The share of runs, at most, in which some quantity of a calibrated fit is called not calibrated (Holm)."""

_FEWEST, _MOST = 20, 10_000_000
_CHUNK = 4


@dataclass(frozen=True, repr=False)
class Calibration(Shown):
    """Where the truth stood in the posterior of each quantity, in many data sets drawn from the model.

    Attributes:
        family: what was simulated.
        quantities: names of what was looked at.
        size: trials, exposure, standard error or rows of the group that a quantity belongs to; NaN for none.
        pit: P(quantity <= truth | data): (replications, quantities); NaN where there was no fit.
        width: of the intervals: (replications, quantities).
        level: probability of the intervals.
        at: the population's parameters, if they were fixed; empty if they were drawn from the prior.
        failures: why there was no fit, one text for each replication without.
    """

    _tables = ("table", "pit_columns")

    family: str
    quantities: tuple[str, ...]
    size: Array
    pit: Array
    width: Array
    level: float
    at: Mapping[str, float]
    failures: tuple[str, ...]

    def table(self) -> Any:
        """A row a quantity.

            replications   data sets with a fit
            coverage       share of them in which the central interval holds the truth
            coverage_se    the binomial standard error of that, if the level is right
            width          mean width of the interval
            mean_pit       mean place of the truth, 1/2 if calibrated, with the standard error 0.289/sqrt(replications)
            chi2_p         p-value of the counts in 20 bins of equal width
            ecdf_p         p-value of the distribution function of the places, simultaneous over 99 points, exact
            adjusted       ecdf_p corrected for how many quantities there are, by Holm's method
            verdict        "calibrated" if adjusted is at least 0.05, else "not calibrated"

        Of runs of a calibrated fit at most 5% call any quantity not calibrated. With fixed parameters the places of one
        group are not uniform, and the last five are left out.

        Returns:
            A table in the data-frame library that is installed.

        Source: Säilynoja, Bürkner and Vehtari 2022, Statistics and Computing 32:32 (simultaneous bands);
        Holm 1979, Scandinavian Journal of Statistics 6:65.
        """
        return to_native(self.columns(), "")

    def columns(self) -> Columns:
        """The same as plain columns."""
        tail = tail_of(self.level)
        kept = ~np.isnan(self.pit).any(axis=1)
        pit, width, count = self.pit[kept], self.width[kept], int(kept.sum())
        inside = (pit >= tail) & (pit <= 1.0 - tail)
        each = len(self.quantities)
        columns: Columns = {"quantity": np.array(self.quantities, dtype=object), "size": self.size}
        columns["replications"] = np.full(each, count)
        columns["coverage"] = inside.mean(axis=0) if count else np.full(each, np.nan)
        columns["coverage_se"] = np.full(each, np.sqrt(self.level * (1.0 - self.level) / max(count, 1)))
        columns["width"] = width.mean(axis=0) if count else np.full(each, np.nan)
        if self.at:
            return columns
        columns["mean_pit"] = pit.mean(axis=0) if count else np.full(each, np.nan)
        columns["chi2_p"] = np.array([chi_square_p_value(column) if count else np.nan for column in pit.T])
        columns["ecdf_p"] = np.array([band_p_value(column) if count else np.nan for column in pit.T])
        columns["adjusted"] = holm(columns["ecdf_p"])
        said = np.where(columns["adjusted"] >= BAND, "calibrated", "not calibrated")
        return columns | {"verdict": said.astype(object)}

    def pit_columns(self) -> Columns:
        """A column a quantity: where the truth stood in each replication, NaN where there was no fit."""
        return {name: self.pit[:, k] for k, name in enumerate(self.quantities)}

    @property
    def judged(self) -> str:
        """How the verdicts came about; empty where there are none."""
        if self.at:
            return ""
        return f"verdict: corrected for {counted(len(self.quantities), 'quantity', 'quantities')} (Holm, {BAND:g})"

    def _content(self) -> Content:
        fixed = ", ".join(f"{name} {value:g}" for name, value in self.at.items())
        how = f"at {fixed}" if self.at else "parameters drawn from the prior"
        failed = (
            f"without a fit: {len(self.failures):,}, the first because of {self.failures[0]}" if self.failures else ""
        )
        return Content(
            f"Calibration of {self.family}: {counted(len(self.pit), 'data set')}, {how}",
            (
                Tabled(self.columns()),
                *([failed] if failed else []),
                f"intervals of {100 * self.level:g}%",
                *([self.judged] if self.judged else []),
            ),
        )


@checked
def calibration(
    fit: Fit = proportions,
    *,
    design: Mapping[str, object] | object = None,
    prior: str | Prior | Joint = "uniform-shrinkage",
    at: Mapping[str, float] | None = None,
    replications: int = 200,
    seed: int = 0,
    level: float = 0.95,
    quantities: Sequence[str] | None = None,
    family: str | None = None,
    jobs: int = 1,
    progress: bool | None = None,
) -> Calibration:
    """Whether fits of data from the model say what is true, on the design at hand.

        phi ~ prior, theta_j ~ p(theta | phi), y_j ~ p(y | theta_j, design), then fit y: where does the truth stand?

    Args:
        fit: `pp.proportions`, `pp.rates`, `pp.estimates`, `pp.measurements`, any of them with options fixed by
            `functools.partial`, or a function that takes the same arguments; then `family` says of which.
        design: what is fixed before the data: {"trials": [...]}, {"exposure": [...]}, {"se": [...]} or, for
            measurements, {"n": [...]}, the rows of each group.
        prior: from which parameters are drawn, and with which data are fitted (unless `fit` fixes another one). To
            draw from it, it must be proper.
        at: parameters of the population, by the words that `fit.given()` understands; then these are not drawn, the
            prior may be improper, and the table has the coverage of every group's interval over repeated groups and
            data.
        replications: how many data sets, from 20 on.
        seed: of all that is random, a whole number; it gives the same results whatever `jobs` is.
        level: probability of the intervals, in (0, 1).
        quantities: of theta_small, theta_large (the groups with the least and the most data), theta_new, y_new (a new
            group of a middling size, and its data), log_likelihood (of the data, given all thetas), rank_small (of the
            group with the least data) and the population's parameters; left out, all of these with mean and spread. The
            truth's place is found by integrals, that of log_likelihood and rank_small among 99 draws.
        family: "proportions", "rates", "estimates" or "measurements", where `fit` does not tell.
        jobs: processes to work with.
        progress: whether to count on the standard error stream; left out, only on a terminal.

    Returns:
        A `Calibration`.

    Raises:
        RequestError: an argument is out of range, or the design is not that of the family.
        PriorError: the prior is improper, or no prior of the family.

    Example:
        >>> import partialpool as pp
        >>> prior = pp.Prior(mean=pp.Beta(2, 8), concentration=pp.Gamma(4, 0.2))
        >>> found = calibration(pp.proportions, design={"trials": [5, 20, 20, 50]}, prior=prior, replications=20)
        >>> found.columns()["replications"]
        array([20, 20, 20, 20, 20, 20, 20, 20])

    Source: Talts et al. 2018, arXiv:1804.06788; of `at`: Tak, Kelly and Morris 2017, Journal of Statistical Software
    78(5), section 5.
    """
    of = family_of(fit, family)
    check_request(replications, seed, jobs)
    tail_of(level)
    size = sizes_of(of, design)
    chosen, groups = chosen_of(of, size, quantities, fixed=at is not None)
    fixed = getattr(fit, "keywords", {})
    options = {name: value for name, value in (("prior", prior), ("level", level)) if name not in fixed}
    setting = Setting(of, fit, options, size, level, chosen, groups)
    root, *seeds = np.random.SeedSequence(seed).spawn(replications + 1)
    parameters = parameters_of(of, size, prior, at, replications, np.random.default_rng(root))
    found = list(_counted(_replications(setting, parameters, seeds, jobs), replications, progress))
    failures = tuple(one.note for one in found if one.note)
    sizes = np.array([size[j] if j >= 0 else np.nan for j in groups.tolist()], dtype=float)
    pit, width = np.stack([one.pit for one in found]), np.stack([one.width for one in found])
    return Calibration(of.name, chosen, sizes, pit, width, level, meant(at or {}), failures)


# --- the work


def _replications(
    setting: Setting, parameters: Sequence[Mapping[str, float]], seeds: Sequence[np.random.SeedSequence], jobs: int
) -> Iterator[Replication]:
    """All replications, in order."""
    work = partial(replicate, setting)
    if jobs == 1:
        yield from map(work, parameters, seeds)
        return
    try:
        with ProcessPoolExecutor(jobs) as pool:
            yield from pool.map(work, parameters, seeds, chunksize=_CHUNK)
    except (PicklingError, AttributeError) as problem:
        raise RequestError(
            f"fit= cannot be handed to other processes ({problem}): give a function of a module, or jobs=1."
        ) from problem


def _counted(found: Iterator[Replication], count: int, progress: bool | None) -> Iterator[Replication]:
    """The same, counted on the standard error stream."""
    show = sys.stderr.isatty() if progress is None else progress
    for done, one in enumerate(found, start=1):
        if show:
            sys.stderr.write(f"\rcalibration {done:,}/{count:,}" + ("\n" if done == count else ""))
            sys.stderr.flush()
        yield one


def check_request(replications: object, seed: object, jobs: object) -> None:
    """Refuse whole numbers that are out of range."""
    check_whole("replications", replications, _FEWEST, _MOST)
    check_whole("jobs", jobs, 1, 1024)
    check_whole("seed", seed, 0, None)
