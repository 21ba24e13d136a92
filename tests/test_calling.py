"""A call that a function does not take is refused with the arguments that are meant."""

import pytest

import partialpool as pp

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
        (lambda: pp.rates(DATA, event="a"), "unexpected keyword argument 'event'. Did you mean events=?"),
        (
            lambda: fitted().predict(100),
            "predict() takes no argument without a name: name what is given, as one of trials=, exposure=, n=, se=,",
        ),
        (lambda: fitted().compare("w"), "compare() missing a required argument: 'other'."),
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
