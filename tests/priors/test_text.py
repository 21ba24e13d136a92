"""Priors as people write them: words of papers, densities alone, texts that are parsed and never evaluated."""

import numpy as np
import pytest

import partialpool as pp
from partialpool.priors import resolve
from partialpool.priors.text import in_words, parsed, written

SCHOOLS = {"estimate": "effect", "se": "se", "group": "school"}


def schools(**options):
    return pp.estimates(pp.datasets.load("eight_schools"), **SCHOOLS, **options)


@pytest.mark.parametrize(
    ("text", "prior"),
    [
        ("sd ~ HalfNormal(0.5)", pp.Prior(sd=pp.HalfNormal(0.5))),
        ("tau ~ HalfNormal(0.5)", pp.Prior(sd=pp.HalfNormal(0.5))),
        (
            "  tau~halfnormal( scale = +0.5 ) ;  mu ~ Normal(-1, 4e0);",
            pp.Prior(pp.Normal(-1, 4), sd=pp.HalfNormal(0.5)),
        ),
        ("sd ~ HalfCauchy(1, on='variance')", pp.Prior(sd=pp.HalfCauchy(1, on="variance"))),
        ('sd ~ LogNormal(-2.14, 1.74, on="variance")', pp.Prior(sd=pp.LogNormal(-2.14, 1.74, on="variance"))),
        ("kappa ~ Gamma(2, 0.1); mu ~ Beta(2, 8)", pp.Prior(pp.Beta(2, 8), pp.Gamma(2, 0.1))),
        ("sd ~ HalfNormal(0.5), mu ~ Normal(0, 4)", pp.Prior(pp.Normal(0, 4), sd=pp.HalfNormal(0.5))),
        ("sd ~ Flat()", pp.Prior(sd=pp.Flat())),
        ("sd ~ turner_2015()", pp.Prior(sd=pp.LogNormal(-2.56, 1.74, on="variance"))),
        (
            "sd ~ rhodes_2015('obstetric', 'non-pharmacological')",
            pp.Prior(sd=pp.priors.rhodes_2015("obstetric", "non")),
        ),
    ],
)
def test_texts(text, prior):
    assert parsed(text) == prior


def test_a_text_a_density_and_a_prior_are_one_prior():
    medians = [
        schools(prior=prior).population_columns()["median"].tolist()
        for prior in (
            *("sd ~ HalfNormal(5)", "tau ~ HalfNormal(5)", pp.HalfNormal(5), "HalfNormal(5)"),
            *(pp.Prior(sd=pp.HalfNormal(5)), pp.Prior(tau=pp.HalfNormal(5))),
        )
    ]
    assert medians == [medians[0]] * 6
    rows = pp.datasets.load("coagulation")
    one, other = (
        pp.measurements(rows, value="time_seconds", group="diet", prior=prior).population_columns()["median"].tolist()
        for prior in (pp.HalfNormal(3), pp.Prior(sd=pp.HalfNormal(3)))
    )
    assert one == other


