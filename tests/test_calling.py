"""A call that a function does not take is refused with the arguments that are meant."""

import inspect

import pytest

import partialpool as pp
from interface import attributes, fits, results
from partialpool.messages.calling import checked

DATA = {"a": [1, 2, 3, 4], "b": [10, 12, 20, 20], "c": list("wxyz")}


def fitted():
    return pp.proportions(DATA, successes="a", trials="b", group="c")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: pp.proportions(DATA, "a", "b", "c"),
            "takes data alone without a name: name the others, such as successes='a', trials='b', group='c'.",
        ),
        (
            lambda: pp.estimates(DATA, "a"),
            "estimates() takes data alone without a name: name the other, such as estimate='a'.",
        ),
        (lambda: pp.proportions(DATA, trials="b"), "proportions() needs successes=."),
        (
            lambda: pp.rates(DATA, events="a", trials="b"),
            "unexpected keyword argument 'trials'. It takes data=, events=",
        ),
        (lambda: pp.proportions(DATA, successes="a", failures="b"), "Give trials=, the sum of successes and failures"),
        (lambda: pp.proportions(DATA, successes="a", total="b"), "argument 'total'. Did you mean trials=?"),
        (lambda: pp.rates(DATA, event="a"), "unexpected keyword argument 'event'. Did you mean events=?"),
        (
            lambda: fitted().predict(100),
            "predict() takes no argument without a name: name what is given, as one of trials=, exposure=, n=, se=,",
        ),
        (lambda: fitted().compare("w"), "compare() missing a required argument: 'other'."),
        (lambda: fitted().ranks(1, 2, 3, 4), "ranks() takes best, top and level and no more, not 4 values."),
        (lambda: fitted().given(0.5, 3), "given() takes no argument without a name: name what is given."),
        (lambda: fitted().pooling().table(probabilities=True), "'probabilities'. It takes no arguments."),
        (lambda: fitted().sensitivity(["flat"], powers_of=3), "Did you mean powers=?"),
        (
            lambda: fits()["estimates"].plot.population(transform="exp"),
            "along the sd, which keeps the scale of the estimates: forest(), shrinkage() and meta_analysis() take",
        ),
        (lambda: pp.Prior(tua=pp.HalfNormal(1)), "unexpected keyword argument 'tua'. Did you mean tau=?"),
        (lambda: pp.Prior(tau2=pp.HalfNormal(1)), 'is one of tau on that scale: tau=HalfNormal(1, on="variance").'),
        (lambda: pp.HalfNormal(scal=1), "HalfNormal() got an unexpected keyword argument 'scal'. Did you mean scale=?"),
        (pp.HalfNormal, "HalfNormal() missing a required argument: 'scale'."),
        (lambda: pp.Gamma(1, 2, 3), "Gamma() takes shape and rate alone without a name: name the other, as on=."),
    ],
)
def test_a_call_is_refused_with_the_arguments_that_are_meant(call, said):
    with pytest.raises(pp.CallError) as caught:
        call()
    assert said in str(caught.value)
    assert isinstance(caught.value, (pp.RequestError, TypeError))


def test_what_is_no_path_holds_no_fit():
    with pytest.raises(pp.RequestError, match=r"^load\(\) takes the path of a file that fit.save\(\) wrote, not 5\.$"):
        pp.load(5)


def asked():
    """Every public function and every public method of fits, their pictures and all results, by name."""
    for name in pp.__all__:
        value = getattr(pp, name)
        parts = attributes(value) if inspect.ismodule(value) else [(name, value)]
        yield from ((key, part) for key, part in parts if inspect.isfunction(part))
    estimates = fits()["estimates"]
    more = estimates.cumulative(), estimates.meta_analysis(), estimates.draws(3), estimates.plot
    given = [*fits().values(), *results().values(), *more, estimates.probability(above=0.0, parameter="mu")]
    for answer in {type(one): one for one in given if type(one).__module__.startswith("partialpool")}.values():
        methods = (key for key, part in attributes(type(answer)) if inspect.isfunction(part))
        yield from ((f"{type(answer).__name__}.{key}", getattr(answer, key)) for key in methods)


@pytest.mark.parametrize(("args", "kwargs"), [((), {"no_such_word": 1}), ((object(),) * 50, {})])
def test_every_public_function_and_method_refuses_what_it_does_not_take(args, kwargs):
    calls = dict(asked())
    assert len(calls) > 100
    raised = {}
    for name, call in calls.items():
        try:
            call(*args, **kwargs)
        except (pp.RequestError, TypeError) as error:
            raised[name] = type(error)
    takes_any = {"Posterior.given"} if kwargs else set()  # its own refusal names the parameters of the population
    assert {name for name in calls if raised.get(name) is not pp.CallError} == takes_any


def test_every_density_and_the_prior_refuse_what_they_do_not_take():
    classes = [getattr(pp, name) for name in pp.__all__ if inspect.isclass(getattr(pp, name))]
    stated = (pp.Density, pp.priors.Line, pp.Prior)
    made = [one for one in classes if issubclass(one, stated) and one is not pp.Density]
    assert len(made) > 15
    for one in made:
        with pytest.raises(pp.CallError, match=rf"^{one.__name__}\(\) "):
            one(no_such_word=1)
        assert "self" not in inspect.signature(one).parameters


def test_a_type_error_of_a_call_that_fits_stays_what_it_is():
    def fits_and_fails(value):
        raise TypeError(value)

    with pytest.raises(TypeError, match="own words") as caught:
        checked(fits_and_fails)("own words")
    assert not isinstance(caught.value, pp.CallError)
