# SPDX-License-Identifier: Apache-2.0
"""How calls that last are made.

Python handles signals on its main thread, between two bytecodes. So that Ctrl-C works at any time
the main thread never waits inside the library: another thread makes the call, and the main thread
waits for it in a way that signals interrupt. With callbacks it is the same: the thread that is in
the library hands what it got to the thread that consumes it, and waits. While it does it makes the
consumer's calls, for the library allows those only on the thread that is inside the callback.
"""
import os
import threading
from queue import Empty, SimpleQueue
from typing import Any, Callable, List, NamedTuple, Optional

from ._library import lib

_POLL_SECONDS = 0.05  # until a signal is noticed that reached another thread than the main one
_END = object()


class Task:
    """A call to make once, and what came of it. `items` are what its callbacks hand over."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function: Optional[Callable[[], Any]] = function
        self._once = threading.Lock()
        self._result: Any = None
        self._error: Optional[BaseException] = None
        self.items: "SimpleQueue[Any]" = SimpleQueue()
        self.finished = False

    def run(self) -> None:
        function = self._function
        if self._once.acquire(blocking=False) and function is not None:
            try:
                self._result = function()
            except BaseException as error:  # whatever it is, it comes out where it is waited for
                self._error = error
            self._finish()

    def withdraw(self) -> None:
        """Sees to it that it never begins, unless it has."""
        if self._once.acquire(blocking=False):
            self._finish()

    def _finish(self) -> None:
        self._function = None
        self.finished = True
        self.items.put(_END)

    def next_item(self, lane: "Lane", may_run: bool = True) -> Any:
        """Waits for the next item; _END when there is none. Signals are handled meanwhile. What a
        lane that has ended left undone is done here, if it `may_run` on this thread."""
        while True:
            try:
                return self.items.get(timeout=_POLL_SECONDS)
            except Empty:
                if lane.ended:
                    self.run() if may_run else self.withdraw()
                if self.finished and self.items.empty():  # another thread took the end
                    return _END

    def outcome(self) -> Any:
        error, self._error = self._error, None
        try:
            if error is not None:
                raise error
            return self._result
        finally:
            del error  # its traceback refers to this frame


class Reply(NamedTuple):
    turn: object
    value: Any


class Lane:
    """A thread that makes calls for another one, in order."""

    def __init__(self) -> None:
        self.tasks: "SimpleQueue[Any]" = SimpleQueue()
        self.ended = False

    def begin(self, only: Optional[Task] = None) -> "Lane":
        """Starts the thread, which ends with the task `only`, or else never."""
        threading.Thread(target=self._work, args=(only,), name="raddle-call", daemon=True).start()
        return self

    def _work(self, only: Optional[Task]) -> None:
        if only is not None:
            only.run()
            self.ended = True
        while not self.ended or not self.tasks.empty():
            task = self.tasks.get()
            if isinstance(task, Task):
                task.run()

    def call(self, function: Callable[[], Any], stop: Any, may_leave: bool = False) -> Any:
        """Makes a call and waits for it. An exception that interrupts the wait cancels it; a call
        that cannot be cancelled is left to itself, with its lane, if it `may_leave`."""
        task = Task(function)
        try:
            self.tasks.put(task)
            while task.next_item(self) is not _END:
                pass
        except BaseException:
            task.withdraw()
            while not task.finished and not self.ended:
                try:
                    cancel(stop)
                    task.items.get(timeout=_POLL_SECONDS)
                except Empty:
                    self.ended = may_leave and stop is None
                except BaseException:  # one is on its way out already
                    continue
            raise
        return task.outcome()


_spare = threading.local()


def spare_stop() -> Any:
    """For a call that nobody but Ctrl-C stops: this thread's last one, unless that was used. One
    a call would be one finalizer a call, and Python drops a KeyboardInterrupt that is raised in
    one."""
    from ._api_stop import Stop
    stop = getattr(_spare, "stop", None)
    if stop is None or stop.grade:
        stop = _spare.stop = Stop()
    return stop


def cancel(stop: Any) -> None:
    if stop is not None:
        lib.raddle_stop_cancel(stop._own_pointer)  # NULL once it is closed, which does no harm


_main_lane = Lane()
_main_lane.ended = True


def _forget_lane() -> None:
    _main_lane.ended = True  # a fork has no thread but its own


os.register_at_fork(after_in_child=_forget_lane)


def call(function: Any, arguments: Any, stop: Any = None, lasts: bool = False) -> Any:
    """function(*arguments). Off the main thread it is made directly: signals are not handled there.
    """
    global _main_lane
    if not lasts or threading.get_ident() != threading.main_thread().ident:
        return function(*arguments)
    if _main_lane.ended:
        _main_lane = Lane().begin()
    return _main_lane.call(lambda: function(*arguments), stop, may_leave=True)


class Dialogue:
    """A call whose callbacks hand items to a consumer on another thread, in turns.
    `function(dialogue)` makes the call."""

    def __init__(self, function: Callable[["Dialogue"], Any], stop: Any) -> None:
        self.stop = stop
        self.task = Task(lambda: function(self))
        self.lane = Lane()
        self.closing = False
        self.left = False  # by its consumer, who need not be told
        self._failure: Optional[BaseException] = None
        self._consumer = 0
        self._is_consumers_turn = False
        self._turn: object = None
        self._begun = False

    # ---- on the thread that is in the library ----

    def hand_over(self, item: Any) -> Any:
        """Gives the consumer an item and waits until he goes on; returns his answer."""
        turn = self._turn = object()
        if not self.closing:
            self.task.items.put(item)
        while not self.closing:
            task = self.lane.tasks.get()
            if isinstance(task, Task):
                task.run()
            elif task.turn is turn:  # others are left over from turns that were interrupted
                return task.value
        return None

    def callback(self, function: Callable[..., bool]) -> Callable[..., int]:
        """For the library: stops when `function` returns False or raises, or nobody consumes."""
        def guarded(*arguments: Any) -> int:
            try:
                goes_on = function(*arguments)
            except BaseException as error:
                self._failure, goes_on = error, False
            return 0 if goes_on and not self.closing else 1
        return guarded

    def make(self, function: Any, *arguments: Any) -> None:
        """function(*arguments), and then what a callback raised, if one did."""
        try:
            function(*arguments)
        finally:
            if self._failure is not None:
                raise self._failure

    # ---- on the consumer's thread ----

    def is_turn_of_this_thread(self) -> bool:
        return self._is_consumers_turn and self._consumer == threading.get_ident()

    def begin(self, enclosing: Optional[Lane]) -> None:
        """`enclosing`: that of the dialogue in whose turn this one begins, if there is one."""
        self._begun = True
        if enclosing is None:
            self.lane.begin(only=self.task)
        else:
            self.lane = enclosing
            self.lane.tasks.put(self.task)

    def next_item(self, answer: Any) -> Any:
        """Goes on, and waits for the next item; None: the call is over, see task.outcome()."""
        ends_turn, self._is_consumers_turn = self._is_consumers_turn, False
        self._consumer = threading.get_ident()
        if ends_turn:
            self.lane.tasks.put(Reply(self._turn, answer))
        item = self.task.next_item(self.lane, may_run=False)
        self._is_consumers_turn = item is not _END
        return item if self._is_consumers_turn else None

    def close(self) -> None:
        """Cancels the call, if it is not over, and waits for its end."""
        interrupt: Optional[BaseException] = None
        self.left = self.left or self.is_turn_of_this_thread()
        self.task.withdraw()
        while not self.task.finished:
            try:
                self.abandon()
                self.task.next_item(self.lane, may_run=False)
            except BaseException as error:
                interrupt = error
        self.closing = True
        if interrupt is not None:
            raise interrupt

    def abandon(self) -> None:
        """The same without waiting."""
        if not self._begun:
            self.task.withdraw()
        elif not self.task.finished:
            self.closing = True
            cancel(self.stop)
            self.lane.tasks.put(Reply(self._turn, None))  # wakes hand_over()


class Dialogues:
    """The dialogues of one session: each began in a turn of the one before it."""

    def __init__(self) -> None:
        self._open: List[Dialogue] = []

    def go_on(self, dialogue: Dialogue) -> None:
        """It is the last one from now on."""
        if dialogue not in self._open:
            dialogue.begin(self.lane_of_this_thread())
            self._open.append(dialogue)
        self.close_above(dialogue)

    def close_above(self, dialogue: Optional[Dialogue]) -> None:
        """Ends all that began later than `dialogue`; None: all."""
        while self._open and self._open[-1] is not dialogue:
            self.end(self._open[-1])

    def end(self, dialogue: Dialogue) -> None:
        dialogue.close()
        if dialogue in self._open:
            self._open.remove(dialogue)

    def lane_of_this_thread(self) -> Optional[Lane]:
        """Where this thread's calls are made while it has its turn."""
        while self._open and (self._open[-1].closing or self._open[-1].task.finished):
            self.end(self._open[-1])
        if self._open and self._open[-1].is_turn_of_this_thread():
            return self._open[-1].lane
        return None
