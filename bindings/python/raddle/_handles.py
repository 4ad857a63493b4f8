# SPDX-License-Identifier: Apache-2.0
"""Objects of the library's that Python owns, and texts on their way in and out."""
import ctypes
import json
import os
import weakref
from types import TracebackType
from typing import Any, Callable, ClassVar, Dict, Optional, Type, TypeVar, Union

from ._calls import call
from ._library import lib
from ._values import text
from .errors import FailedPreconditionError, InvalidArgumentError

Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
_Self = TypeVar("_Self", bound="Handle")


def as_bytes(value: Union[str, bytes]) -> bytes:
    """UTF-8; bytes that Python could not decode (PEP 383) become themselves again."""
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value


def encoded(value: Union[str, bytes]) -> bytes:
    data = as_bytes(value)
    if b"\0" in data:
        raise InvalidArgumentError(f"{data[:40]!r} has a zero byte, where C ends texts; take it "
                                   "out")
    return data


def optional_encoded(value: Optional[str]) -> Optional[bytes]:
    return None if value is None else encoded(value)


def path_bytes(path: Path) -> bytes:
    """A path as the file system takes it, whatever bytes it has."""
    return encoded(os.fsencode(path))


def optional_path(path: Optional[Path]) -> Optional[bytes]:
    return None if path is None else path_bytes(path)


def given_bytes(given: ctypes.c_char_p, count: Optional[ctypes.c_size_t] = None) -> bytes:
    """What came through a `char** out_...`, which is freed."""
    try:
        return ctypes.string_at(given, -1 if count is None else count.value)
    finally:
        lib.raddle_text_destroy(given)


def given_text(given: ctypes.c_char_p) -> str:
    return text(given_bytes(given))


def given_json(given: ctypes.c_char_p) -> Dict[str, Any]:
    return dict(json.loads(given_bytes(given)))


def lent_text(lent: ctypes.c_char_p) -> str:
    return text(lent.value or b"")


def _free(process: int, destroy: Any, pointer: Any, before: Callable[[], None]) -> None:
    # A fork has the objects but not the threads of its parent, and must leave both to it.
    if os.getpid() == process:
        before()
        destroy(pointer)


class Handle:
    """Owns one object of the library's. It is freed by close(), by the end of a `with` block, when
    nobody refers to it any more, or when the process ends; closing it again does nothing."""
    _kind: ClassVar[Any]
    _destroy: ClassVar[Any]
    _kept: Any = None  # what must live as long
    _closed = False

    def __init__(self) -> None:
        self._own_pointer = ctypes.POINTER(self._kind)()
        self._finalizer = weakref.finalize(self, _free, os.getpid(), self._destroy,
                                           self._own_pointer, self._before_close())

    @classmethod
    def _empty(cls: Type[_Self]) -> _Self:
        """One for the library to fill in."""
        made = cls.__new__(cls)
        Handle.__init__(made)
        return made

    def _before_close(self) -> Callable[[], None]:
        return lambda: None

    @property
    def _pointer(self) -> Any:
        if self.closed:
            raise FailedPreconditionError(f"the {type(self).__name__} is closed; make a new one")
        return self._own_pointer

    def _call(self, function: Any, arguments: Any, stop: Any = None, lasts: bool = False) -> Any:
        return call(function, arguments, stop, lasts)

    @property
    def closed(self) -> bool:
        return self._closed or not self._own_pointer

    def close(self) -> None:
        """Frees the object. Calls that other threads have in it return soon, with CancelledError.
        """
        self._closed = True
        self._finalizer()

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()
