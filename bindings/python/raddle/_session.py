# SPDX-License-Identifier: Apache-2.0
"""Sessions: a model's state and what is done with it."""
import ctypes
from typing import Any, Callable, List, Optional, Sequence, Union

from . import _api_session, _raw
from ._api_stop import Stop
from ._buffers import Array, floats, in_place
from ._calls import Dialogues, call, spare_stop
from ._handles import encoded
from ._library import lib
from ._objects import LentTokenizer, Tokenizer
from ._runs import BatchSource, Generation, Training
from ._tensors import Tensor
from ._values import Metrics
from .errors import InvalidArgumentError


class Session(_api_session.Session):
    """A model's state (parameters, optimizer, counters) and the programs planned for it.

    One call at a time: a second one, of another thread, is refused with FailedPreconditionError.
    Calls that last take a `stop`; Ctrl-C cancels it, and so does leaving a loop over events early.
    """

    def _before_close(self) -> Callable[[], None]:
        self._dialogues = dialogues = Dialogues()
        return lambda: dialogues.close_above(None)

    def _call(self, function: Any, arguments: Any, stop: Any = None, lasts: bool = False) -> Any:
        lane = self._dialogues.lane_of_this_thread()
        if lane is not None:
            return lane.call(lambda: function(*arguments), stop)
        return call(function, arguments, stop, lasts)

    def train(self, batches: Optional[BatchSource] = None, *, stop: Optional[Stop] = None,
              progress: bool = False) -> Training:
        """The training loop up to train.steps, on the data of data.* or on the caller's `batches`.

            for event in session.train():
                if isinstance(event, raddle.StepEvent):
                    print(event.step, event.metrics.loss)

        `session.train().wait()` trains without looking. `batches` yields micro-batches; what it
        raises comes out of the loop; where it ends, training ends as if stopped. `progress` shows a
        bar if tqdm is installed. Raises FailedPreconditionError: more than train.steps are done, or
        there is no data; NumericError: as train.non_finite says; CancelledError: `stop` was
        cancelled.
        """
        return Training(self, self._dialogues, batches, stop, progress)

    def generate(self, prompt: Union[str, Array], *, max_tokens: int = 0, temperature: float = -1,
                 top_k: int = -1, seed: int = -1, greedy: bool = False, ignore_end: bool = False,
                 stop: Optional[Stop] = None) -> Generation:
        """Continues a text or tokens, as a stream; what is left out is as generate.* says.

            for token in session.generate("In the beginning", max_tokens=50):
                print(token.text, end="", flush=True)

        `session.generate(prompt).text()` is the whole text. `top_k` 0: all; `temperature` 0, or
        `greedy`: always the likeliest token; `ignore_end`: go on after an end of text. Raises
        InvalidArgumentError: an empty prompt, or one that leaves no room in the context.
        """
        options = _raw.raddle_generate_options_t(
            max_tokens=max_tokens, temperature=temperature, top_k=top_k, seed=seed, greedy=greedy,
            ignore_end=ignore_end)
        return Generation(self, self._dialogues, self._tokens(prompt), options, stop)

    def _tokens(self, given: Union[str, Array]) -> Any:
        if not isinstance(given, str):
            return in_place(given, "i")
        tokenizer = self.tokenizer
        if tokenizer is None:
            raise InvalidArgumentError("the session has no tokenizer; give tokens, not a text")
        return in_place(tokenizer.encode_prompt(given), "i")

    def logits(self, tokens: Union[str, Array], *, stop: Optional[Stop] = None) -> memoryview:
        """The float32 logits of every position of one sequence: (token_count, vocab_size). Raises
        InvalidArgumentError: a token outside the vocabulary, or too many."""
        given, token = self._tokens(tokens), stop or spare_stop()
        info = self.info
        # More tokens are refused, and no memory is taken for them.
        rows = min(len(given), max(info.context_tokens, 1))
        memory, view = floats((rows, info.vocab_size))
        self._call(lib.raddle_session_logits, (self._pointer, given, len(given), token._pointer,
                                               memory, len(memory)), token, lasts=True)
        return view

    def apply(self, learning_rate: Optional[float] = None) -> Metrics:  # type: ignore[override]
        """The optimizer's half of a step, on the gradients that backward() made; at the rate of
        optimizer.learning_rate and schedule.*, or at `learning_rate`. Raises
        FailedPreconditionError: there are no gradients."""
        return super().apply(learning_rate=learning_rate or 0.0,
                             own_learning_rate=learning_rate is not None)

    @property
    def tokenizer(self) -> Optional[Tokenizer]:
        """The session's tokenizer, if it has one; it is there as long as the session is open."""
        pointer = lib.raddle_session_get_tokenizer(self._pointer)
        return LentTokenizer(pointer, self) if pointer else None

    def tensor_names(self) -> List[str]:
        """Every parameter NAME; where the session trains also gradient/NAME, m/NAME and v/NAME."""
        return [self.tensor_name(index) or "" for index in range(self.tensor_count)]

    def tensor(self, name: str) -> Tensor:
        """The memory of a tensor itself, which outlives the session. Raises NotFoundError."""
        managed = ctypes.POINTER(_raw.raddle_dl_versioned_t)()
        self._call(lib.raddle_session_export_dlpack, (self._pointer, encoded(name), managed))
        return Tensor(name, managed)

    def read_tensor(self, name: str) -> memoryview:
        """A copy of a tensor: float32, of its shape. Raises NotFoundError."""
        names = self.tensor_names()
        # Of no such tensor the library says which is nearest.
        memory, view = floats(self.tensor_info(names.index(name)).dims if name in names else [1])
        self._call(lib.raddle_session_read_tensor, (self._pointer, encoded(name), memory,
                                                    len(memory)))
        return view

    def read_output(self, name: str, shape: Sequence[int]) -> memoryview:
        """A copy of a float32 output of a caller's graph, as the last run left it. Raises
        NotFoundError; InvalidArgumentError: `shape` is not the output's."""
        memory, view = floats(shape)
        self._call(lib.raddle_session_read_output, (self._pointer, encoded(name), memory,
                                                    view.nbytes))
        return view
