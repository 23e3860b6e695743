"""
The report of a run: in the terminal, and as files for people and programs.
"""

from .compare import compare, print_comparison
from .folder import FILES, check_folder, remove_leaks, write_report
from .results_file import CannotRead, read
from .terminal import print_bug, print_promises, print_report
from .text import one_line

__all__ = [
    "FILES",
    "CannotRead",
    "check_folder",
    "compare",
    "one_line",
    "print_bug",
    "print_comparison",
    "print_promises",
    "print_report",
    "read",
    "remove_leaks",
    "write_report",
]
