"""
Reading a request: its credentials, body, query and invoice id. Invalid ones raise an `ApiError`.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

import msgspec
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request

from b2b_invoices_mock.settings import Store
from b2b_invoices_spec.contract import Parameter

from .errors import (
    BodyTooLarge,
    ForeignToken,
    InvalidQuery,
    MalformedBody,
    MissingCredentials,
    MissingStoreHash,
    UnknownCredentials,
    UnknownStore,
    UnsupportedMediaType,
)
from .validation import Violations, merge, violations

_INTEGER = re.compile(r"-?[0-9]{1,4000}")
_DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * 309  # the largest double has 309 digits
_DEEPEST = 250  # levels; Python, msgspec and the validator support more, so an accepted body can be returned later


def _number(text: str) -> Decimal:
    if not isfinite(float(text)):
        raise ValueError("number out of range")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("number out of range") from None


_decode = msgspec.json.Decoder(float_hook=_number).decode


def authenticate(headers: Headers, stores: Iterable[Store]) -> str:
    """
    Return the hash of the caller's store.

    Raises:
        MissingCredentials: The token is missing or empty.
        MissingStoreHash: The store hash is missing or empty.
        UnknownCredentials: The token does not belong to any store.
        UnknownStore: The store hash does not belong to any store.
        ForeignToken: The token belongs to another store.
    """
    store_hash, access_token = headers.get("X-Store-Hash"), headers.get("X-Auth-Token")
    if not access_token:
        raise MissingCredentials
    if not store_hash:
        raise MissingStoreHash
    for store in stores:
        if store.store_hash == store_hash and store.access_token == access_token:
            return store_hash
    if access_token not in {store.access_token for store in stores}:
        raise UnknownCredentials
    raise ForeignToken if store_hash in {store.store_hash for store in stores} else UnknownStore


async def read_json(request: Request, *, limit: int) -> Any:
    """
    Return the JSON body of a request as Python values. Numbers are int, or Decimal with a point or an exponent.

    Raises:
        UnsupportedMediaType: The media type is not `application/json`.
        BodyTooLarge: The body is larger than *limit* bytes.
        MalformedBody: It is not JSON, has a number that a double cannot hold, or is nested more than 250 levels deep.
    """
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip()
    if media_type.lower() != "application/json":
        raise UnsupportedMediaType(media_type)
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():  # to its end: a client that is still sending does not read a response
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
    if size > limit:
        raise BodyTooLarge(limit)
    return _decoded(b"".join(chunks))


def read_query(query: QueryParams, parameters: Iterable[Parameter]) -> Mapping[str, Any]:
    """
    Return name -> value of the *parameters* that the query has or that have a default. Of repeated ones, the last wins.

    Raises:
        InvalidQuery: A value is invalid; carries every violation.
    """
    found: Violations = {}
    read: dict[str, Any] = {}
    for parameter in parameters:
        values = _read_values(query.getlist(parameter.name), parameter)
        found |= merge([(parameter.name, _check_values(values, parameter))])
        if values:
            read[parameter.name] = values if parameter.is_list else values[-1]
    if found:
        raise InvalidQuery(found)
    return read


def read_id(text: str) -> int | None:
    """
    Return *text* as an invoice id, or None if it is not an integer.
    """
    return int(text) if _INTEGER.fullmatch(text) else None


def _decoded(body: bytes) -> Any:
    try:
        value = _decode(body)
    except RecursionError:
        raise MalformedBody("nested too deeply") from None
    except (ValueError, msgspec.MsgspecError) as error:
        raise MalformedBody(str(error)) from None
    if body.count(b"[") + body.count(b"{") > _DEEPEST or _LONG_NUMBER in body.translate(_DIGITS_TO_ZERO):
        _check_bounds(value, _DEEPEST)  # rarely necessary, and slower than everything else about a create
    return value


def _check_bounds(value: Any, levels: int) -> None:
    if isinstance(value, int):
        try:
            float(value)
        except OverflowError:
            raise MalformedBody("number out of range") from None
    elif isinstance(value, dict | list):
        if levels == 0:
            raise MalformedBody("nested too deeply")
        for part in value.values() if isinstance(value, dict) else value:
            _check_bounds(part, levels - 1)


def _read_values(texts: list[str], parameter: Parameter) -> list[Any]:
    if not texts:
        return [] if parameter.default is None else [parameter.default]
    if parameter.type == "string":
        return texts
    return [int(text) if _INTEGER.fullmatch(text) else text for text in texts]


def _check_values(values: list[Any], parameter: Parameter) -> Violations:
    for value in values:
        if found := violations(parameter.validator, value):
            return found
    return {}
