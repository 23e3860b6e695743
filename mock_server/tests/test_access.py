"""
Access control for /_mock/: callers on this machine or with the admin token; no web pages of other sites.
"""

from base64 import b64encode
from typing import Any

import pytest

from b2b_invoices_mock import Settings
from b2b_invoices_mock.control import Access
from b2b_invoices_mock.faults.kinds import Hang
from mock_server.tests.conftest import MakeControlled
from mock_server.tests.controlled import ControlledMock

FAULTS = "/_mock/faults"
HANG = [{"fault": "hang"}]
PAGES = ["/_mock/", "/_mock/lists", "/_mock/reference", "/_mock/assets/page.js", "/_mock/seen/7"]
REQUESTS = [*((method, FAULTS) for method in ("GET", "POST", "DELETE")), *(("GET", page) for page in PAGES)]
"""Requests that read or change the faults, and requests for pages."""

CROSS_SITE = "/_mock/ rejects requests from web pages of other sites."
OWN_PAGE = {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8000"}


def assert_denied(mock: ControlledMock, method: str, path: str, reason: str, **options: Any) -> None:
    """
    Fail unless a request is rejected for this reason, and changes no fault of *mock*.
    """
    mock.faults.add(Hang())

    response = mock.call(method, path, json=HANG, **options)

    assert (response.status_code, response.json()["data"]) == (403, {"errMsg": reason})
    assert mock.faults.left == (Hang(),)


# ------------------------------------------------------------------------------------------- without an admin token


@pytest.mark.parametrize(
    "options",
    [
        *({"peer": peer} for peer in ("127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1")),
        *({"headers": {"Host": host}} for host in ("127.0.0.1", "localhost:8000", "LOCALHOST", "[::1]:8000")),
        {"headers": {"Sec-Fetch-Site": "none"}},  # an address typed into a browser
        {"headers": OWN_PAGE},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_accepted_requests(controlled: ControlledMock, method: str, options: dict[str, Any]) -> None:
    """
    Callers on the mock's own machine may use it, by any name of this machine, and so may its own pages.
    """
    assert controlled.call(method, FAULTS, **options).status_code == 200


@pytest.mark.parametrize(
    ("peer", "shown"),
    [*((peer, peer) for peer in ("192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "mock")), (None, "unknown")],
)
@pytest.mark.parametrize(("method", "path"), [*REQUESTS, ("PUT", FAULTS)])
def test_callers_on_other_machines(
    controlled: ControlledMock, method: str, path: str, *, peer: str | None, shown: str
) -> None:
    """
    Callers on other machines are rejected with every method, and see no page.
    """
    reason = f"/_mock/ accepts requests from the mock's own machine only, not from {shown}."

    assert_denied(controlled, method, path, reason, peer=peer)


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        *((host, host) for host in ("example.com", "192.0.2.1", "localhost.example.com", "")),
        ("127.0.0.1.example.com:8000", "127.0.0.1.example.com"),
        ("[::1", ""),
    ],
)
@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_other_hosts(controlled: ControlledMock, method: str, path: str, *, host: str, shown: str) -> None:
    """
    Any other Host is rejected: a page whose name resolves to this machine (DNS rebinding) is not the mock's own.
    """
    reason = f"Invalid host {shown!r} for /_mock/: expected 127.0.0.1 or localhost in the URL."

    assert_denied(controlled, method, path, reason, headers={"Host": host})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Origin", "https://example.com"),
        ("Origin", "null"),
        ("Origin", "http://127.0.0.1:8001"),
        ("Origin", "https://127.0.0.1:8000"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ],
)
@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_pages_of_other_sites(controlled: ControlledMock, method: str, path: str, *, name: str, value: str) -> None:
    """
    A web page of another site is rejected, even in a browser on this machine.
    """
    assert_denied(controlled, method, path, CROSS_SITE, headers={name: value})


# ---------------------------------------------------------------------------------------------- with an admin token


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("Bearer wrong", 401),
        ("Bearer sesame", 200),
        ("bearer sesame", 200),
        ("Basic " + b64encode(b"anyone:sesame").decode(), 200),
        ("Basic " + b64encode(b"sesame:").decode(), 401),
        ("Basic sesame", 401),
        ("Digest sesame", 401),
    ],
)
@pytest.mark.parametrize("path", ["/_mock/health", "/_mock/", "/_mock/lists", "/_mock/reference"])
def test_admin_token(make_controlled: MakeControlled, path: str, authorization: str | None, status: int) -> None:
    """
    With an admin token, callers on any machine must send it, as a bearer token or as a password.
    """
    mock = make_controlled(host="0.0.0.0", admin_token="sesame")  # noqa: S104, S106 - not bound, made up
    headers = {"Authorization": authorization} if authorization else {}

    response = mock.call("GET", path, peer="192.0.2.1", headers={"Host": "mock.example", **headers})

    assert response.status_code == status
    if status == 401:
        assert response.headers["WWW-Authenticate"] == 'Basic realm="mock", charset="UTF-8"'
        assert response.json()["data"] == {
            "errMsg": "Missing or wrong admin token. "
            "Send it as a bearer token or as the password of basic authentication."
        }


def test_admin_token_and_pages_of_other_sites(make_controlled: MakeControlled) -> None:
    """
    A web page of another site is rejected even if the browser sends the admin token.
    """
    mock = make_controlled(admin_token="sesame")  # noqa: S106 - made up
    headers = {"Authorization": "Bearer sesame", "Origin": "https://example.com"}

    assert_denied(mock, "DELETE", FAULTS, CROSS_SITE, headers=headers)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (
            {"host": "192.0.2.7"},
            "/_mock/ is disabled, because other machines can reach 192.0.2.7 and the mock has no admin token. "
            "Start the mock with --admin-token TOKEN or with --host 127.0.0.1.",
        ),
        (
            {"workers": 2, "admin_token": "sesame"},
            "/_mock/ is disabled with several workers, because each of them has its own request log. "
            "Start the mock without --workers.",
        ),
    ],
    ids=["no-token", "workers"],
)
@pytest.mark.parametrize("path", ["/_mock/health", "/_mock/"])
def test_disabled(make_controlled: MakeControlled, path: str, settings: dict[str, Any], reason: str) -> None:
    """
    A mock that other machines reach without a token, or with several workers, rejects everybody and says why.
    """
    response = make_controlled(**settings).call("GET", path, headers={"Authorization": "Bearer sesame"})

    assert (response.status_code, response.json()["data"]) == (403, {"errMsg": reason})


