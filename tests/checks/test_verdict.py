"""The verdict of a calibration: corrected for the number of quantities, and still awake."""

import numpy as np
import pytest
from scipy import stats

from partialpool.checks import Calibration


def stood(pit):
    """A calibration in which the truth stood at these places."""
    size = pit.shape[1]
    names = tuple(f"theta[{j}]" for j in range(size))
    return Calibration("proportions", names, np.full(size, np.nan), pit, np.ones(pit.shape), 0.95, {}, ())


def verdicts(pit):
    return stood(pit).columns()["verdict"]


@pytest.mark.parametrize("count", [20, 100])
def test_an_exact_method_is_rarely_called_not_calibrated(count):
    rng = np.random.default_rng(0)
    runs = 200
    called = sum("not calibrated" in verdicts(rng.uniform(size=(count, 8))) for _ in range(runs))
    assert called <= 0.05 * runs + 2 * np.sqrt(0.05 * 0.95 * runs)
    assert called > 0


def test_a_wrong_posterior_is_still_called_not_calibrated():
    pit = np.random.default_rng(1).uniform(size=(100, 8))
    pit[:, 3] = stats.norm.cdf(2.0 * stats.norm.ppf(pit[:, 3]))  # intervals half as wide as they should be
    assert verdicts(pit).tolist() == ["calibrated"] * 3 + ["not calibrated"] + ["calibrated"] * 4


def test_the_verdict_is_corrected_for_the_number_of_quantities():
    columns = stood(np.random.default_rng(2).uniform(size=(60, 8))).columns()
    assert columns["adjusted"].min() == pytest.approx(min(8 * columns["ecdf_p"].min(), 1.0))
    assert ((columns["adjusted"] >= 0.05) == (columns["verdict"] == "calibrated")).all()
    assert "verdict: corrected for 8 quantities (Holm, 0.05)" in repr(stood(np.full((20, 8), 0.5)))
