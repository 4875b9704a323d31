"""What goes wrong, and what is only refused."""
from __future__ import annotations

from typing import TYPE_CHECKING, Union

from ._vocabulary import Result

if TYPE_CHECKING:
    from ._tidegate import Verdict


class Error(RuntimeError):
    """A call that failed: its text says what was wrong and what to do about it.

    ``code`` is the Result that the library gave; an int that this version of the module does not know.
    """

    code: Union[Result, int]

    def __init__(self, sentence: str, code: Union[Result, int] = Result.E_INVALID) -> None:
        """sentence: what was wrong and what to do about it. code: the Result."""
        super().__init__(sentence, code)
        self.code = code

    def __str__(self) -> str:
        """Returns the sentence."""
        return str(self.args[0])


class Refused(Exception):
    """An admission that was refused. It is an answer and no Error: ``verdict`` says why, and when to try again."""

    verdict: Verdict

    def __init__(self, verdict: Verdict) -> None:
        """verdict: the answer of the service."""
        super().__init__(verdict)
        self.verdict = verdict

    def __str__(self) -> str:
        """Returns the sentence for the refused peer."""
        return self.verdict.text
