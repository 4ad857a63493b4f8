# SPDX-License-Identifier: Apache-2.0
"""Where the log goes."""
import ctypes
import logging
import threading
from typing import Any, Callable, Dict, Optional

from . import _api_context, _raw
from ._library import lib
from ._values import LogLevel, text


def _to_logging(level: LogLevel, message: str) -> None:
    logging.getLogger("raddle").log(10 * level, "%s", message)


_in_log = threading.local()  # .depth: log callbacks that this thread is in
_callbacks: Dict[int, Any] = {}  # those of open contexts, by address


def _destroy(pointer: Any) -> None:
    """Waits for log callbacks to return. Python may collect a context, or a program close it, in
    one of them: then another thread waits."""
    callback = _callbacks.pop(ctypes.cast(pointer, ctypes.c_void_p).value or 0, None)

    def free(_kept: Any) -> None:
        lib.raddle_context_destroy(pointer)
    if getattr(_in_log, "depth", 0):
        threading.Thread(target=free, args=(callback,), name="raddle-close", daemon=True).start()
    else:
        free(callback)


class Context(_api_context.Context):
    """The process's Raddle. Nobody has to make one: without it the log goes to Python's logger
    "raddle", from level INFO up.

    `log` gets each message of `log_level` or above. It may be called on any thread and must not
    call into Raddle; what it raises goes to sys.unraisablehook. The log belongs to the process:
    while several contexts are open, each gets all messages.
    """

    _destroy = staticmethod(_destroy)

    def __init__(self, log: Callable[[LogLevel, str], None] = _to_logging,
                 log_level: LogLevel = LogLevel.INFO) -> None:
        def on_log(_: Any, level: int, message: bytes) -> None:
            _in_log.depth = getattr(_in_log, "depth", 0) + 1
            try:
                log(LogLevel(level), text(message))
            finally:
                _in_log.depth -= 1
        super().__init__()
        self._kept = _raw.raddle_log_callback_t(on_log)
        options = _raw.raddle_context_options_t(log_level=log_level, log_callback=self._kept)
        self._call(lib.raddle_context_create, (options, self._own_pointer))
        _callbacks[ctypes.cast(self._own_pointer, ctypes.c_void_p).value or 0] = self._kept


_default: Optional[Context] = None


def context_of(context: Optional[Context]) -> Context:
    """`context`, or the one that all share who name none."""
    global _default
    if context is None and (_default is None or _default.closed):
        _default = Context()
    return context or _default  # type: ignore[return-value]