HOSTILE = [
    "sd ~ __import__('os').system('true')",
    "sd ~ HalfNormal(__import__('os').getpid())",
    "sd ~ HalfNormal([x for x in (1,)][0])",
    "sd ~ (lambda: 1)()",
    "sd ~ HalfNormal(1 + 1)",
    "sd ~ HalfNormal(*[1])",
    "sd ~ HalfNormal(**{'scale': 1})",
    "sd ~ HalfNormal(True)",
    "sd ~ HalfNormal(1j)",
    "sd ~ HalfNormal(None)",
    "sd ~ HalfNormal(b'1')",
    "sd ~ HalfNormal(-'1')",
    "sd ~ HalfNormal(1) or 1",
    "sd ~ HalfNormal",
    "sd ~ pp.HalfNormal(1)",
    "sd ~ f'{1}'",
    "sd ~ " + "(" * 400,
    "sd ~ " + "-" * 400 + "1",
    "sd ~ HalfNormal(\x00)",
    "sd ~ HalfNormal(1)\nimport os",
    "sd ~ HalfNormal(x := 1)",
    "sd ~ Custom(1)",
    "sd ~ Prior(1)",
    "sd ~ HalfNormal(1, 2)",
    "sd ~ HalfNormal(size=1)",
    "sd ~ HalfNormal()",
    "sd ~ HalfNormal(-1)",
    "sd ~ HalfNormal(1e999)",
    "sd ~ HalfNormal('x')",
    "sd ~ HalfNormal(1, on='nonsense')",
    "sd ~ HalfNormal(1, on=3)",
    "sd ~ turner_2015('mortality')",
    "sd ~ turner_2015(1, 2)",
    "name ~ HalfNormal(1)",
    "sd2 ~ HalfNormal(1)",
    "sd ~ ",
    " ~ HalfNormal(1)",
    "~",
    ";~;",
    "sd ~ HalfNormal(1); tau ~ HalfNormal(2)",
    "sd ~ HalfNormal(1);" * 100,
    "sd ~ Normal(0, 1)",
    "concentration ~ Gamma(1, 1)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_everything_else_is_refused_politely(text):
    with pytest.raises(pp.PriorError):
        resolve(text, "estimates")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sd ~ HalfNormel(1)", r"no density HalfNormel\. Did you mean HalfNormal\?"),
        ("std ~ HalfNormal(1)", "does not begin with a parameter and .~.*Did you mean 'sd'"),
        ("sd ~ HalfNormal(1, 2)", "HalfNormal takes scale, on"),
        ("sd ~ HalfNormal(1 + 1)", "'1 \\+ 1' is no number"),
        ("sd ~ HalfNormal(1) mean ~ Normal(0, 1)", 'Put ";" between two statements'),
        (
            "turner_2015",
            r"such as turner_2015\('obstetric', 'pharmacological vs placebo'\); turner_2015\(\)",
        ),
        ("sd ~ rhodes_2015", "lacks its parentheses: rhodes_2015 takes an outcome and a comparison"),
        ("HalfNormal", r"lacks its parentheses: HalfNormal takes scale, on: write HalfNormal\(scale\) with numbers"),
        ("HalfNormal(1); mu ~ Normal(0, 1)", "'HalfNormal\\(1\\)' does not begin with a parameter"),
        ("mu ~ Normal(0, 1); mean ~ Normal(0, 1)", "mean has two densities"),
    ],
)
def test_refusals_name_the_cure(text, said):
    with pytest.raises(pp.PriorError, match=said):
        resolve(text, "estimates")


@pytest.mark.parametrize(("name", "family"), [("BDA", "proportions"), ("Half Cauchy SD", "proportions")])
@pytest.mark.parametrize("change", [str.upper, str.title, lambda name: name.replace("-", "_")])
def test_names_are_understood_however_they_are_written(change, name, family):
    assert resolve(change(name), family) == resolve(name.lower().replace(" ", "-"), family)


def test_a_named_prior_comes_before_a_density_of_its_name():
    assert resolve("DuMouchel", "estimates").name == "dumouchel"
    assert resolve("Pareto", "proportions").name == "pareto"


EXAMPLE = {"proportions": r"concentration ~ Gamma\(2, 0\.1\)", "rates": r"shape ~ Exponential\(1\)"}


@pytest.mark.parametrize("family", EXAMPLE)
@pytest.mark.parametrize("given", [pp.HalfNormal(1), "HalfNormal(1)"])
def test_a_density_alone_has_no_meaning_for_counts(family, given):
    said = rf'Name the one that HalfNormal\(1(\.0)?\) is for, as in "{EXAMPLE[family]}"'
    with pytest.raises(pp.PriorError, match=said):
        resolve(given, family)
    resolve(EXAMPLE[family].replace("\\", ""), family)


@pytest.mark.parametrize("given", [pp.Normal(0, 4), "Normal(0, 4)"])
def test_a_density_of_the_mean_alone_is_no_prior_of_the_sd(given):
    with pytest.raises(pp.PriorError, match=r'on the whole line: say "mean ~ Normal\(0(\.0)?, 4(\.0)?\)"'):
        resolve(given, "estimates")


