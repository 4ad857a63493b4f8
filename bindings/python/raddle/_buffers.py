# SPDX-License-Identifier: Apache-2.0
"""Arrays on their way in and memory on its way out, without NumPy.

What is read in place: a contiguous, writable buffer of the right type (a NumPy array, array.array,
memoryview). Everything else is copied once: other types, read-only memory, sequences.
"""
import ctypes
import math
from array import array
from typing import Any, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from . import _raw
from ._handles import encoded
from ._values import Dtype
from .errors import InvalidArgumentError

Array = Any  # numbers: a buffer, a sequence, or what has tolist()
_KINDS: Any = {"i": ctypes.c_int32, "f": ctypes.c_float, "q": ctypes.c_int64}
_DTYPES = {"f": Dtype.F32, "d": Dtype.F64, "e": Dtype.F16, "i": Dtype.I32, "l": Dtype.I64,
           "q": Dtype.I64, "B": Dtype.U8, "H": Dtype.U16, "I": Dtype.U32}
_CHUNK = 1 << 16  # lists of numbers take much memory


def _format(memory: memoryview) -> str:
    return memory.format.lstrip("@=<").replace("l", "q")


def in_place(values: Array, code: str) -> Any:
    """`values` as a ctypes array of int32 ("i"), int64 ("q") or float ("f"), which keeps them."""
    try:
        memory = memoryview(values)
    except TypeError:  # no buffer
        memory = memoryview(array(code, values.tolist() if hasattr(values, "tolist") else values))
    if not memory.c_contiguous:
        memory = memoryview(memory.tobytes()).cast(_format(memory))
    if _format(memory) != code:
        flat, converted = memory.cast("B").cast(_format(memory)), array(code)
        for start in range(0, len(flat), _CHUNK):
            converted.fromlist(flat[start:start + _CHUNK].tolist())
        memory = memoryview(converted)
    kind = _KINDS[code] * (memory.nbytes // ctypes.sizeof(_KINDS[code]))
    return kind.from_buffer_copy(memory) if memory.readonly else kind.from_buffer(memory)


def optional_in_place(values: Optional[Array], code: str) -> Any:
    return None if values is None else in_place(values, code)


def length_of(values: Any, more: int = 0) -> int:
    """Without the `more` elements that it has beyond what is counted; 0 for None."""
    return 0 if values is None else len(values) - more


def check_length(name: str, values: Any, of: Any) -> None:
    if values is not None and len(values) != len(of):
        raise InvalidArgumentError(f"{name} has {len(values)} elements, expected {len(of)}: one "
                                   "for each token")


def floats(shape: Sequence[int]) -> Tuple[Any, memoryview]:
    """New memory: as a ctypes array for the library, and shaped for the caller."""
    memory = (ctypes.c_float * math.prod(shape))()
    return memory, shaped(memory, shape)


def shaped(memory: Any, shape: Sequence[int]) -> memoryview:
    return memoryview(memory).cast("B").cast("f", list(shape))


class Batch(NamedTuple):
    """One micro-batch of packed sequences, for a ready-made model. Its arrays must stay as they are
    until the call returns.

    tokens: int32, (token_count)
    targets: int32, (token_count); None: the next token of the same sequence
    weights: float32, (token_count), of each token's loss; None: 1, and 0 where there is no next
    positions: int32, (token_count); None: 0, 1, ... in each sequence
    cu_seqlens: int32, (sequences + 1): where sequences begin, then token_count; None: one sequence
    """
    tokens: Array
    targets: Optional[Array] = None
    weights: Optional[Array] = None
    positions: Optional[Array] = None
    cu_seqlens: Optional[Array] = None

    def fill(self, raw: Any) -> None:
        """Writes it as the library takes it; `raw` keeps what it points to."""
        tokens = in_place(self.tokens, "i")
        for name, values, code in zip(self._fields[1:], self[1:], "ifii"):
            filled = optional_in_place(values, code)
            if name == "cu_seqlens":
                raw.sequence_count = length_of(filled, 1)
            else:
                check_length(name, filled, tokens)
            if filled is not None:
                setattr(raw, name, filled)
        raw.tokens, raw.token_count = tokens, len(tokens)


BatchLike = Union[Batch, Array]  # tokens alone: one sequence
BatchArray = Sequence[BatchLike]
TensorViewArray = Mapping[str, Array]


def as_batch(given: BatchLike) -> Batch:
    return given if isinstance(given, Batch) else Batch(given)


def array_of_batch(given: BatchArray) -> Any:
    batches = (_raw.raddle_batch_t * len(given))(*(_raw.raddle_batch_t() for _ in given))
    for one, raw in zip(given, batches):
        as_batch(one).fill(raw)
    return batches


def array_of_tensor_view(inputs: TensorViewArray) -> Any:
    """Views over buffers by name. Buffers know their type and shape, sequences do not."""
    views: Any = (_raw.raddle_tensor_view_t * len(inputs))()
    views.kept = []
    for index, (name, values) in enumerate(inputs.items()):
        try:
            memory = memoryview(values)
            dtype = _DTYPES[_format(memory)]
        except (TypeError, KeyError) as error:
            raise InvalidArgumentError(
                f"input '{name}' is no buffer of numbers ({error}); give a NumPy array or an "
                f"array.array of one of the types {', '.join(_DTYPES)}") from None
        whole = ctypes.c_char * memory.nbytes
        data = whole.from_buffer_copy(memory.tobytes()) \
            if memory.readonly or not memory.c_contiguous else whole.from_buffer(memory)
        dims = (ctypes.c_int64 * _raw.RADDLE_RANK_MAX)(*(memory.shape or ())[:_raw.RADDLE_RANK_MAX])
        views[index] = _raw.raddle_tensor_view_t(name=encoded(name), data=ctypes.addressof(data),
                                                 dtype=dtype, rank=memory.ndim, dims=dims)
        views.kept.append(data)
    return views
