# SPDX-License-Identifier: Apache-2.0
"""What every error of Raddle's is."""
from typing import ClassVar, Dict, Type

from ._values import Code, Scope


class RaddleError(Exception):
    """An error of Raddle's: `code` says what to do next, `scope` what is broken, `message` why.

    There is a subclass for each code (raddle.errors); this class itself is raised for codes that a
    newer library added.
    """
    code: int = Code.INTERNAL
    scope: int = Scope.CALL
    by_code: ClassVar[Dict[int, Type["RaddleError"]]] = {}

    def __init__(self, message: str, scope: int = Scope.CALL) -> None:
        super().__init__(message)
        self.message = message
        self.scope = Scope(scope) if scope in list(Scope) else scope

    def __init_subclass__(cls) -> None:
        RaddleError.by_code[cls.code] = cls

    def __str__(self) -> str:
        return self.message

    @classmethod
    def of(cls, code: int, scope: int, message: str) -> "RaddleError":
        """The error of a code, as an object of the class that belongs to it."""
        error = cls.by_code.get(code, RaddleError)(message, scope)
        if type(error) is RaddleError:
            error.code = code
        return error
