"""Methods of other software are refused with those that there are, and with where the common effect is."""

import pytest

import partialpool as pp


@pytest.mark.parametrize(
    ("method", "hint"),
    [
        ("FE", r"The common .* fit\.pooling\(\) has it"),
        *[(name, r'.* is not offered: where trials are few, method="full"') for name in ("PM", "HE", "SJ", "EB")],
    ],
)
def test_estimators_that_are_not_here(method, hint):
    said = rf"no method '{method}'; there are full, .* reml, dersimonian-laird\. {hint}"
    with pytest.raises(pp.errors.RequestError, match=said):
        pp.estimates({"y": [1, 2], "s": [1, 1]}, estimate="y", se="s", method=method)


def test_the_common_effect_is_for_estimates():
    with pytest.raises(pp.errors.RequestError) as refused:
        pp.proportions({"y": [1, 2], "n": [3, 4]}, successes="y", trials="n", method="FE")
    assert "pooling" not in str(refused.value)
