# SPDX-License-Identifier: Apache-2.0
"""The methods of Plan.

Generated from include/interface by emit_python.py: change the description, not this file."""

from ctypes import c_char_p
from typing import Any, Dict, Optional, TYPE_CHECKING

from . import _raw
from ._context import Context, context_of
from ._handles import Handle, given_json, given_text
from ._library import lib
from ._values import MemoryTable

if TYPE_CHECKING:
    from ._objects import Config, Graph


class Plan(Handle):
    """The plan of a training step."""
    _kind = _raw.raddle_plan_t
    _destroy = lib.raddle_plan_destroy

    def __init__(self, config: "Config", graph: Optional["Graph"] = None, *,
                 context: Optional[Context] = None) -> None:
        """Plans the training step of the model that the config describes, or of `graph`. A plan
        that does not fit is made all the same; its table says by how much.

        graph: finished; None: the ready-made model of model.*
        Raises InvalidArgumentError: the config does not validate; FailedPreconditionError: the
            graph is not finished; UnavailableError: kernels.require = tuned and an op has none;
            says which and why
        """
        super().__init__()
        shared = context_of(context)
        self._kept = shared
        self._call(lib.raddle_plan_create, (shared._pointer, config._pointer,
                                            graph and graph._pointer, self._own_pointer), None,
                                            lasts=True)

    @property
    def memory(self) -> MemoryTable:
        """What the plan books, and whether it fits."""
        out_table = _raw.raddle_memory_table_t()
        self._call(lib.raddle_plan_get_memory, (self._pointer, out_table))
        return MemoryTable.of(out_table)

    def explain(self) -> str:
        """The plan for people: memory table, kernels with the reasons why faster ones were
        refused, instructions with their buffers."""
        out_text = c_char_p()
        self._call(lib.raddle_plan_explain, (self._pointer, out_text))
        return given_text(out_text)

    def to_json(self) -> Dict[str, Any]:
        """The same for programs: a JSON object with memory, parameters, groups of
        optimizer.group (from 1 on in parameters), kernels, instructions, hash,
        flops_per_token."""
        out_json = c_char_p()
        self._call(lib.raddle_plan_to_json, (self._pointer, out_json))
        return given_json(out_json)

    @property
    def hash(self) -> int:
        """Equal hashes mean equal plans."""
        found = self._call(lib.raddle_plan_hash, (self._pointer,))
        return int(found)