@pytest.mark.parametrize(
    ("host", "admin_token", "is_enabled"),
    [
        ("127.0.0.1", None, True),
        ("localhost", None, True),
        ("::1", "", True),
        ("0.0.0.0", None, False),  # noqa: S104 - only named
        ("::", "", False),
        ("192.0.2.1", None, False),
        ("mock.example", None, False),
        ("0.0.0.0", "sesame", True),  # noqa: S104 - only named
    ],
)
def test_where_it_is_enabled(host: str, admin_token: str | None, is_enabled: bool) -> None:  # noqa: FBT001 - a column
    """
    It is enabled on loopback addresses, and elsewhere with an admin token; an empty one does not count.
    """
    assert (not Access(Settings(host=host, admin_token=admin_token)).disabled_because) == is_enabled


@pytest.mark.parametrize("token", ["pässwörd", "two words", " sesame", "sesame\n", "\u202esesame"])
def test_a_token_that_clients_encode_differently(token: str) -> None:
    """
    A token that some client would send in another encoding is rejected at the start, and the message does not show it.
    """
    with pytest.raises(ValueError, match=r"^Invalid admin token: expected ASCII letters, digits ") as error:
        Settings(host="0.0.0.0", admin_token=token)  # noqa: S104 - where a token is needed

    assert token.strip() not in str(error.value)
