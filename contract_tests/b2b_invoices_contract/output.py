"""
Output that fails, such as a closed pipe, a full disk or an encoding without a character, and does not end the run.
"""

import io
import os
import sys


class TolerantStream(io.TextIOWrapper):
    """
    A text stream that escapes what its encoding lacks, and discards everything after the first write that fails.
    """

    def write(self, text: str, /) -> int:
        """
        Write *text*, as far as possible.
        """
        try:
            return super().write(text)
        except OSError:
            self._discard()
            return len(text)

    def flush(self) -> None:
        """
        Write what is buffered, as far as possible.
        """
        try:
            super().flush()
        except OSError:
            self._discard()

    def _discard(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())  # what is still buffered goes there, too, at the latest when Python exits
        os.close(nowhere)


def tolerate_failing_output() -> None:
    """
    Replace stdout and stderr by tolerant streams.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):  # None if it is closed; something else in a test
            buffering = stream.line_buffering
            encoding = stream.encoding
            tolerant = TolerantStream(
                stream.detach(), encoding=encoding, errors="backslashreplace", line_buffering=buffering
            )
            setattr(sys, name, tolerant)
