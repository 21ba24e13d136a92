"""Log marginal likelihoods in extended precision, independent of `src`: no code or method is shared.

proportions     theta_j integrated out, the data have the density of rising factorials,
                prod C(n, y) (a)_y (b)_(n-y) / (k)_n.
                In the mean it is a polynomial, so that a Gauss-Legendre rule with enough points is exact; in
                s = c/(c + k), from 0 to 1, a tanh-sinh rule takes over.
estimates       y is multivariate normal with covariance diag(s_j^2 + t^2) + r^2 11'; with a flat mean the differences
                y_i - y_J have all that there is, and their covariance is used. One integral over t is left.
measurements    the same with covariance sigma^2 (I + r^2 ZZ'); under 1/sigma, sigma integrates to a gamma function.
rates           given the population's rate b the likelihood is a polynomial in its mean m times an exponential: a gamma
                density of m leaves a sum of gamma functions, a log-normal one is summed by the trapezoid rule. In
                b/(b + c) a tanh-sinh rule takes over.

What is left out has the density p(all) / p(the rest), two such integrals.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from mpmath import mp, mpf

DIGITS = 36


# --- proportions


@cache
def legendre(points):
    """Gauss-Legendre nodes and weights on (0, 1), polished by Newton's method in extended precision."""
    out = []
    for start in np.polynomial.legendre.leggauss(points)[0].tolist():
        x = mpf(start)
        for _ in range(6):
            p, q = mpf(1), x
            for k in range(2, points + 1):
                p, q = q, ((2 * k - 1) * x * q - (k - 1) * p) / k
            slope = points * (x * q - p) / (x * x - 1)
            x = x - q / slope
        out.append(((x + 1) / 2, 1 / ((1 - x * x) * slope**2)))
    return out


def rising(x, v):
    out = mpf(1)
    for i in range(v):
        out *= x + i
    return out


def nodes(step, reach=4):
    """Tanh-sinh: (s, (1 - s)/s, ds) on (0, 1)."""
    out = []
    for k in range(-int(reach / step), int(reach / step) + 1):
        u = mpf(k) * step
        odds = mp.exp(-mp.pi * mp.sinh(u))
        s = 1 / (1 + odds)
        out.append((s, odds, step * mp.pi * mp.cosh(u) * s * s * odds))
    return out


def variants(y, n):
    """The data; those without each group; those without a success and without a failure of each group, or None."""
    out = [list(zip(y, n))]
    out += [[pair for i, pair in enumerate(out[0]) if i != j] for j in range(len(y))]
    for success in (1, 0):
        for j, (a, b) in enumerate(zip(y, n)):
            left = [(a - success, b - 1) if i == j else pair for i, pair in enumerate(out[0])]
            out.append(left if (a if success else b - a) > 0 else None)
    return out


