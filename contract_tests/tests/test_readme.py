"""
The README: that what it shows works as it stands there.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from contract_tests.targets import Target, embedded_mock

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DEFAULT_URL = "http://127.0.0.1:8000/api/v3/io/ip"


@pytest.fixture(name="target")
def _target() -> Iterator[Target]:
    with embedded_mock() as target:
        yield target


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_client_example(target: Target) -> None:
    """
    The client's ten lines create an invoice and print its status.
    """
    (example,) = _blocks("python")
    environment = {
        "B2B_BASE_URL": target.base_url,
        "B2B_STORE_HASH": target.store.store_hash,
        "B2B_ACCESS_TOKEN": target.store.access_token,
    }

    done = subprocess.run([sys.executable, "-c", example], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own words

    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")


def test_curl(target: Target) -> None:
    """
    The curl creates an invoice.
    """
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("there is no curl on this machine")
    (command,) = [block for block in _blocks("sh") if block.startswith("curl ")]
    command = command.replace("curl ", f"{curl} --silent ", 1).replace(DEFAULT_URL, target.base_url)

    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=True)  # noqa: S603 - our own words

    assert msgspec.json.decode(done.stdout) == {"code": 200, "data": {"id": 1}, "meta": {"message": "Success"}}


def test_targets_exist() -> None:
    """
    Every make target that the README names is in the Makefile, and says there what it is for.
    """
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z-]+)", "\n".join([*_blocks("sh"), *re.findall(r"`[^`]+`", README)])))

    targets = set(re.findall(r"^([a-z-]+):.* ## ", makefile, re.MULTILINE))

    assert named
    assert named <= targets


def test_links_lead_somewhere() -> None:
    """
    Every relative link leads to a file or folder that is there.
    """
    links = re.findall(r"\]\(([^)#:]+)\)", README)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
