"""What goes wrong, and what is only refused."""
from __future__ import annotations

from ._vocabulary import Result


class Error(RuntimeError):
    """A call that failed: its text says what was wrong and what to do about it.

    ``code`` is the Result that the library gave.
    """

    def __init__(self, sentence: str, code: int = Result.E_INVALID) -> None:
        super().__init__(sentence, code)
        self.code = code

    def __str__(self) -> str:
        return str(self.args[0])


class Refused(Exception):
    """An admission that was refused. It is an answer and no Error: ``verdict`` says why, and when to try again."""

    def __init__(self, verdict) -> None:
        super().__init__(verdict)
        self.verdict = verdict

    def __str__(self) -> str:
        return self.verdict.text
