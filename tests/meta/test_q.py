"""Q of a meta-analysis as data, and quantities by names that are easy to type."""

import numpy as np
import pytest
from scipy.stats import chi2

import partialpool as pp

Y, S = np.array([0.1, 0.9, -0.4, 1.3]), np.array([0.3, 0.4, 0.25, 0.5])


def summed_up(y=Y, s=S, **options):
    return pp.estimates({"y": y, "s": s}, estimate="y", se="s", **options).meta_analysis()


@pytest.mark.parametrize("method", ["full", "reml"])
def test_q_by_name_and_in_the_table(method):
    found, weight = summed_up(method=method), 1 / S**2
    q = weight @ (Y - np.average(Y, weights=weight)) ** 2
    assert found["Q"].estimate == pytest.approx(q, rel=1e-12)
    assert (found["Q"].df, found["Q"].p) == (3.0, pytest.approx(chi2.sf(q, 3), rel=1e-10))
    table = found.columns()
    assert table["quantity"][-1] == "Q"
    assert (table["estimate"][-1], table["df"][-1], table["p"][-1]) == (found.q, 3.0, found.q_p)
    assert np.isnan(table["p"][:-1]).all()


def test_q_is_told_once_in_the_text():
    lines = repr(summed_up()).splitlines()
    assert sum(line.strip().startswith("Q") for line in lines) == 1
    assert not any(line.split()[-1:] == ["p"] for line in lines)


def test_where_q_is_not_defined_the_note_says_why():
    row = summed_up(Y[:2], np.array([0.0, 1.0]))["Q"]
    assert np.isnan([row.estimate, row.df, row.p]).all()
    assert row.note == "not defined: there is one group alone, or a standard error is 0"


def test_names_that_are_easy_to_type():
    found = summed_up()
    written = {"tau2 tau²": "tau^2", "I2 I^2 I²": "I^2 (%)", "H2 H²": "H^2"}
    for plain, name in ((plain, name) for several, name in written.items() for plain in several.split()):
        assert found[plain] is found[name]
    with pytest.raises(pp.errors.RequestError, match=r"no quantity 'sigma2'; there are mu, tau, .*, Q"):
        found["sigma2"]
