"""The joint prior of estimates and measurements: densities of the mean, the sd between groups and the sigma within."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from partialpool.errors import PriorError
from partialpool.io.output.content import Stated
from partialpool.priors.code import code_of_joint
from partialpool.priors.component import SCALES, Component, Given, Typical, as_density, stated
from partialpool.priors.density import Positive, product
from partialpool.priors.drawing import bounded_exp, log_drawn
from partialpool.priors.examples import Scale, nearest_round
from partialpool.priors.normal import Normal
from partialpool.priors.powers import Flat, Power
from partialpool.priors.shrinkage import UniformShrinkage
from partialpool.special import Array, log_sigmoid, safe_log

EXAMPLE = Scale(0.0, 5.0, 5.0)


@dataclass(frozen=True)
class NormalPrior(Stated):
    """The joint prior of a normal population of groups, with independent components.

        theta_j ~ Normal(mean, sd),   y_j ~ Normal(theta_j, se_j)       estimates: se_j known, no `sigma`
                                      y_ij ~ Normal(theta_j, sigma)     measurements

    `mean` is flat or normal. If `relative` is true, `sd` is the component of the ratio sd/sigma, and the joint density
    is with respect to d mean d ratio d sigma.

    By default the mean is flat and the shrinkage of a typical group is uniform on (0, 1). For estimates the density of
    the sd is then proportional to sd / (s0^2 + sd^2)^2, with s0^2 the harmonic mean of se^2; for measurements that of
    the ratio to ratio / (1/n0 + ratio^2)^2, with n0 the harmonic mean of the group sizes, and that of sigma to 1/sigma.

    Example:
        >>> from partialpool.priors import HalfCauchy, Normal
        >>> print(NormalPrior.of("estimates", mean=Normal(0, 5), sd=HalfCauchy(5)).formula)
        exp(-(mean/5)^2 / 2) 1/(1 + (sd/5)^2)
    """

    mean: Flat | Normal
    sd: Component
    sigma: Component | None = None
    relative: bool = False
    name: str = ""

    @classmethod
    def of(cls, family: str, mean: Given = None, sd: Given = None, sigma: Given = None, name: str = "") -> NormalPrior:
        """Build the prior of "estimates" or "measurements" from the given densities, with defaults for those left out.

        Raises:
            PriorError: a density does not fit its parameter.
        """
        centre = _on_line(mean, family)
        if family == "estimates":
            between = UniformShrinkage(on="variance") if sd is None else sd
            return cls(centre, stated(between, "sd", SCALES["sd"], Typical("s0")), None, False, name)
        between = UniformShrinkage(on="squared-ratio") if sd is None else sd
        relative = isinstance(between, Positive) and between.on in SCALES["ratio"]
        if relative:
            part = stated(between, "sd", SCALES["ratio"], Typical("n0", -0.5))
        else:
            part = stated(between, "sd", {**SCALES["sd"], **SCALES["ratio"]})
        within = stated(Power(-1.0) if sigma is None else sigma, "sigma", SCALES["sigma"])
        return cls(centre, part, within, relative, name)

    @property
    def family(self) -> str:
        """The name of the family that the prior is for."""
        return "estimates" if self.sigma is None else "measurements"

    @property
    def cautions(self) -> tuple[str, ...]:
        """Warnings for readers of results under this prior."""
        return tuple(c.density.caution for c in (self.sd, self.sigma) if c is not None and c.density.caution)

    def for_design(self, sizes: Array) -> NormalPrior:
        """The prior with its scale filled in from the design.

        Args:
            sizes: one number per group: se^2 for estimates, the number of measurements otherwise; zeros are ignored.

        Raises:
            PriorError: the prior takes a scale from the design, and no number is above 0.
        """
        if not self.sd.density.needs_design:
            return self
        some = np.asarray(sizes, dtype=float)
        some = some[some > 0.0]
        if not len(some):
            raise PriorError(f"{self.sd.density} takes its scale from the groups' standard errors, and all are 0.")
        least = float(some.min())
        typical = least * (len(some) / float(np.sum(least / some)))
        if self.sigma is not None:
            return replace(self, sd=self.sd.for_design(typical))
        return replace(self, sd=self.sd.for_design(float(np.sqrt(typical)), some))

    def log_density_of(self, phi: Mapping[str, Array]) -> Array:
        """Log joint density with respect to d mean d sd (d sigma), at parameters by name."""
        log_sigma = None if self.sigma is None else safe_log(phi["sigma"])
        return self.log_density(phi["mean"], safe_log(phi["sd"]), log_sigma)

    def drawn(self, size: int, rng: np.random.Generator) -> dict[str, Array]:
        """Draw the population's parameters from the prior, which must be proper: name -> (size,)."""
        assert isinstance(self.mean, Normal)
        mean, log_sd = self.mean.mean + self.mean.sd * rng.standard_normal(size), log_drawn(self.sd, size, rng)
        if self.sigma is None:
            return {"mean": mean, "sd": bounded_exp(log_sd)}
        log_sigma = log_drawn(self.sigma, size, rng)
        log_sd += log_sigma if self.relative else 0.0
        icc = bounded_exp(log_sigmoid(2.0 * (log_sd - log_sigma)))
        return {"mean": mean, "sd": bounded_exp(log_sd), "sigma": bounded_exp(log_sigma), "icc": icc}

    @property
    def example_uses(self) -> tuple[str, ...]:
        """The attributes of a `Scale` on which the example depends."""
        return ("pooled", "between") if self.sigma is None else ("pooled", "between", "within")

    def example(self, scale: Scale = EXAMPLE) -> str:
        """Code of a proper prior on the scale of the data."""
        sd, mean = nearest_round(scale.between), nearest_round(max(abs(scale.pooled), 2.0 * scale.between))
        sigma = f", sigma=pp.HalfNormal({nearest_round(scale.within):g})" if self.sigma is not None else ""
        return f"pp.Prior(mean=pp.Normal(0, {mean:g}), sd=pp.HalfNormal({sd:g}){sigma})"

    def log_density(self, mean: Array, log_sd: Array, log_sigma: Array | None = None) -> Array:
        """Log joint density with respect to d mean d sd (d sigma), at the mean and log sd (and log sigma)."""
        centre = self.mean.log_pdf(mean) if isinstance(self.mean, Normal) else 0.0 * mean
        if self.sigma is None:
            return centre + self.sd.log_pdf(log_sd)
        assert log_sigma is not None
        within = self.sigma.log_pdf(log_sigma)
        if self.relative:
            return centre + self.sd.log_pdf(log_sd - log_sigma) - log_sigma + within
        return centre + self.sd.log_pdf(log_sd) + within

    @property
    def formula(self) -> str:
        """The joint density with respect to d mean d sd (d sigma), without its constant."""
        if not self.relative:
            return self._product("sd", self.sigma)
        if self.sigma is None or not self.sigma.is_power:
            return product(self._product("(sd/sigma)", self.sigma), "sigma^(-1)")
        exponent = self.sigma.at_zero - (self.sd.at_zero if self.sd.is_power else 0.0) - 1.0  # d ratio = d sd / sigma
        return self._product("sd" if self.sd.is_power else "(sd/sigma)", Component(Power(exponent)))

    @property
    def formula_ratio(self) -> str:
        """The joint density with respect to d mean d ratio d sigma, ratio = sd/sigma; empty unless `relative`."""
        return self._product("ratio", self.sigma) if self.relative else ""

    def _product(self, sd: str, sigma: Component | None) -> str:
        """The product of the densities, that of the sd as a function of the symbol `sd`."""
        mean = self.mean.formula("mean") if isinstance(self.mean, Normal) else ""
        return product(mean, self.sd.formula(sd), "" if sigma is None else sigma.formula("sigma"))

    def __repr__(self) -> str:
        within = None if self.sigma is None else self.sigma.density
        parts = {"mean": self.mean, "sd": self.sd.density, "sigma": within}
        return code_of_joint(self.family, parts, self.name)

    def __str__(self) -> str:
        names = "mean, sd" if self.sigma is None else "mean, sd, sigma"
        lines = [f"prior {self.name}" if self.name else "prior"]
        if self.relative:
            lines.append(f"  p(mean, ratio, sigma)  ~  {self.formula_ratio},  ratio = sd/sigma")
            lines.append(f"  p({names})     ~  {self.formula}")
        else:
            lines.append(f"  p({names})  ~  {self.formula}")
        at_ends = "vanishes" if isinstance(self.mean, Normal) else "^0"
        lines.append(f"  mean: {at_ends} at both ends")
        lines.append(f"  {'ratio' if self.relative else 'sd'}: {self.sd.ends}")
        if self.sigma is not None:
            lines.append(f"  sigma: {self.sigma.ends}")
        return "\n".join(lines)


def _on_line(given: Given, family: str) -> Flat | Normal:
    """Return the caller's density of the mean if it is flat or normal; None becomes flat."""
    if given is None:
        return Flat()
    if isinstance(given, (Flat, Normal)):
        return given
    density = given if callable(given) else as_density(given, "mean")
    raise PriorError(f"The mean of {family} takes a flat or normal prior, Flat() or Normal(mean, sd), not {density}.")
