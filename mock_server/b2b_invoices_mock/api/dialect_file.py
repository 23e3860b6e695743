"""
Dialects by name, or from a TOML file that changes settings of a named one.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from .dialect import DIALECTS, QUESTIONS, Dialect

_BASE = "base"
_SUFFIX = ".toml"
_NAMES = " or ".join(DIALECTS)


def load_dialect(name: str) -> Dialect:
    """
    Return the dialect *name*, or the one in the TOML file *name*.

    The file may name its base, such as `base = "observed"`, and has a line for each setting that differs from it.

    Raises:
        ValueError: The dialect is unknown, the file cannot be read, or it has an unknown setting or value.
    """
    if name in DIALECTS:
        return DIALECTS[name]
    if not name.endswith(_SUFFIX):
        raise ValueError(f"unknown dialect {name!r}: expected {_NAMES}, or the path of a {_SUFFIX} file")
    try:
        return _with_settings(tomllib.loads(Path(name).read_text(encoding="utf-8")))
    except OSError as error:
        raise ValueError(f"cannot read the dialect file {name!r}: {error.strerror}; check the path") from None
    except ValueError as error:  # also invalid TOML or UTF-8
        raise ValueError(f"invalid dialect file {name!r}: {error}") from None


def _with_settings(settings: Mapping[str, Any]) -> Dialect:
    base = settings.get(_BASE, "documented")
    if base not in list(DIALECTS):  # a list, since a value may be unhashable
        raise ValueError(f"unknown base {base!r}: expected {_NAMES}")
    known = sorted(question.name for question in QUESTIONS)
    changes = {name: value for name, value in settings.items() if name != _BASE}
    for name in changes:
        if name not in known:
            raise ValueError(f"unknown setting {name!r}: expected one of {', '.join(known)}, or {_BASE}")
    return attrs.evolve(DIALECTS[base], **changes)
