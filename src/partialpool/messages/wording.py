"""Words for messages: numbers with nouns, lists of names, and suggestions for misspelt names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

_LIKE = 0.6  # smallest similarity, from 0 to 1, of a suggested name
_SHORTEST = 3  # smallest number of characters of a part that may stand for a whole name
_SHOWN = 5  # names shown of a long list


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun, in the plural unless the number is one.

    >>> counted(1, "group"), counted(1200, "group"), counted(0, "study", "studies")
    ('1 group', '1,200 groups', '0 studies')
    """
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def with_article(noun: str) -> str:
    """A noun with its indefinite article.

    >>> with_article("odds ratio"), with_article("risk ratio")
    ('an odds ratio', 'a risk ratio')
    """
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def joined(names: Iterable[str], word: str = "and") -> str:
    """Join names for a sentence.

    >>> joined(["mean"]), joined(["mean", "sd"]), joined(["mean", "sd", "sigma"], "or")
    ('mean', 'mean and sd', 'mean, sd or sigma')
    """
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last


def some(names: Sequence[object]) -> str:
    """List the first few of many names, and count the others.

    >>> some(["A", "B"]), some(range(1, 100))
    ("'A' and 'B'", '1, 2, 3, 4, 5 and 94 more')
    """
    if len(names) <= _SHOWN:
        return joined(map(repr, names))
    return f"{', '.join(map(repr, names[:_SHOWN]))} and {len(names) - _SHOWN:,} more"


def nearest(wanted: object, known: Iterable[str], least: float = _LIKE) -> str | None:
    """The known name that was probably meant, or None.

    A name that differs only in its case, spaces, punctuation or leading zeros comes first, then the only name of which
    the wanted one is a part, and then the most alike.

    >>> nearest("hospital 1", ["Hospital 113", "Hospital 01"]), nearest("113", ["Hospital 112", "Hospital 113"])
    ('Hospital 01', 'Hospital 113')
    >>> nearest(1.0, ["2", "1"]), nearest("treatment", ["control"]) is None
    ('1', True)
    """
    names = list(known)
    key = _bare(str(int(wanted)) if isinstance(wanted, float) and wanted.is_integer() else str(wanted))
    keys = [_bare(name) for name in names]
    if key in keys:
        return names[keys.index(key)]
    holding = [place for place, other in enumerate(keys) if key in other] if len(key) >= _SHORTEST else []
    if len(holding) == 1:
        return names[holding[0]]
    return _most_alike(str(wanted).casefold(), names, least)


def _most_alike(wanted: str, names: Sequence[str], least: float) -> str | None:
    """The first of the most similar names; None if none is similar enough."""
    matcher = SequenceMatcher(b=wanted)
    best, most = None, least - 1e-9
    for name in names:
        matcher.set_seq1(name.casefold())
        if matcher.real_quick_ratio() > most and matcher.quick_ratio() > most and (ratio := matcher.ratio()) > most:
            best, most = name, ratio
    return best


def _bare(name: str) -> str:
    """A name in lower case, without spaces, punctuation and leading zeros of its numbers."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"[\W_]+", "", name.casefold())) or name