def test_two_words_for_one_parameter():
    with pytest.raises(pp.PriorError, match="mu and mean are two words for one parameter"):
        pp.Prior(mean=pp.Normal(0, 1), mu=pp.Normal(0, 1))
    rats = pp.proportions(pp.datasets.load("rat_tumors"), successes="tumors", trials="rats", group="group")
    with pytest.raises(pp.RequestError, match="kappa and concentration are two words"):
        rats.given(mu=0.1, kappa=10, concentration=10)
    one, other = rats.given(mu=0.1, kappa=10), rats.given(mean=0.1, concentration=10)
    assert one.group_columns()["mean"].tolist() == other.group_columns()["mean"].tolist()
    assert schools().given(mu=8, tau=5).group_columns()["mean"][0] == pytest.approx(8 + 20 * 25 / (25 + 225))


FITS = {
    "proportions": (pp.proportions, "rat_tumors", {"successes": "tumors", "trials": "rats", "group": "group"}),
    "rates": (pp.rates, "pump_failures", {"events": "failures", "exposure": "time_thousand_hours", "group": "pump"}),
    "estimates": (pp.estimates, "eight_schools", SCHOOLS),
    "measurements": (pp.measurements, "coagulation", {"value": "time_seconds", "group": "diet"}),
}


@pytest.mark.parametrize("family", FITS)
def test_every_prior_of_a_sensitivity_can_be_given_back(family):
    function, name, columns = FITS[family]
    data = pp.datasets.load(name)
    found = function(data, **columns).sensitivity()
    table = found.columns()
    parameters = len(set(table["parameter"]))
    for k, prior in enumerate(found.priors):
        text, median = table["stated"][parameters * k], table["median"][parameters * k : parameters * (k + 1)]
        assert text
        if np.isnan(median).any():
            continue
        for given in (text, found.priors[prior]):
            again = function(data, **columns, prior=given).population_columns()["median"][:parameters]
            assert again == pytest.approx(median, rel=1e-9), (prior, given)


def test_a_function_of_ones_own_has_no_words():
    prior = pp.Prior(sd=lambda sd: np.exp(-sd)).joint("estimates")
    assert in_words(prior) == ""
    assert written(pp.HalfCauchy(2.5)) == "HalfCauchy(2.5)"
    assert written(pp.HalfCauchy(1 / 3), 3) == "HalfCauchy(0.333)"


@pytest.mark.parametrize(
    "text",
    [
        *("Half-Normal(0.5)", "half-normal(0.5)", "half normal(0.5)", "sd ~ Half-Normal(0.5)", "HALF_NORMAL(0.5)"),
        *("sd ~ half_normal(0.5)", "SD ~ HalfNormal(Scale=0.5)", "Tau ~ half-normal(0.5)"),
    ],
)
def test_hyphens_in_the_name_of_a_density_are_understood(text):
    assert resolve(text, "estimates").sd.density == pp.HalfNormal(0.5)


@pytest.mark.parametrize(
    ("text", "family", "said"),
    [
        ("half-cauchy", "estimates", r"HalfCauchy takes scale, on: write HalfCauchy\(scale\) with numbers"),
        ("half-cauchy", "proportions", 'Did you mean "half-cauchy-sd"'),
        ("(alpha+beta)^(-5/2)", "proportions", 'write prior="bda"'),
        ("(alpha + beta)**-2.5", "proportions", 'write prior="bda"'),
        ("foo + (2)", "proportions", r"such as \"concentration ~ Gamma\(2, 0.1\)\""),
        ("theta ~ Beta(1, 1)", "proportions", r"Write \"concentration ~ Gamma\(2, 0.1\)\""),
        ("foo + (2)", "estimates", r"such as \"sd ~ HalfNormal\(0.5\)\""),
    ],
)
def test_a_refusal_proposes_what_the_family_takes(text, family, said):
    with pytest.raises(pp.PriorError, match=said):
        resolve(text, family)


@pytest.mark.parametrize("square", ["tau^2", "tau**2", "sd ^ 2", "sigma^2"])
def test_a_density_of_a_variance_names_the_scale(square):
    with pytest.raises(pp.PriorError, match=r"on='variance'\)") as refused:
        resolve(f"{square} ~ InverseGamma(1, 1)", "measurements")
    proposed = str(refused.value).split('"')[-2]
    assert resolve(proposed, "measurements").name == proposed
