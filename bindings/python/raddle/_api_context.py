# SPDX-License-Identifier: Apache-2.0
"""The methods of Context.

Generated from include/interface by emit_python.py: change the description, not this file."""

from ctypes import c_char_p
from typing import Any, Dict

from . import _raw
from ._handles import Handle, given_json
from ._library import lib


class Context(Handle):
    """The process's Raddle: where the log goes."""
    _kind = _raw.raddle_context_t
    _destroy = lib.raddle_context_destroy

    def describe(self) -> Dict[str, Any]:
        """What the machine offers and what Raddle makes of it, as a JSON object: processor,
        instruction sets, cores, memory and its limits, matrix libraries found, the kernel
        that each op would get and why. Meant for bug reports and `raddle doctor`; keys may be
        added."""
        out_json = c_char_p()
        self._call(lib.raddle_context_describe, (self._pointer, out_json), None, lasts=True)
        return given_json(out_json)
