"""Simulation-based calibration, and the frequentist coverage of intervals.

Parameters are drawn from the prior, groups from the population and data from the groups. The probability integral
transform (pit) of the truth is then uniform on (0, 1) if, and nearly only if, the posterior is correct. Here it is the
posterior distribution function at the truth; only for functions of all thetas together is it a rank among draws.

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

from partialpool.checks.asked import Fit, chosen_of, family_of, parameters_of, sizes_of
from partialpool.checks.bands import band_p_value, chi_square_p_value
from partialpool.checks.replication import Replication, Setting, replicate
from partialpool.diagnostics.checking import check_whole, holm
from partialpool.engine.results import tail_of
from partialpool.errors import RequestError
from partialpool.fit import proportions
from partialpool.io.output.content import Content, Shown, Tabled
from partialpool.io.output.tables import to_native
from partialpool.messages.calling import checked
from partialpool.messages.wording import counted
from partialpool.priors import Joint, Prior
from partialpool.priors.words import meant
from partialpool.special import Array

Columns = dict[str, NDArray[Any]]

BAND = 0.05
"""The largest share of runs in which any quantity of a calibrated fit is called not calibrated (Holm)."""
_FEWEST, _MOST = 20, 10_000_000  # replications
_CHUNK = 4  # replications that a process gets at a time


@dataclass(frozen=True, repr=False)
class Calibration(Shown):
    """The posterior probabilities below the truth, in many data sets simulated from the model, for each quantity.

    Attributes:
        family: name of the family that was simulated.
        quantities: names of the quantities.
        size: trials, exposure, standard error or rows of the group that a quantity belongs to; NaN for none.
        pit: P(quantity <= truth | data), shape (replications, quantities); NaN where there was no fit.
        width: width of the intervals, shape (replications, quantities).
        level: probability of the intervals.
        at: the population's parameters if they were fixed; empty if they were drawn from the prior.
        failures: why there was no fit, one text for each replication without a fit.
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
        """One row per quantity.

            replications   data sets with a fit
            coverage       share of them in which the central interval contains the truth
            coverage_se    the binomial standard error of the coverage, if the level is right
            width          mean width of the interval
            mean_pit       mean of pit, 1/2 if calibrated, with the standard error 0.289/sqrt(replications)
            chi2_p         p-value of the chi-square test of pit in 20 bins of equal width
            ecdf_p         exact p-value of the distribution function of pit, simultaneous over 99 points
            adjusted       ecdf_p corrected for the number of quantities by Holm's method
            verdict        "calibrated" if adjusted is at least 0.05, else "not calibrated"

        At most 5% of the runs of a calibrated fit call any quantity not calibrated. With fixed parameters (`at`) pit is
        not uniform, and the columns from mean_pit on are left out.

        Returns:
            A table in the data-frame library that is installed.

        Source: Säilynoja, Bürkner and Vehtari 2022, Statistics and Computing 32:32 (simultaneous bands);
        Holm 1979, Scandinavian Journal of Statistics 6:65.
        """
        return to_native(self.columns(), "")

    def columns(self) -> Columns:
        """The table as a dict of arrays, one element per quantity."""
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
        """Name of each quantity -> its pit in each replication, shape (replications,); NaN where there was no fit."""
        return {name: self.pit[:, k] for k, name in enumerate(self.quantities)}

    @property
    def judged(self) -> str:
        """A sentence on how the verdicts are corrected; empty if there are none."""
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
    """Check the calibration of a fit by simulation: fit data simulated from the model, and compare with the truth.

        phi ~ prior, theta_j ~ p(theta | phi), y_j ~ p(y | theta_j, design);  pit = P(quantity <= truth | y)

    Args:
        fit: `pp.proportions`, `pp.rates`, `pp.estimates`, `pp.measurements`, any of them with options fixed by
            `functools.partial`, or a function with the same arguments as one of them, which `family` names.
        design: the amount of data of each group: {"trials": [...]}, {"exposure": [...]}, {"se": [...]} or, for
            measurements, {"n": [...]}, the numbers of rows.
        prior: the prior from which parameters are drawn, and with which data are fitted (unless `fit` fixes another
            one). It must be proper.
        at: fixed parameters of the population, as for `fit.given()`. They are then not drawn, the prior may be
            improper, and the table has the coverage of every group's interval over repeated groups and data.
        replications: number of simulated data sets, at least 20.
        seed: seed of all random numbers, a whole number; results do not depend on `jobs`.
        level: probability of the intervals, in (0, 1).
        quantities: some of theta_small, theta_large (theta of the group with the least and the most data), theta_new,
            y_new (theta and data of a new group of median size), log_likelihood (of the data, given all thetas),
            rank_small (rank of the group with the least data) and the population's parameters; by default all of the
            former with mean and spread. The pit of log_likelihood and rank_small is a rank among 99 draws.
        family: "proportions", "rates", "estimates" or "measurements", if the name of `fit` is none of these.
        jobs: number of processes.
        progress: whether to show progress on the standard error stream; by default only on a terminal.

    Returns:
        A `Calibration`.

    Raises:
        RequestError: an argument is out of range, or the design is not that of the family.
        PriorError: the prior is improper, or not a prior of the family.

    Example:
        >>> import partialpool as pp
        >>> prior = pp.Prior(mean=pp.Beta(2, 8), concentration=pp.Gamma(4, 0.2))
        >>> found = calibration(pp.proportions, design={"trials": [5, 20, 20, 50]}, prior=prior, replications=20)
        >>> found.columns()["replications"]
        array([20, 20, 20, 20, 20, 20, 20, 20])

    Source: Talts et al. 2018, arXiv:1804.06788; for `at`: Tak, Kelly and Morris 2017, Journal of Statistical Software
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
    """Yield all replications in order, computed by `jobs` processes."""
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
    """Yield the same replications, and count them on the standard error stream."""
    show = sys.stderr.isatty() if progress is None else progress
    for done, one in enumerate(found, start=1):
        if show:
            sys.stderr.write(f"\rcalibration {done:,}/{count:,}" + ("\n" if done == count else ""))
            sys.stderr.flush()
        yield one


def check_request(replications: object, seed: object, jobs: object) -> None:
    """Refuse arguments that are not whole numbers in their range."""
    check_whole("replications", replications, _FEWEST, _MOST)
    check_whole("jobs", jobs, 1, 1024)
    check_whole("seed", seed, 0, None)