def masses(y, n, on_mean, on_concentration, scale, step):
    """p(sequence) of each of the variants, binomial coefficients left out."""
    c, d = on_mean
    rule = legendre((sum(n) + c + d) // 2 + 1)
    wanted = [(i, pairs) for i, pairs in enumerate(variants(y, n)) if pairs is not None]
    kinds = sorted({pair for _, pairs in wanted for pair in pairs})
    total = {i: mpf(0) for i, _ in wanted}
    for s, odds, ds in nodes(step):
        k = scale * odds
        outer = ds * on_concentration(k) * scale / s**2
        for m, w in rule:
            weight = outer * w * m ** (c - 1) * (1 - m) ** (d - 1)
            p = {(a, b): rising(m * k, a) * rising((1 - m) * k, b - a) / rising(k, b) for a, b in kinds}
            for i, pairs in wanted:
                total[i] += weight * mp.fprod(p[pair] for pair in pairs)
    return {i: mass / mp.beta(c, d) for i, mass in total.items()}


def proportion_scores(y, n, on_mean, on_concentration, scale):
    """(leave a group out, leave a trial out, log marginal likelihood).

    on_mean = (c, d): Beta(c, d) with whole c and d; on_concentration: density of k.
    """
    with mp.workdps(DIGITS):
        rough = masses(y, n, on_mean, on_concentration, scale, mpf(1) / 12)
        p = masses(y, n, on_mean, on_concentration, scale, mpf(1) / 24)
        assert max(abs(rough[i] / p[i] - 1) for i in p) < mpf(10) ** -9  # the error is the square of that
        size, whole = len(y), mp.log(p[0])
        choose = [mp.log(mp.binomial(b, a)) for a, b in zip(y, n)]
        groups = mp.fsum(whole - mp.log(p[1 + j]) + choose[j] for j in range(size))
        trials = mpf(0)
        for j in range(size):
            for times, i in ((y[j], 1 + size + j), (n[j] - y[j], 1 + 2 * size + j)):
                trials += times * (whole - mp.log(p[i])) if times else 0
        return groups, trials, whole + mp.fsum(choose)


# --- estimates and measurements


def log_normal(values, covariance):
    """log of the multivariate normal density about 0."""
    size = len(values)
    lower = mp.cholesky(covariance)
    z = mp.lu_solve(lower, mp.matrix(values))
    half = mp.fsum(mp.log(lower[i, i]) for i in range(size))
    return -half - mp.fsum(v * v for v in z) / 2 - mpf(size) / 2 * mp.log(2 * mp.pi)


def contrasts(covariance, values):
    """Differences from the last value, and their covariance."""
    last = len(values) - 1
    out = mp.matrix(last, last)
    for i in range(last):
        for k in range(last):
            out[i, k] = covariance[i, k] - covariance[i, last] - covariance[last, k] + covariance[last, last]
    return [v - values[last] for v in values[:last]], out


def estimates(y, s, on_mean, on_sd, scale):
    """log p(y); on_mean: None (flat) or (m, r) of a normal; on_sd: density of t."""
    with mp.workdps(DIGITS):
        values = [mpf(v) for v in y]
        size = len(values)
        if on_mean:
            values = [v - on_mean[0] for v in values]
        common = mpf(on_mean[1]) ** 2 if on_mean else mpf(0)

        def along(u):
            t = scale * u / (1 - u)
            covariance = mp.matrix(size, size)
            for i in range(size):
                for k in range(size):
                    covariance[i, k] = common + (mpf(s[i]) ** 2 + t**2 if i == k else 0)
            data = (values, covariance) if on_mean else contrasts(covariance, values)
            log_p = log_normal(*data) if len(data[0]) else mpf(0)
            return mp.exp(log_p) * on_sd(t) * scale / (1 - u) ** 2

        return mp.log(mp.quad(along, [0, mpf(1) / 4, mpf(1) / 2, mpf(3) / 4, 1]))


def left_out(density, size):
    """Sum over groups of log p(all) - log p(without it), and log p(all)."""
    every = density(list(range(size)))
    rest = (density([i for i in range(size) if i != j]) for j in range(size))
    with mp.workdps(DIGITS):
        return mp.fsum(every - one for one in rest), every


def estimate_scores(y, s, on_mean, on_sd, scale):
    """(leave a group out, log marginal likelihood)."""
    return left_out(lambda some: estimates([y[i] for i in some], [s[i] for i in some], on_mean, on_sd, scale), len(y))


def measurements(rows, on_ratio, scale):
    """log of the density of lists of rows under 1/sigma and a flat mean; on_ratio: density of r = sd/sigma."""
    with mp.workdps(5 * DIGITS):  # r^2 may be 10^80, and cancels in differences
        values = [mpf(v) for group in rows for v in group]
        of = [j for j, group in enumerate(rows) for _ in group]
        size = len(values)
        free = mpf(size - 1) / 2

        def along(u):
            r = scale * u / (1 - u)
            covariance = mp.matrix(size, size)
            for i in range(size):
                for k in range(size):
                    covariance[i, k] = (i == k) + (r**2 if of[i] == of[k] else 0)
            differences, between = contrasts(covariance, values)
            lower = mp.cholesky(between)
            z = mp.lu_solve(lower, mp.matrix(differences))
            root = mp.fprod(lower[i, i] for i in range(size - 1))
            q = mp.fsum(v * v for v in z)
            return mp.gamma(free) / (2 * mp.pi**free * root * q**free) * on_ratio(r) * scale / (1 - u) ** 2

        with mp.workdps(DIGITS):
            return mp.log(mp.quad(lambda u: spacious(along, u), [0, mpf(1) / 4, mpf(1) / 2, mpf(3) / 4, 1]))


def spacious(function, u):
    """The function with more digits than its argument has."""
    with mp.workdps(5 * DIGITS):
        return function(u)


def measurement_scores(rows, on_ratio, scale):
    """Leave a group out."""
    return left_out(lambda some: measurements([rows[i] for i in some], on_ratio, scale), len(rows))[0]


# --- rates


def polynomial(y):
    """The coefficients of the product of x (x + 1) ... (x + y_j - 1), whole numbers, the lowest first."""
    out = [1]
    for v in y:
        for i in range(v):
            out = [i * low + high for low, high in zip([*out, 0], [0, *out])]
    return out


def rates(y, e, within, on_rate, scale):
    """log p(y); b = rate of density on_rate, by a tanh-sinh rule in b/(b + scale), checked by every other node of it.

    Given b the likelihood is a polynomial in the mean m, times exp(-m b sum log(1 + e_j/b)). within(terms, decay): the
    integral of sum terms_k m^k exp(-decay m) and the density of m.
    """
    with mp.workdps(DIGITS):
        whole = polynomial(y)
        values = []
        for s, odds, ds in nodes(mpf(1) / 40):
            b = scale * odds
            k = mp.fprod((b + v) ** -n for v, n in zip(e, y))
            inner = within([t * b**i for i, t in enumerate(whole)], b * mp.fsum(mp.log1p(v / b) for v in e))
            values.append(ds * scale / s**2 * on_rate(b) * k * inner)
        rough, fine = 2 * mp.fsum(values[::2]), mp.fsum(values)
        assert abs(rough / fine - 1) < mpf(10) ** -15  # the error is the square of that
        return mp.log(fine * mp.fprod(v**k / mp.factorial(k) for v, k in zip(e, y)))


def gamma_moments(c, d):
    """The integral under Gamma(c, d), a sum of gamma functions; under m^(c - 1) where d is 0."""

    def within(terms, decay):
        total = mp.fsum(t * mp.gamma(c + k) / (d + decay) ** (c + k) for k, t in enumerate(terms) if t)
        return total * mpf(d) ** c / mp.gamma(c) if d else total

    return within


def lognormal_moments(m, s):
    """The same under LogNormal(m, s), s at most 1, by the trapezoid rule in its log: a rule in the plane."""
    step, reach = mpf(1) / 9, 13  # exp(-13^2/2) and exp(-9 pi^2), of what is left out and of the rule, are nothing

    def within(terms, decay):
        total = mpf(0)
        for i in range(-int(reach / step), int(reach / step) + 1):
            u = i * step
            x = mp.exp(m + s * u)
            value = mpf(0)
            for t in reversed(terms):
                value = value * x + t
            total += mp.exp(-u * u / 2 - decay * x) * value
        return total * step / mp.sqrt(2 * mp.pi)

    return within


def rate_scores(y, e, within, on_rate, scale):
    """(leave a group out, log marginal likelihood)."""
    e = [mpf(v) for v in e]
    return left_out(lambda some: rates([y[i] for i in some], [e[i] for i in some], within, on_rate, scale), len(y))
