# SPDX-License-Identifier: Apache-2.0
"""Training loops and generations as iterators."""
import ctypes
import importlib
import threading
import warnings
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Callable, Generic, Iterable, Optional, Type, TypeVar, Union

from . import _raw
from ._api_stop import Stop
from ._buffers import BatchLike, as_batch
from ._calls import Dialogue, Dialogues
from ._handles import Handle
from ._library import lib
from ._values import Evaluation, EventKind, GenerateResult, Metrics, TrainResult, text
from .errors import CancelledError, FailedPreconditionError

T = TypeVar("T")
R = TypeVar("R")
_Self = TypeVar("_Self", bound="Run[Any, Any]")


@dataclass(frozen=True)
class Event:
    """What happens in a training loop, after `step` of `steps_total` steps."""
    step: int
    steps_total: int


@dataclass(frozen=True)
class StepEvent(Event):
    """A step is done."""
    metrics: Metrics


@dataclass(frozen=True)
class EvaluationEvent(Event):
    """An evaluation is done."""
    evaluation: Evaluation


@dataclass(frozen=True)
class CheckpointEvent(Event):
    """A checkpoint is complete on disk."""
    path: str


@dataclass(frozen=True)
class WarningEvent(Event):
    """Something failed that need not end the run, such as saving when the disk was full."""
    message: str


# A kind that a newer library added is not here, and nobody hears of it.
_EVENTS: Any = {
    EventKind.STEP: (StepEvent, lambda raw: Metrics.of(raw.metrics.contents)),
    EventKind.EVALUATION: (EvaluationEvent, lambda raw: Evaluation.of(raw.evaluation.contents)),
    EventKind.CHECKPOINT: (CheckpointEvent, lambda raw: text(raw.path)),
    EventKind.WARNING: (WarningEvent, lambda raw: text(raw.message)),
}


@dataclass(frozen=True)
class Token:
    """A generated token, and what it adds to the text: whole characters, so it may be ""."""
    id: int
    text: str


class Run(Generic[T, R]):
    """Something that goes on as far as it is iterated over, and waits while the loop's body runs.

    The body may use the session: look at tensors, save, generate; what the library refuses there
    says so. Leaving the loop early, or close(), cancels the run: the session is then as the last
    whole step left it. stop() ends it in good order. `result` is there once it is over.
    """
    result: Optional[R] = None

    def __init__(self, session: Handle, dialogues: Dialogues, stop: Optional[Stop],
                 function: Callable[[Dialogue], R]) -> None:
        self._session, self._dialogues = session, dialogues
        self._used, self._lock = False, threading.Lock()
        self._dialogue = Dialogue(function, stop or Stop())

    def __iter__(self: _Self) -> _Self:
        return self

    def __next__(self) -> T:
        if not self._lock.acquire(blocking=False):
            raise FailedPreconditionError(f"another thread waits for the next item of this "
                                          f"{type(self).__name__}; one at a time may iterate")
        try:
            return self._next()
        finally:
            self._lock.release()

    def _next(self) -> T:
        self._used = True
        item: Any = None
        try:
            while not self._dialogue.task.finished:
                self._dialogues.go_on(self._dialogue)
                item = self._dialogue.next_item(self._answer(item))
                if self._is_event(item):
                    return item  # type: ignore[no-any-return]
        except BaseException:
            self.close()
            raise
        left, was_closed = self._dialogue.left, self._dialogue.closing
        self.close()
        if was_closed and not left:
            raise CancelledError("another thread closed the session before this was over")
        if not was_closed:
            self.result = self._dialogue.task.outcome()
        raise StopIteration

    def _answer(self, item: Any) -> Any:
        """What the last item asked for, which was no event."""
        return None

    def _is_event(self, item: Any) -> bool:
        return item is not None

    def wait(self) -> R:
        """Goes on to the end, without looking at what happens on the way."""
        for _ in self:
            pass
        if self.result is None:
            raise CancelledError(f"the {type(self).__name__} was closed before its end")
        return self.result

    def stop(self) -> None:
        """Ends it in good order, and saves a training loop; what still happens can be iterated
        over. From any thread."""
        self._dialogue.stop.request()

    def close(self) -> None:
        """Cancels it, if it is not over, and waits until it is."""
        self._used = self._dialogue.left = True
        self._dialogues.end(self._dialogue)

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_dialogue"):
            self._dialogue.abandon()  # does not wait; the session's next call does
            if not self._used:
                warnings.warn(f"a {type(self).__name__} was made and never run: iterate over it, "
                              "or call wait()", ResourceWarning, stacklevel=2, source=self)


