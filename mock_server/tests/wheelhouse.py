"""
Wheelhouse for offline installs: wheels made from the distributions that are installed in this environment.
"""

from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path
from zipfile import ZipFile

from packaging.requirements import Requirement
from packaging.tags import sys_tags
from packaging.utils import canonicalize_name

_NOT_IN_WHEELS = {"INSTALLER", "REQUESTED", "direct_url.json"}


def build_wheelhouse(folder: Path, requirements: Iterable[str]) -> None:
    """
    Write wheels of the distributions that *requirements* name, and of all that those require, into *folder*.
    """
    done: set[str] = set()
    pending = [*requirements]
    while pending:
        requirement = Requirement(pending.pop())
        name = canonicalize_name(requirement.name)
        is_needed = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if is_needed and name not in done:
            done.add(name)
            installed = distribution(name)
            pending += installed.requires or []
            _repack(installed, folder)


def _repack(installed: Distribution, folder: Path) -> None:
    name = canonicalize_name(installed.name).replace("-", "_")
    with ZipFile(folder / f"{name}-{installed.version}-{_tag(installed)}.whl", "w") as wheel:
        for file in installed.files or []:
            is_inside = ".." not in file.parts  # scripts are outside; pip writes them from the entry points
            if is_inside and file.suffix != ".pyc" and file.name not in _NOT_IN_WHEELS:
                wheel.write(file.locate(), file.as_posix())


def _tag(installed: Distribution) -> str:
    lines = (installed.read_text("WHEEL") or "").splitlines()
    tags = [line.removeprefix("Tag: ") for line in lines if line.startswith("Tag: ")]
    supported = {str(tag) for tag in sys_tags()}
    return next(tag for tag in tags if tag in supported)
