"""
Curl command that sends a logged request again, with the credentials taken from the environment.
"""

import re
from shlex import quote

from b2b_invoices_mock.request_log import CREDENTIALS, LoggedRequest, shown_headers

_SENT_BY_CURL = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "transfer-encoding", "user-agent"}
)
_VARIABLES = {"x-auth-token": "X-Auth-Token: $B2B_ACCESS_TOKEN", "x-store-hash": "X-Store-Hash: $B2B_STORE_HASH"}


def curl_command(logged: LoggedRequest, base_url: str) -> str:
    """
    Return the command that sends *logged* again to the mock at *base_url*, such as `http://127.0.0.1:8000/`.
    """
    query = f"?{logged.query}" if logged.query else ""
    url = base_url.rstrip("/") + logged.path + query
    lines = [" ".join(["curl", *_method_options(logged), *_url_options(url), quote(url)])]
    for name, value in shown_headers(logged.headers).items():
        if name in _VARIABLES:
            lines.append(f'-H "{_VARIABLES[name]}"')
        elif name not in _SENT_BY_CURL | CREDENTIALS:
            lines.append(f"-H {quote(f'{name}: {value}')}")
    if logged.body:
        lines.append(f"--data-raw {quote(logged.body.decode('utf-8', 'replace'))}")
    command = " \\\n  ".join(lines)
    missing = logged.body_size - len(logged.body)
    return f"# the request log does not have the last {missing} bytes of the body\n{command}" if missing else command


def _method_options(logged: LoggedRequest) -> list[str]:
    if logged.method == "HEAD":
        return ["-I"]  # with -X HEAD, curl waits for a body
    return [] if logged.method == "GET" and not logged.body else ["-X", quote(logged.method)]


def _url_options(url: str) -> list[str]:
    path = url.partition("?")[0]
    has_globs = re.search(r"[][{}]", url)  # curl would expand them
    has_dots = re.search(r"/(\.|%2[Ee]){1,2}(/|$)", path)  # curl would remove them
    return [*(["-g"] if has_globs else []), *(["--path-as-is"] if has_dots else [])]
