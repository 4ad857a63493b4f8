# SPDX-License-Identifier: Apache-2.0
"""Finds libraddle.so, refuses one that does not fit, and declares its functions as attributes of
`lib`. Those that return a status raise it as an exception; all release the GIL while they run."""
import ctypes
import os
from types import SimpleNamespace
from typing import Any, Tuple

from . import _raw
from ._raw_functions import FUNCTIONS
from ._values import text
from .errors import RaddleError

_VERSION = (_raw.RADDLE_VERSION_MAJOR, _raw.RADDLE_VERSION_MINOR, _raw.RADDLE_VERSION_PATCH)
_INSIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib", "libraddle.so")


def _load() -> ctypes.CDLL:
    """The library of the first place that has one. If it is there and cannot be loaded that is an
    error: another one in its stead would be a surprise."""
    chosen, system = os.environ.get("RADDLE_LIBRARY"), f"libraddle.so.{_VERSION[0]}"
    inside = [_INSIDE] if os.path.exists(_INSIDE) else []
    tried = [] if chosen else ["RADDLE_LIBRARY: not set"]
    tried += [] if chosen or inside else [f"{_INSIDE}: not there (a wheel of raddle has it)"]
    for place in [chosen] if chosen else inside or [system, "libraddle.so"]:
        try:
            return ctypes.CDLL(place)
        except OSError as error:
            tried.append(f"{place}: {error}")
    raise ImportError("libraddle.so cannot be loaded. Tried:\n  " + "\n  ".join(tried) + "\nSet "
                      "RADDLE_LIBRARY to its path, or install it where the loader looks.")


def _check_version(found: Tuple[int, int, int], place: str) -> None:
    """Within a major version a newer library does; before 1.0 the minor version counts as one."""
    epoch = 2 if _VERSION[0] == 0 else 1
    if found[:epoch] == _VERSION[:epoch] and found >= _VERSION:
        return
    loaded, wanted = (".".join(map(str, numbers)) for numbers in (found, _VERSION))
    how, remedy = ("new", "install the package raddle of that version") if found > _VERSION else \
        ("old", f"install libraddle.so {wanted}, or name it in RADDLE_LIBRARY")
    raise ImportError(f"{place} is Raddle {loaded}, too {how} for this package, which was made for "
                      f"{wanted}; {remedy}")


def _raise(status: Any, function: Any, arguments: Any) -> None:
    """After each call that can fail."""
    if status:
        error = RaddleError.of(lib.raddle_status_code(status), lib.raddle_status_scope(status),
                               text(lib.raddle_status_message(status)))
        lib.raddle_status_destroy(status)
        raise error


def _checked(kind: Any) -> Any:
    """An argument that is refused where ctypes would cut bits off."""
    class Checked:
        @staticmethod
        def from_param(value: Any) -> Any:
            if isinstance(value, int):
                _raw.check_size("an argument", value, 8 * ctypes.sizeof(kind))
            return kind.from_param(value)
    return Checked


_CHECKED = {kind: _checked(kind) for kind in (ctypes.c_int32, ctypes.c_int64)}


def _declared(loaded: ctypes.CDLL) -> SimpleNamespace:
    declared = SimpleNamespace()
    for name, (returns, takes) in FUNCTIONS.items():
        function = getattr(loaded, name, None)
        if function is None:
            raise ImportError(f"{loaded._name} has no function {name}: it is no libraddle.so of "
                              "this version; set RADDLE_LIBRARY to the path of one")
        function.restype = returns
        function.argtypes = [_CHECKED.get(kind, kind) for kind in takes]
        if returns is _raw.raddle_status_t:
            function.errcheck = _raise
        elif name == "raddle_version":  # before what a library of another version lacks
            packed = function()
            _check_version((packed >> 24, packed >> 16 & 0xff, packed & 0xffff), loaded._name)
        setattr(declared, name, function)
    return declared


lib: Any = _declared(_load())
