"""
The README: its examples work.
"""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from b2b_invoices_contract.targets import Target, embedded_mock
from b2b_invoices_spec.promises import load_promises

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture(name="target")
def _target() -> Iterator[Target]:
    with embedded_mock() as target:
        yield target


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_client_example(target: Target) -> None:
    """
    The client's ten lines create an invoice and print its open balance.
    """
    example, _ = _blocks("python")
    environment = {
        "B2B_BASE_URL": target.base_url,
        "B2B_STORE_HASH": target.store.store_hash,
        "B2B_ACCESS_TOKEN": target.store.access_token,
    }

    done = subprocess.run([sys.executable, "-c", example], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own words

    assert (done.returncode, done.stdout, done.stderr) == (0, "100.1000\n", "")


def test_excerpt_is_of_the_example() -> None:
    """
    The tests in the README are those of the example project.
    """
    _, excerpt = _blocks("python")
    tests = (ROOT / "examples" / "erp_exporter" / "tests" / "test_export.py").read_text(encoding="utf-8")

    parts = excerpt.strip().split("\n\n\n")

    assert len(parts) == 3
    assert [part for part in parts if f"{part}\n" not in tests] == []


def test_curl(target: Target) -> None:
    """
    The first curl creates an invoice, the second plans a fault.
    """
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("there is no curl on this machine")
    origin = target.base_url.removesuffix("/api/v3/io/ip")
    commands = [block.replace("curl ", f"{curl} --silent ", 1) for block in _blocks("sh") if block.startswith("curl ")]

    answers = [
        msgspec.json.decode(
            subprocess.run(["/bin/sh", "-c", command.replace(ORIGIN, origin)], capture_output=True, check=True).stdout  # noqa: S603 - our own words
        )
        for command in commands
    ]

    assert answers == [
        {"code": 200, "data": {"id": 1}, "meta": {"message": "Success"}},
        {
            "code": 200,
            "data": [{"fault": "drop_after_commit", "operation": "createInvoice", "times": 1}],
            "meta": {"message": "Success"},
        },
    ]


def test_live_dry_run() -> None:
    """
    The command for a sandbox shows what it would send, and sends nothing.
    """
    (command,) = [block for block in _blocks("sh") if block.startswith("make contract-live ")]
    _, _, base_url, options = shlex.split(command)
    environment = {
        "B2B_BASE_URL": base_url.removeprefix("BASE_URL="),
        "B2B_STORE_HASH": "abc123hash",
        "B2B_ACCESS_TOKEN": "sandbox-token",
        "B2B_COMPANY_ID": "101",
    }
    words = [sys.executable, "-m", "b2b_invoices_contract", "--profile", "live", *options.removeprefix("ARGS=").split()]

    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own words

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("target     https://api-b2b.bigcommerce.com/api/v3/io/ip\nstore      abc…\n")
    assert "sandbox-token" not in done.stdout


def test_targets_exist() -> None:
    """
    Every make target that the README names is in the Makefile, with a description.
    """
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z-]+)", "\n".join([*_blocks("sh"), *re.findall(r"`[^`]+`", README)])))

    targets = set(re.findall(r"^([a-z-]+):.* ## ", makefile, re.MULTILINE))

    assert named
    assert named <= targets


def test_links_lead_somewhere() -> None:
    """
    Every relative link leads to a file or folder that exists.
    """
    links = re.findall(r"\]\(([^)#:]+)\)", README)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_example_is_of_these_promises() -> None:
    """
    The example of a report names promises that exist.
    """
    example = (ROOT / "contract_tests" / "EXAMPLE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", example))

    assert len(named) > 20
    assert named <= set(load_promises())
