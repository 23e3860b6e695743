"""
`results.json`: the results of a run for programs, valid by the schema beside this module.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
from jsonschema_rs import Draft202012Validator, ValidationError

from b2b_invoices_contract.coverage import Coverage
from b2b_invoices_contract.results import Result, Results

from .facts import unseen, versions

NAME = "results.json"
VERSION = 3
SCHEMA = Path(__file__).parent / "results.schema.json"
"""The JSON Schema of the file; its `version` changes with everything that could break a reader."""

_FORMER_VERSION = 2


class CannotRead(Exception):  # noqa: N818 - it names a reason, not a fault of the program
    """A file has no results; the message says why and what to do, in one line."""


def as_json(results: Results) -> dict[str, Any]:
    """
    Return *results* as the content of `results.json`.
    """
    return {
        "version": VERSION,
        "versions": versions(),
        "target": results.target,
        "at": results.at,
        "seed": results.seed,
        "profile": results.profile,
        "exit_status": results.exit_status,
        "problem": results.problem,
        "command": results.command,
        "requests": results.requests,
        "requests_digest": results.digest,
        "seconds": round(results.seconds, 3),
        "left_behind": results.left_behind,
        "not_tried": results.not_tried,
        "promises": [_promise(result) for result in results.promises.values()],
        "coverage": _coverage(results, results.coverage) if results.coverage else None,
        "fidelity": [attrs.asdict(score) | {"share": round(score.share, 4)} for score in results.fidelity],
    }


def read(path: Path) -> Mapping[str, Any]:
    """
    Return the content of the results at *path*, a file or the folder of a report.

    Results of version 2 are returned as of version 3, without failures and coverage.

    Raises:
        CannotRead: The file does not exist, has another version, or does not match the schema.
    """
    file = path / NAME if path.is_dir() else path
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotRead(f"{file} cannot be read: {error.strerror}; give the folder of a report") from error
    except (ValueError, RecursionError) as error:
        raise CannotRead(f"{file} is not JSON; give the folder of a report, or its {NAME}") from error
    version = found.get("version") if isinstance(found, dict) else None
    if version == _FORMER_VERSION:
        found = _upgraded(found)
    elif version != VERSION:
        raise CannotRead(f"{file} has version {version!r} of the results, not {VERSION}; run the checks again")
    try:
        Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(found)
    except ValidationError as error:
        place = "/".join(map(str, error.instance_path))
        raise CannotRead(f"{file} does not match {SCHEMA.name} at /{place}; run the checks again") from error
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
        "failures": [attrs.asdict(failure, filter=_is_written) for failure in result.failures],
    }


def _is_written(field: "attrs.Attribute[Any]", _: Any) -> bool:
    return field.name not in {"promise", "size"}


def _coverage(results: Results, coverage: Coverage) -> dict[str, Any]:
    written = attrs.asdict(coverage)
    reasons = unseen(results)
    for response in written["responses"]:
        response["unseen_because"] = reasons.get((response["operation"], response["status"]), "")
    return written


def _upgraded(found: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return results of version 2 as of version 3; what has another type than it should stays, for the schema to reject.
    """
    promises = found.get("promises")
    if isinstance(promises, list):
        promises = [_upgraded_promise(one) if isinstance(one, dict) else one for one in promises]
    added = {"version": VERSION, "versions": {"contract": "", "kit": ""}, "at": "", "not_tried": []}
    return {**found, **added, "coverage": None, "promises": promises}


def _upgraded_promise(promise: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in promise.items() if key != "cases"} | {"failures": []}