#: Micro-batches in their order, or a function of (steps done, number of the micro-batch) that
#: returns None when there are no more.
BatchSource = Union[Iterable[BatchLike], Callable[[int, int], Optional[BatchLike]]]


class _Wanted:
    """In place of an event: a micro-batch is wanted."""

    def __init__(self, step: int, micro_batch: int) -> None:
        self.at = (step, micro_batch)


class Training(Run[Event, TrainResult]):
    """A training loop: `for event in session.train()`."""

    def __init__(self, session: Handle, dialogues: Dialogues, batches: Optional[BatchSource],
                 stop: Optional[Stop], progress: bool) -> None:
        super().__init__(session, dialogues, stop, lambda dialogue: _train(
            session, dialogue, batches is not None))
        self._batches = batches if batches is None or callable(batches) else iter(batches)
        self._bar = _bar() if progress else None

    def _answer(self, item: Any) -> Any:
        """The micro-batch that is wanted, made on the consumer's thread."""
        if not isinstance(item, _Wanted):
            return None
        batch = self._batches(*item.at) if callable(self._batches) else \
            next(self._batches or iter(()), None)
        if batch is None:
            return None
        raw = _raw.raddle_batch_t()
        as_batch(batch).fill(raw)
        return raw

    def _is_event(self, item: Any) -> bool:
        if self._bar is not None and isinstance(item, StepEvent):
            self._bar.total = item.steps_total
            self._bar.set_postfix(loss=f"{item.metrics.loss:.4f}", refresh=False)
            self._bar.update(item.step - self._bar.n)
        return isinstance(item, Event)

    def close(self) -> None:
        super().close()
        if self._bar is not None:
            self._bar.close()


def _bar() -> Any:
    """A progress bar for a terminal or a notebook, if the user has tqdm."""
    try:
        return importlib.import_module("tqdm.auto").tqdm(unit=" steps", desc="train")
    except ImportError:
        return None


def _train(session: Handle, dialogue: Dialogue, has_source: bool) -> TrainResult:
    """In the library: the training loop, whose callbacks hand over what they get."""
    kept: Any = None

    def on_event(_: Any, event: Any) -> bool:
        raw = event.contents
        if raw.kind in _EVENTS:
            kind, read = _EVENTS[raw.kind]
            dialogue.hand_over(kind(raw.step, raw.steps_total, read(raw)))
        return True

    def on_batch(_: Any, step: int, micro_batch: int, out: Any) -> bool:
        nonlocal kept  # the library reads it until the next one is asked for
        kept = dialogue.hand_over(_Wanted(step, micro_batch))
        if kept is not None:
            ctypes.pointer(out.contents)[0] = kept
        return kept is not None

    result = _raw.raddle_train_result_t()
    source = (_raw.raddle_batch_source_t(dialogue.callback(on_batch)), None) if has_source else ()
    dialogue.make(lib.raddle_session_train_on if has_source else lib.raddle_session_train,
                  session._pointer, *source, dialogue.stop._pointer, result,
                  _raw.raddle_event_callback_t(dialogue.callback(on_event)), None)
    return TrainResult.of(result)


class Generation(Run[Token, GenerateResult]):
    """Tokens as they are drawn: `for token in session.generate("Once")`."""

    def __init__(self, session: Handle, dialogues: Dialogues, prompt: Any, options: Any,
                 stop: Optional[Stop]) -> None:
        super().__init__(session, dialogues, stop, lambda dialogue: _generate(
            session, dialogue, prompt, options))

    def text(self) -> str:
        """What is still to come of the text, at once."""
        return "".join(token.text for token in self)


def _generate(session: Handle, dialogue: Dialogue, prompt: Any, options: Any) -> GenerateResult:
    """In the library, as _train()."""
    def on_token(_: Any, token: int, data: Any, size: int) -> bool:
        added = ctypes.string_at(data, size) if size else b""
        dialogue.hand_over(Token(token, added.decode("utf-8", "replace")))
        return True

    result = _raw.raddle_generate_result_t()
    dialogue.make(lib.raddle_session_generate, session._pointer, prompt, len(prompt), options,
                  dialogue.stop._pointer, result,
                  _raw.raddle_token_callback_t(dialogue.callback(on_token)), None)
    return GenerateResult.of(result)
