"""The version of the package, which its metadata are built from."""

__version__ = "0.1.0"
