"""
Dialects that a file sets singly, on top of one that has a name, and what there is to say of the one in force.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from .dialect import (
    DIALECTS,
    QUESTIONS,
    Dialect,
    in_force,
)

_BASE = "base"
_SUFFIX = ".toml"


def load_dialect(name: str) -> Dialect:
    """
    Return the dialect *name*, or the one that the TOML file *name* sets.

    Such a file may begin with `base = "observed"`; then it has a line for each setting that differs from its base.

    Raises:
        ValueError: When there is no such dialect, or the file cannot be read, or sets what is not on offer.
    """
    if name in DIALECTS:
        return DIALECTS[name]
    if not name.endswith(_SUFFIX):
        raise ValueError(
            f"there is no dialect {name!r}; there are {_names()}, or give a file whose name ends in {_SUFFIX}"
        )
    try:
        chosen = tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(
            f"the dialect {name!r} cannot be read: {error.strerror}; give a file that can, or one of {_names()}"
        ) from None
    except ValueError as error:  # of UTF-8 as well as of TOML
        raise ValueError(f"the dialect {name!r} is not TOML: {error}") from None
    try:
        return _chosen(chosen)
    except ValueError as error:
        raise ValueError(f"the dialect {name!r}: {error}") from None


def describe(dialect: Dialect) -> list[dict[str, Any]]:
    """
    Return what is in force, a mapping for each setting: its value and why, and what else is on offer.
    """
    return [
        {
            "setting": question.name,
            "value": option.value,
            "question": question.sentence,
            "provenance": option.provenance,
            "source": option.source,
            "fitsContract": option.fits,
            "decision": question.decision,
            "others": [other.value for other in question.options if other is not option],
        }
        for question, option in in_force(dialect)
    ]


def misfits(dialect: Dialect) -> list[str]:
    """
    Return the settings of *dialect*, as `name = value`, whose answers do not fit the contract.
    """
    return [f"{question.name} = {option.value!r}" for question, option in in_force(dialect) if not option.fits]


def _chosen(choices: Mapping[str, Any]) -> Dialect:
    base = choices.get(_BASE, "documented")
    if base not in list(DIALECTS):  # a list, since a file may say anything, and not all of it has a hash
        raise ValueError(f"there is no base {base!r}; there are {_names()}")
    settings = {question.name for question in QUESTIONS}
    for name in choices:
        if name not in {_BASE, *settings}:
            raise ValueError(f"there is no setting {name!r}; there are {', '.join(sorted(settings))}, and {_BASE}")
    return attrs.evolve(DIALECTS[base], **{name: value for name, value in choices.items() if name != _BASE})


def _names() -> str:
    return " and ".join(DIALECTS)
