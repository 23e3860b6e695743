"""
What a failed test reports about its mock.
"""

from collections.abc import Sequence

from b2b_invoices_mock.faults.kinds import Fault

from .received import ReceivedRequest

_MOST = 50


def unused_faults(faults: Sequence[Fault], fixture: str) -> str:
    """
    Return the message about *faults* that no request triggered.
    """
    return (
        f"{fixture}: no request triggered {', '.join(map(_remaining, faults))}. Send a matching request, remove the "
        "fault, or allow it: @pytest.mark.b2b_mock(allow_unused_faults=True)"
    )


def request_lines(requests: Sequence[ReceivedRequest]) -> str:
    """
    Return one line for each of the last *requests*, and the nearest operation of those that matched none.
    """
    earlier = [f"({len(requests) - _MOST} earlier requests)"] if len(requests) > _MOST else []
    return "\n".join([*earlier, *map(_line, requests[-_MOST:])]) or "none"


def _remaining(fault: Fault) -> str:
    requests = "the next request" if fault.times == 1 else f"the next {fault.times} requests"
    return f"{fault.name} (set for {requests}{f' of {fault.operation}' if fault.operation else ''})"


def _line(request: ReceivedRequest) -> str:
    target = f"{request.path}?{request.query}" if request.query else request.path
    outcome = f"{request.status or 'no response'} {request.verdict}"
    reason = f": {request.reason}" if request.reason else ""
    nearest = f"\n   {request.nearest}" if request.nearest else ""
    return f"{request.number}. {request.method} {target} -> {outcome}{reason}{nearest}"
