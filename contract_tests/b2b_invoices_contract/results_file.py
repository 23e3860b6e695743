"""
`results.json`: the results of a run for programs, written and read by the schema beside this module.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
from jsonschema_rs import Draft202012Validator, ValidationError

from .coverage import Coverage
from .results import Result, Results

VERSION = 2
NAME = "results.json"
SCHEMA = Path(__file__).parent / "results.schema.json"
"""The JSON Schema of the file; its `version` changes with everything that could break a reader."""


class CannotRead(Exception):  # noqa: N818 - it is why a file is of no use, not how it failed
    """A file holds no results; the message says why and what to do, in one line."""


def as_json(results: Results) -> dict[str, Any]:
    """
    Return *results* as `results.json` has them.
    """
    return {
        "version": VERSION,
        "target": results.target,
        "seed": results.seed,
        "profile": results.profile,
        "exit_status": results.exit_status,
        "problem": results.problem,
        "command": results.command,
        "requests": results.requests,
        "requests_digest": results.digest,
        "seconds": round(results.seconds, 3),
        "left_behind": results.left_behind,
        "promises": [_promise(result) for result in results.promises.values()],
        "coverage": _coverage(results.coverage) if results.coverage else None,
        "fidelity": [attrs.asdict(score) | {"share": round(score.share, 4)} for score in results.fidelity],
    }


def read(path: Path) -> Mapping[str, Any]:
    """
    Return the results at *path*, a file or the folder of a report.

    Raises:
        CannotRead: When there are none, or they are of another version.
    """
    file = path / NAME if path.is_dir() else path
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotRead(f"{file} cannot be read: {error.strerror}; give the folder of a report") from error
    except (ValueError, RecursionError) as error:
        raise CannotRead(f"{file} is not JSON; give the folder of a report, or its {NAME}") from error
    version = found.get("version") if isinstance(found, dict) else None
    if version != VERSION:
        raise CannotRead(f"{file} has version {version!r} of the results, not {VERSION}; run the checks again")
    try:
        Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(found)
    except ValidationError as error:
        place = "/".join(map(str, error.instance_path))
        raise CannotRead(f"{file} is not as {SCHEMA.name} says, at /{place}; run the checks again") from error
    results: Mapping[str, Any] = found
    return results


def _promise(result: Result) -> dict[str, Any]:
    return {
        **attrs.asdict(result.promise, filter=lambda field, _: field.name != "formerly"),
        "verdict": result.verdict,
        "checks": result.checks,
        "requests": result.requests,
        "seconds": round(result.seconds, 3),
        "tried": result.tried,
        "reason": result.reason,
        "failures": [
            attrs.asdict(failure, filter=lambda field, _: field.name != "promise") for failure in result.failures
        ],
    }


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        "answers": coverage.answers,
        "rules": [attrs.asdict(rule) | attrs.asdict(seen) for rule, seen in coverage.rules.items()],
    }
