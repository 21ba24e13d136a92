import numpy as np
import pytest
from scipy import special as sc

from partialpool.quadrature.rows import rows

# y given x is logistic-beta: the density of logit(theta), theta ~ Beta(e^x, 2 e^x)


def log_density(x, y):
    a, b = np.exp(x), 2.0 * np.exp(x)
    return -sc.betaln(a, b) - a * np.logaddexp(0.0, -y) - b * np.logaddexp(0.0, y)


def near(x):
    return np.full(x.shape, -0.5), np.exp(-0.5 * x)


X = np.array([-1.0, 0.0, 2.0, 4.0])


@pytest.fixture(scope="module")
def lines():
    return rows(log_density, X, near, 0.15)


def test_mass(lines):
    assert lines.log_mass == pytest.approx(0.0, abs=1e-12)


def test_distribution_function_and_density(lines):
    y = np.linspace(-9.0, 6.0, 41)[None, :] * np.exp(-0.5 * X)[:, None] - 0.5
    cdf, pdf = lines.at(y)
    a = np.exp(X)[:, None]
    assert cdf == pytest.approx(sc.betainc(a, 2 * a, sc.expit(y)), abs=2e-12)
    assert pdf == pytest.approx(np.exp(log_density(X[:, None], y)), abs=1e-10)


def test_far_out_it_is_certain(lines):
    cdf, pdf = lines.at(np.array([[-np.inf, -1e9, 1e9, np.inf]] * 4))
    assert cdf.tolist() == [[0.0, 0.0, 1.0, 1.0]] * 4
    assert not pdf.any()


def test_a_line_with_nothing_on_it_has_no_mass():
    def beyond(x, y):
        return np.where(x > 3.0, -np.inf, log_density(x, y))

    lines = rows(beyond, X, near, 0.15)
    assert lines.log_mass == pytest.approx([0.0, 0.0, 0.0, -np.inf], abs=1e-12)
    assert not lines.density[3].any()
    assert np.isfinite(lines.density).all()
