"""
The folder of the report: its files, a check before the run that they can be written, and a search for secrets after.
"""

import json
import tempfile
from pathlib import Path

from b2b_invoices_contract.redaction import Redaction
from b2b_invoices_contract.results import Results
from b2b_invoices_contract.targets import CannotRun

from . import results_file
from .html import as_html
from .junit import as_junit
from .sarif import as_sarif
from .summary import as_markdown

FILES = frozenset({results_file.NAME, "junit.xml", "summary.md", "contract.sarif", "index.html"})
"""Names of the files of a report."""


def check_folder(folder: Path) -> None:
    """
    Check that a report can be written into *folder*, which may not exist yet.

    Raises:
        CannotRun: It cannot.
    """
    whole = folder.absolute()
    try:
        there = next(path for path in (whole, *whole.parents) if path.exists())
        if not there.is_dir():
            raise CannotRun(f"{there} is a file; give a folder for the report, with --report-dir")
        tempfile.TemporaryFile(dir=there).close()
    except OSError as error:
        raise CannotRun(
            f"{folder} cannot be written to: {error.strerror}; give another folder for the report, with --report-dir"
        ) from error


def write_report(results: Results, folder: Path) -> None:
    """
    Write the files of the report into *folder*, which is created if it does not exist.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        results_file.NAME: json.dumps(results_file.as_json(results), indent=2, ensure_ascii=False),
        "junit.xml": as_junit(results),
        "summary.md": as_markdown(results),
        "contract.sarif": json.dumps(as_sarif(results), indent=2, ensure_ascii=False),
        "index.html": as_html(results),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def remove_leaks(folder: Path, redaction: Redaction, own: frozenset[str] = FILES) -> str:
    """
    Search every file in *folder* for the credentials in use; return what is wrong, or an empty text.

    A file of the run, whose name is in *own*, is deleted if it has one. Other files stay.
    """
    leaks = [
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and redaction.finds(path.read_bytes().decode("utf-8", "backslashreplace"))
    ]
    for path in leaks:
        if path.name in own:
            path.unlink()
    found = [f"{path} ({'removed' if path.name in own else 'not of this run, left as it is'})" for path in leaks]
    return f"a credential in use was found in {', '.join(found)}; do not publish this report" if found else ""
