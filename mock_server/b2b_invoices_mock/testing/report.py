"""
What a test is told of its mock when it fails.
"""

from collections.abc import Sequence

from b2b_invoices_mock.faults.kinds import Fault

from .received import ReceivedRequest

_MOST = 50


def unused_faults(faults: Sequence[Fault], fixture: str) -> str:
    """
    Return the sentence about *faults* that were set and that no request met.
    """
    first = "a fault was" if len(faults) == 1 else f"{len(faults)} faults were"
    return (
        f"{fixture}: {first} set and never met: {'; '.join(map(_waiting, faults))}. Send what meets it, leave it out, "
        "or allow it: @pytest.mark.b2b_mock(allow_unused_faults=True)"
    )


def told(requests: Sequence[ReceivedRequest]) -> str:
    """
    Return the last of *requests*, a line each, with what is wrong with those that met no operation or were not let in.
    """
    earlier = [f"({len(requests) - _MOST} requests before these)"] if len(requests) > _MOST else []
    return "\n".join([*earlier, *map(_line, requests[-_MOST:])]) or "none"


def _waiting(fault: Fault) -> str:
    requests = "the next request" if fault.times == 1 else f"the next {fault.times} requests"
    return f"{fault.name} waits for {requests}{f' of {fault.operation}' if fault.operation else ''}"


def _line(request: ReceivedRequest) -> str:
    target = f"{request.path}?{request.query}" if request.query else request.path
    outcome = f"{request.status or 'no answer'} {request.verdict}" + (f": {request.reason}" if request.reason else "")
    nearest = f"\n   {request.nearest}" if request.nearest else ""
    return f"{request.number}. {request.method} {target} -> {outcome}{nearest}"
