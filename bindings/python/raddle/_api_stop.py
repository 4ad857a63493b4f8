# SPDX-License-Identifier: Apache-2.0
"""The methods of Stop.

Generated from include/interface by emit_python.py: change the description, not this file."""


from . import _raw
from ._handles import Handle
from ._library import lib
from ._values import StopGrade


class Stop(Handle):
    """A request to stop, made now or later. What it is given to holds it until it returns."""
    _kind = _raw.raddle_stop_t
    _destroy = lib.raddle_stop_destroy

    def __init__(self) -> None:
        """One that asks for nothing yet."""
        super().__init__()
        self._call(lib.raddle_stop_create, (self._own_pointer,))

    def request(self) -> None:
        """Asks to stop in good order. A training loop finishes its step, saves and returns; but
        a step on its own data of which more than one micro-batch is still to do is dropped,
        as it may last long, and whoever goes on repeats it bit for bit. A generation returns
        what it has; a single step and a checkpoint that is being saved are finished. Whatever
        else, of which a part is no result, raises CancelledError soon and leaves nothing
        half-made."""
        self._call(lib.raddle_stop_request, (self._pointer,))

    def cancel(self) -> None:
        """Makes every call that has it raise CancelledError as soon as possible. The step under
        way is dropped, and the state is what it was before; a checkpoint that is not complete
        is removed."""
        self._call(lib.raddle_stop_cancel, (self._pointer,))

    @property
    def grade(self) -> StopGrade:
        """What was asked for so far; it only rises."""
        found = self._call(lib.raddle_stop_grade, (self._pointer,))
        return StopGrade(found)

    @property
    def done(self) -> int:
        """How far the work is that began last with it, in the parts that total() counts: steps
        of a training, tokens of a generation, batches of an evaluation, merges of a
        tokenizer, bytes of anything that reads or writes files. To be asked for while the
        call runs; a call of several parts counts each anew."""
        found = self._call(lib.raddle_stop_done, (self._pointer,))
        return int(found)

    @property
    def total(self) -> int:
        """How many parts that work has."""
        found = self._call(lib.raddle_stop_total, (self._pointer,))
        return int(found)
