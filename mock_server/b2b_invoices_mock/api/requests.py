"""
What a request says: who sends it, its body, its query. Each function returns it or refuses the request.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

import msgspec
from jsonschema_rs import Draft202012Validator
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request

from b2b_invoices_mock.settings import Store
from b2b_invoices_spec.contract import Parameter

from .errors import (
    BodyTooLarge,
    ForeignToken,
    InvalidInvoice,
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
_DECIMAL = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][-+]?[0-9]{1,4})?")
_LONG_NUMBER = re.compile(rb"[0-9]{309}")  # the largest double has 309 digits
_DEEPEST = 250  # levels; Python, msgspec and the validator each go deeper, so whatever is let in can be answered


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
    Return the hash of the store that the request is for.

    Raises:
        MissingCredentials: When there is no token.
        MissingStoreHash: When there is no hash.
        UnknownCredentials: When no store has the token.
        UnknownStore: When no store has the hash.
        ForeignToken: When the token belongs to another store.
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


async def read_body(request: Request, *, limit: int) -> bytes:
    """
    Return the body of a request that sends JSON.

    Raises:
        UnsupportedMediaType: When it is not sent as `application/json`.
        BodyTooLarge: When it is larger than *limit* bytes.
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
    return b"".join(chunks)


def decoded(body: bytes) -> Any:
    """
    Return what a *body* says, with numbers as int or, where they have a point or an exponent, as Decimal.

    Raises:
        MalformedBody: When it is not JSON, or holds numbers or depths that no one can mean.
    """
    try:
        value = _decode(body)
    except RecursionError:
        raise MalformedBody("nested too deeply") from None
    except (ValueError, msgspec.MsgspecError) as error:
        raise MalformedBody(str(error)) from None
    if body.count(b"[") + body.count(b"{") > _DEEPEST or _LONG_NUMBER.search(body):  # a walk takes longer than the rest
        _check_bounds(value, _DEEPEST)
    return value


async def read_json(request: Request, *, limit: int) -> Any:
    """
    Return what the body of a request says.

    Raises:
        UnsupportedMediaType: When it is not sent as `application/json`.
        BodyTooLarge: When it is larger than *limit* bytes.
        MalformedBody: When it is not JSON, or holds numbers or depths that no one can mean.
    """
    return decoded(await read_body(request, limit=limit))


def check_invoice(body: Any, validator: Draft202012Validator) -> None:
    """
    Let *body* through when it is a valid draft.

    Raises:
        InvalidInvoice: When it is not, with every violation.
    """
    if found := violations(validator, body):
        raise InvalidInvoice(found)


def read_query(query: QueryParams, parameters: Iterable[Parameter]) -> Mapping[str, Any]:
    """
    Return the values of the known *parameters* that are given or have a default, by name; the last one counts.

    Raises:
        InvalidQuery: When values are not what they can be, with every violation.
    """
    values = {parameter.name: _read_values(query.getlist(parameter.name), parameter) for parameter in parameters}
    found = merge(
        (name, _check_values(values[name], parameter)) for parameter in parameters for name in [parameter.name]
    )
    if found:
        raise InvalidQuery(found)
    return {
        parameter.name: values[parameter.name] if parameter.is_list else values[parameter.name][-1]
        for parameter in parameters
        if values[parameter.name]
    }


def read_id(text: str) -> int | None:
    """
    Return the invoice id that *text* is, or None when it is none.
    """
    return int(text) if _INTEGER.fullmatch(text) else None


def read_decimal(text: str) -> Decimal | None:
    """
    Return the number that *text* is, written as in JSON, or None when it is none, or one that no one can mean.
    """
    try:
        return _number(text) if _DECIMAL.fullmatch(text) else None
    except ValueError:
        return None


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
