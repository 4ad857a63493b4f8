# SPDX-License-Identifier: Apache-2.0
"""Configs, graphs and tokenizers, with what Python people expect of them."""
import ctypes
import json
import os
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from . import _api_config, _api_functions, _api_graph, _api_tokenizer, _raw
from ._calls import call
from ._context import Context, context_of
from ._handles import Handle, Path, as_bytes, encoded, optional_encoded, path_bytes
from ._library import lib
from ._values import CheckpointInfo, Dtype, OpInfo, OptionInfo
from .errors import OutOfRangeError


def _value_text(value: object) -> str:
    """A text as in a recipe, a number, a truth value, a path, or a list of them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (bytes, os.PathLike)):
        return os.fsdecode(value)
    if isinstance(value, (list, tuple)):  # as TOML: names in it may hold commas
        return json.dumps([os.fsdecode(item) for item in value], ensure_ascii=False)
    return str(value)


class Config(_api_config.Config):
    """The options of a run: config["train.steps"] = 100. Values come back as texts.

    Where several sources name an option the highest wins, whatever the order of the calls:
    default < recipe < environment < --set < call.
    """

    def __init__(self, values: Optional[Mapping[str, object]] = None, *,
                 recipe: Optional[Path] = None) -> None:
        """Every option at its default; then `recipe`, a TOML file; then `values`."""
        super().__init__()
        if recipe is not None:
            self.load_file(recipe)
        self.update(values or {})

    def __setitem__(self, key: str, value: object) -> None:
        self.set(key, _value_text(value))

    def __getitem__(self, key: str) -> str:
        return self.get(key)

    def update(self, values: Mapping[str, object]) -> None:
        for key, value in values.items():
            self[key] = value

    def __iter__(self) -> Iterator[str]:
        return iter([option.key for option in options()])

    keys = __iter__  # dict(config) is every option


def options() -> List[OptionInfo]:
    """Every option that there is, in order of key."""
    return [_api_functions.option_info(index) for index in range(_api_functions.option_count())]


def ops() -> List[OpInfo]:
    """Every kind of op that can be added to a graph."""
    return [_api_functions.op_info(index) for index in range(_api_functions.op_count())]


def _attributes(given: Mapping[str, Any]) -> Optional[str]:
    return ",".join(f"{key}={_value_text(value)}" for key, value in given.items()
                    if value is not None) or None


class Graph(_api_graph.Graph):
    """A model, built op by op, then finished; after that it never changes.

        ids = graph.input("ids", Dtype.I32, [8])
        table = graph.parameter("table", [256, 4], init="normal(0.02)")
        (x,) = graph.op("embedding", table, ids)
    """
    _output_counts: Dict[str, int] = {}

    def parameter(self, name: str, shape: Sequence[int], **attributes: Any) -> int:
        """A float32 tensor that training changes; `init` and `decay` are attributes of it."""
        return self.add_parameter(name, Dtype.F32, shape, _attributes(attributes))

    input = _api_graph.Graph.add_input

    def op(self, op: str, *inputs: Optional[int], name: Optional[str] = None,
           **attributes: Any) -> Tuple[int, ...]:
        """Any op by name (ops() lists them), on tensors of this graph; None for an input that it
        does without. Its outputs. `name` is that of the first."""
        if not self._output_counts:
            self._output_counts.update({info.name: info.output_count for info in ops()})
        count = self._output_counts.get(op, 1)  # of an unknown op: the library names the nearest
        given = [_raw.RADDLE_NO_TENSOR if tensor is None else tensor for tensor in inputs]
        outputs = (ctypes.c_int32 * count)()
        self._call(lib.raddle_graph_add_op, (
            self._pointer, encoded(op), optional_encoded(name),
            (ctypes.c_int32 * len(given))(*given), len(given),
            optional_encoded(_attributes(attributes)), outputs, count))
        return tuple(outputs)


class Tokenizer(_api_tokenizer.Tokenizer):
    """Turns text into tokens and back: Tokenizer.open("bytes"). Any number of threads may use one.
    """

    def _encoded(self, function: Any, given: Union[str, bytes]) -> List[int]:
        data, count = as_bytes(given), ctypes.c_int64()
        room = len(data) + 1  # tokens that are shorter than a byte are rare
        while True:
            tokens = (ctypes.c_int32 * room)()
            try:
                self._call(function, (self._pointer, data, len(data), tokens, room, count), None,
                           lasts=True)
                return tokens[:count.value]
            except OutOfRangeError:
                if count.value <= room:
                    raise
                room = count.value

    def encode(self, text: Union[str, bytes]) -> List[int]:
        """Text to tokens. Nothing is added at either end."""
        return self._encoded(lib.raddle_tokenizer_encode, text)

    def encode_prompt(self, text: Union[str, bytes]) -> List[int]:
        """The same, with what begins every document in training."""
        return self._encoded(lib.raddle_tokenizer_encode_prompt, text)


class LentTokenizer(Tokenizer):
    """A session's own tokenizer, which is there as long as the session is open."""

    def __init__(self, pointer: Any, session: Handle) -> None:
        self._own_pointer, self._kept = pointer, session

    @property
    def _pointer(self) -> Any:
        return self._kept._pointer and self._own_pointer

    def close(self) -> None:
        """Does nothing: it goes with its session."""


def checkpoint_list(directory: Path, *, context: Optional[Context] = None) -> List[CheckpointInfo]:
    """The checkpoints of a run directory: of branches that were set aside, then of the one in
    force, each oldest first. Raises NotFoundError: no such directory."""
    found: List[CheckpointInfo] = []

    def on_checkpoint(_: Any, info: Any) -> int:
        found.append(CheckpointInfo.of(info.contents))
        return 0

    callback = _raw.raddle_checkpoint_callback_t(on_checkpoint)
    call(lib.raddle_checkpoint_list, (context_of(context)._pointer, path_bytes(directory),
                                      callback, None), lasts=True)
    return found
