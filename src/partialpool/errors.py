"""The exceptions that partialpool raises on purpose, as one tree.

PartialpoolError
├── DataError (ValueError)            the data cannot be used as requested
│   ├── ColumnError                   a column is missing, doubled or misspelt
│   ├── CellError                     a cell is missing, not a number, or out of range
│   └── FileError                     a file cannot be read, or its contents do not match its name
├── RequestError (ValueError)         an argument is out of its range
│   ├── CallError (TypeError)         an argument is missing, or the function does not take it
│   └── SliceError (KeyError)         there is no such slice among several fits
├── PriorError (ValueError)           a prior is negative, NaN, not normalisable or does not fit
│   └── ImproperPosteriorError        the prior and these data have no proper posterior
├── OutputError (OSError)             a result cannot be written; nothing was changed
└── MissingDependencyError (ImportError)   an optional library is needed for this

Every message says what is wrong, where, and how to mend it.
"""


class PartialpoolError(Exception):
    """Base of every error that partialpool raises on purpose."""


class DataError(PartialpoolError, ValueError):
    """The data cannot be used as requested."""


class ColumnError(DataError):
    """A column is missing, doubled or misspelt."""


class CellError(DataError):
    """A cell is missing, not a number, or out of range."""


class FileError(DataError):
    """A file cannot be read, or its contents do not match its name."""


class RequestError(PartialpoolError, ValueError):
    """An argument is out of its range."""


class CallError(RequestError, TypeError):
    """An argument is missing, or the function does not take it."""


class SliceError(RequestError, KeyError):
    """There is no such slice among several fits."""

    __str__ = Exception.__str__  # that of KeyError shows the quotation marks of a key


class PriorError(PartialpoolError, ValueError):
    """A prior is negative, NaN, not normalisable or does not fit the model."""


class ImproperPosteriorError(PriorError):
    """The prior and these data have no proper posterior."""


class OutputError(PartialpoolError, OSError):
    """A result cannot be written; whatever was there before is unchanged."""


class MissingDependencyError(PartialpoolError, ImportError):
    """An optional library is needed for this and is not installed."""
