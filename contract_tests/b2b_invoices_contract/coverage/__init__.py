"""
Coverage: the rules, documented responses and unlisted keys of the contract that the exchanges of a run touch.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Self

import attrs

from b2b_invoices_contract.evidence import shown
from b2b_invoices_contract.exchanges import Exchange
from b2b_invoices_contract.redaction import Redaction
from b2b_invoices_spec import load_contract
from b2b_invoices_spec.document import json_content

from .rules import Rule, RuleCounter
from .unlisted import Shape

__all__ = ["Coverage", "ResponseCount", "Rule", "UnlistedKey"]

_LONGEST_KEY = 100
_NOTHING_SECRET = Redaction(frozenset())


@attrs.frozen
class ResponseCount:
    """
    How often an operation returned one status.

    Attributes:
        operation: The operation.
        status: The status, or a class of them such as `5XX`.
        is_documented: Whether the contract documents it.
        count: How often it was returned.
    """

    operation: str
    status: str
    is_documented: bool
    count: int


@attrs.frozen
class UnlistedKey:
    """
    A key in responses that the contract does not list, which the contract allows.

    Attributes:
        operation: The operation.
        status: Status of the responses, as the contract writes it.
        path: Path of the key, such as `data[].note`.
        count: How many responses have it.
    """

    operation: str
    status: str
    path: str
    count: int


@attrs.define
class Coverage:
    """
    The parts of the contract that a run touched.

    Attributes:
        rules: Every rule of the contract, with its counts.
        responses: Every documented status of every operation, and the undocumented ones that occurred.
        unlisted: Keys of responses that the contract does not list.
    """

    rules: list[Rule]
    responses: list[ResponseCount]
    unlisted: list[UnlistedKey]

    @classmethod
    def of(cls, exchanges: Iterable[Exchange], redaction: Redaction = _NOTHING_SECRET) -> Self:
        """
        Return the parts of the contract that *exchanges* touched, with the secrets in the names of keys hidden.
        """
        contract = load_contract()
        rules = {operation.id: RuleCounter(contract, operation) for operation in contract.operations}
        shapes = {
            (operation.id, response.label): Shape(
                contract.document, json_content(contract.document, response.node).get("schema", {})
            )
            for operation in contract.operations
            for response in operation.responses
        }
        statuses, keys = Counter(dict.fromkeys(shapes, 0)), Counter[tuple[str, str, str]]()
        for exchange in exchanges:
            if operation := contract.operation_for(exchange.method, exchange.path):
                rules[operation.id].add(exchange)
                documented = operation.response_for(exchange.status)
                response = operation.id, documented.label if documented else str(exchange.status)
                statuses[response] += 1
                if documented:
                    keys.update({(*response, path) for path in shapes[response].unlisted(exchange.json)})
        return cls(
            [rule for counter in rules.values() for rule in counter.rules],
            [ResponseCount(*response, response in shapes, count) for response, count in sorted(statuses.items())],
            [
                UnlistedKey(operation_id, status, shown(path, redaction, _LONGEST_KEY), count)
                for (operation_id, status, path), count in sorted(keys.items())
            ],
        )
