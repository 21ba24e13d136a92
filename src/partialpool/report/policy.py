"""The scripts and the style of a page, and the policy that lets only these run, by their hashes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources

_IMPORT = "import { ascending, isString, DisallowedObjectProperties } from 'vega-util';"
_EXPORT = "export { expression as expressionInterpreter };"
_MAP = "//# sourceMappingURL=vega-interpreter.js.map"


@cache
def asset(folder: str, name: str) -> str:
    """The text of a file of this package, with Unix line ends, which are those that a browser hashes."""
    found = resources.files("partialpool.report").joinpath(folder, name).read_text(encoding="utf-8")
    return found.replace("\r\n", "\n")


@cache
def scripts() -> tuple[str, ...]:
    """The scripts of a page in order: Vega, the interpreter of its expressions, and our own."""
    return (asset("vendor", "vega.min.js"), _interpreter(), asset("assets", "report.js"))


@cache
def style() -> str:
    """The style of a page."""
    return asset("assets", "report.css")


@cache
def policy() -> str:
    """The content security policy of a page: its own scripts and style, pictures in the page, and nothing else."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {_hashes(scripts())}",
            f"style-src {_hashes([style()])}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hashes(blocks: Sequence[str]) -> str:
    """The SHA-256 hashes of inline blocks, as a policy states them."""
    digests = (hashlib.sha256(block.encode("utf-8")).digest() for block in blocks)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode('ascii')}'" for digest in digests)


def _interpreter() -> str:
    """The interpreter as a plain script that adds itself to Vega, since a page without network cannot import."""
    source = asset("vendor", "vega-interpreter.js")
    assert _IMPORT in source
    assert _EXPORT in source
    source = source.replace(_IMPORT, "const { ascending, isString, DisallowedObjectProperties } = vega;")
    source = source.replace(_EXPORT, "vega.expressionInterpreter = expression;").replace(_MAP, "")
    return f'(() => {{\n"use strict";\n{source}}})();\n'
