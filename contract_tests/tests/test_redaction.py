"""
Redaction: no credential in use is shown in any encoding, and the search after a run finds each.
"""

import base64
import json
from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from b2b_invoices_contract.coverage import Coverage
from b2b_invoices_contract.failures import Comparison, Failure
from b2b_invoices_contract.redaction import HIDDEN, Redaction, can_be_told
from b2b_invoices_contract.report import FILES, remove_leaks, write_report
from b2b_invoices_contract.targets import Credentials, Target
from b2b_invoices_contract.words import Words
from contract_tests.tests.example import PROMISES, REDACTION, TARGET, exchange, failure, results

TOKEN = TARGET.store.access_token
SECRETS = [TOKEN, TARGET.store.store_hash, "0ther-t0ken-42", "0ther-d4e5f6"]


def _in_base64(before: int, text: str) -> str:
    return base64.b64encode(b"x" * before + text.encode() + b":y").decode()


ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "upper case": str.upper,
    "for a URL": lambda text: quote(text, safe=""),
    "for a URL, twice": lambda text: quote(quote(text, safe=""), safe=""),
    "for a URL, every letter": lambda text: "".join(f"%{ord(letter):02X}" for letter in text),
    "JSON": json.dumps,
    "JSON, every letter": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text).replace("/", "\\/")),
    "HTML": escape,
    "HTML, every letter": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "hexadecimal": lambda text: text.encode().hex(),
    "UTF-16": lambda text: text.encode("utf-16-le").decode("utf-8"),
    **{f"base64 after {count}": partial(_in_base64, count) for count in range(3)},
    "base64 for a URL": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("secret", SECRETS)
def test_every_encoding_is_hidden(secret: str, encode: Callable[[str], str]) -> None:
    """
    Every credential in use is found and hidden in every encoding, anywhere in a text.
    """
    text = f"before {encode(secret)} after"

    assert REDACTION.finds(text)
    assert HIDDEN in REDACTION.hide(text)
    assert not REDACTION.finds(REDACTION.hide(text))


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=8, max_size=40), st.integers(0, 20))
def test_base64_has_no_gap(secret: str, before: int) -> None:
    """
    A secret in base64 of a longer text is found at every offset.
    """
    redaction = Redaction(frozenset({secret}))

    written = base64.b64encode(b"." * before + secret.encode() + b"..").decode()

    assert redaction.finds(written)


@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_echo_in_the_report(data: st.DataObject, tmp_path: Path) -> None:
    """
    If a server echoes credentials in a header, a body or a key, in any encoding, the report has none of them.
    """
    encode = data.draw(st.sampled_from(list(ENCODINGS.values())))
    secret = data.draw(st.sampled_from(SECRETS))
    echo = data.draw(st.text(max_size=30)) + encode(secret) + data.draw(st.text(max_size=30))
    seen = exchange(
        data.draw(st.sampled_from(["GET", "POST"])),
        f"/invoices?q={quote(encode(secret))}",
        sent=json.dumps({"a": echo}).encode(),
        answered=json.dumps({echo: echo}).encode(),
        content_type=echo,
        request_headers=TARGET.store.headers | {"X-Echo": echo, "Content-Type": echo},
    )

    found = results(failure(Comparison(echo, Words(echo), echo, is_met=False), seen))
    found.coverage = Coverage.of([seen], REDACTION)

    write_report(found, tmp_path)

    assert remove_leaks(tmp_path, REDACTION) == ""
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()]
    assert [text for text in texts if any(one in text or encode(one) in text for one in SECRETS)] == []


def test_a_leak_is_removed(tmp_path: Path) -> None:
    """
    A file of the report with a credential is removed; the message names the file, not the credential.
    """
    write_report(results(), tmp_path)
    (tmp_path / "summary.md").write_text(f"token: {quote(TOKEN, safe='')}", encoding="utf-8")
    (tmp_path / "notes.bin").write_bytes(b"\xff" + TOKEN.encode())

    message = remove_leaks(tmp_path, REDACTION)

    assert message == (
        f"a credential in use was found in {tmp_path / 'notes.bin'} (not of this run, left as it is), "
        f"{tmp_path / 'summary.md'} (removed); do not publish this report"
    )
    assert {path.name for path in tmp_path.iterdir()} == FILES - {"summary.md"} | {"notes.bin"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("abc", False),
        ("12345", False),
        ("invoice", False),
        ("Invoices", False),
        ("test-token", True),
        ("x7k2m9", True),
    ],
)
def test_ordinary_words_are_not_secrets(value: str, *, expected: bool) -> None:
    """
    A credential of fewer than six characters, or one that occurs in the contract, is not searched for.
    """
    assert can_be_told(value) is expected


def test_short_credentials_are_hidden_in_headers() -> None:
    """
    A credential that is an ordinary word is hidden as the value of a header, and the report stays readable.
    """
    target = Target(TARGET.base_url, Credentials("invoice", "abc"))
    redaction = Redaction.of(target)
    seen = exchange(request_headers=target.store.headers, answered=b'{"invoice": "abc"}')

    shown = Failure.of(
        PROMISES["ids-are-unique"], Comparison("/id", Words("invoice abc"), 1, is_met=False), [seen], redaction
    )

    assert shown.received == "/id invoice abc"
    assert "X-Auth-Token: $B2B_ACCESS_TOKEN" in shown.curl
    assert "X-Store-Hash: $B2B_STORE_HASH" in shown.curl
    assert "abc" not in shown.curl


@pytest.mark.parametrize("near", ["sandbox-toke", "andbox-token", "nekot-xobdnas"])
def test_near_misses_of_a_token(near: str) -> None:
    """
    What checks send in place of a token is hidden too: it shows the token.
    """
    target = Target("http://127.0.0.1:1", Credentials("abc123hash", "sandbox-token"))

    assert Redaction.of(target).hide(f"unknown token {near}") == f"unknown token {HIDDEN}"
