"""
Generated faults: one for each way to break each place of the contract's schemas and parameters.

A new field, parameter, header or operation in `openapi.yaml` brings its own faults.
"""

from collections.abc import Iterator

from b2b_invoices_contract.mutation.fault import Fault
from b2b_invoices_spec.contract import Contract

from .bodies import body_faults
from .headers import header_faults
from .invoices import invoice_faults
from .parameters import parameter_faults
from .responses import response_faults


def generated_faults(contract: Contract) -> Iterator[Fault]:
    """Yield every fault that follows from *contract*."""
    yield from body_faults(contract)
    yield from parameter_faults(contract)
    yield from response_faults(contract)
    yield from invoice_faults(contract)
    yield from header_faults(contract)


__all__ = ["generated_faults"]
