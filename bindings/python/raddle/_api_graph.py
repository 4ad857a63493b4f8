# SPDX-License-Identifier: Apache-2.0
"""The methods of Graph.

Generated from include/interface by emit_python.py: change the description, not this file."""

from ctypes import c_char_p, c_int32
from typing import Optional, TYPE_CHECKING, Type, TypeVar, Union

from . import _raw
from ._buffers import Array, length_of, optional_in_place
from ._context import Context, context_of
from ._handles import Handle, as_bytes, encoded, given_text, optional_encoded
from ._library import lib
from ._values import Dtype, GraphNode, GraphTensor, text

if TYPE_CHECKING:
    from ._objects import Config


_Self = TypeVar("_Self", bound="Graph")


class Graph(Handle):
    """A model."""
    _kind = _raw.raddle_graph_t
    _destroy = lib.raddle_graph_destroy

    def __init__(self, *, context: Optional[Context] = None) -> None:
        """An empty graph."""
        super().__init__()
        shared = context_of(context)
        self._kept = shared
        self._call(lib.raddle_graph_create, (shared._pointer, self._own_pointer))

    @classmethod
    def create_model(cls: Type["_Self"], config: "Config", *,
                     context: Optional[Context] = None) -> "_Self":
        """The ready-made model that model.* describes (gpt2, llama, qwen3; with or without
        virtual width and multi-token prediction), for micro-batches of
        train.micro_batch_tokens. Finished. Its inputs, for `rows` = train.micro_batch_tokens:
        tokens, positions, targets (rows; I32), weights (rows; F32), cu_seqlens (rows + 1;
        I32; the tail repeats the last value), loss_scale (1; F32); with multi-token
        prediction mtp_targets and mtp_weights too.

        Raises InvalidArgumentError: the config describes no model; says which keys; NotFoundError:
            model.hf_config names no file
        """
        made = cls._empty()
        shared = context_of(context)
        made._kept = shared
        made._call(lib.raddle_graph_create_model, (shared._pointer, config._pointer,
                                                   made._own_pointer), None, lasts=True)
        return made

    @classmethod
    def create_from_text(cls: Type["_Self"], text: Union[str, bytes], *,
                         context: Optional[Context] = None) -> "_Self":
        """The graph that to_text() wrote. Finished.

        Raises InvalidArgumentError: names the line, or the node that does not hold
        """
        made = cls._empty()
        shared = context_of(context)
        text_data = as_bytes(text)
        made._kept = shared
        made._call(lib.raddle_graph_create_from_text, (shared._pointer, text_data, len(text_data),
                                                       made._own_pointer))
        return made

    def add_input(self, name: str, dtype: Dtype, dims: Optional[Array] = None) -> int:
        """A tensor that the caller gives with every micro-batch.

        name: unique in the graph; 1 to 256 letters, digits and _ . -
        dims: sizes, each from 1 to 2^31 - 1, with a product of at most 2^40; None: allowed when
            rank is 0
        Raises InvalidArgumentError: bad name, type or shape; AlreadyExistsError: the graph has a
            tensor of that name; FailedPreconditionError: the graph is finished
        """
        dims_array = optional_in_place(dims, "q")
        out_tensor = c_int32()
        self._call(lib.raddle_graph_add_input, (self._pointer, encoded(name), dtype, dims_array,
                                                length_of(dims_array), out_tensor))
        return out_tensor.value

    def add_parameter(self, name: str, dtype: Dtype, dims: Optional[Array] = None,
                      attributes: Optional[str] = None) -> int:
        """A tensor that training changes. F32.

        dtype: Dtype.F32
        dims: None: allowed when rank is 0
        attributes: "key=value,...": init=zeros how it starts: zeros, ones, constant(V),
            normal(STD), stacked_identity, residue_average, hyper_connection(M) decay=true whether
            weight decay applies: true, false; None: none
        Raises what add_input() raises
        """
        dims_array = optional_in_place(dims, "q")
        out_tensor = c_int32()
        self._call(lib.raddle_graph_add_parameter, (self._pointer, encoded(name), dtype, dims_array,
                                                    length_of(dims_array),
                                                    optional_encoded(attributes), out_tensor))
        return out_tensor.value

    def set_block(self, block: int) -> None:
        """Ops added from now on belong to this block: what train.recompute = "block" keeps or
        computes again as one.

        block: 0, 1, ...; -1: none (the default)
        Raises InvalidArgumentError: below -1; FailedPreconditionError: the graph is finished
        """
        self._call(lib.raddle_graph_set_block, (self._pointer, block))

    def set_precision(self, dtype: Dtype) -> None:
        """What activations and caches are, and parameters where products and tables read them:
        Dtype.F32, which it is otherwise, or Dtype.BF16. Said before the first tensor. Inputs
        of real numbers are then of that type too, but for those that an op takes exact
        (weights, loss_scale). Parameters themselves, their gradients, statistics and losses
        are F32 all the same. Ready-made models take it from train.precision.

        Raises InvalidArgumentError: another type; FailedPreconditionError: the graph has a tensor,
            or is finished
        """
        self._call(lib.raddle_graph_set_precision, (self._pointer, dtype))

    def add_loss(self, loss: int, coefficient: float) -> None:
        """Adds `coefficient` x `loss` to what training minimises. The op linear_cross_entropy
        makes such a tensor; its input loss_scale is 1 / (the sum of the weights of all tokens
        of the step), so that the loss is a mean over tokens and never a mean of means over
        micro-batches.

        loss: of one F32 element that a node makes, once; summed over the micro-batches of a step
        Raises InvalidArgumentError: not such a tensor, or one that is a loss already;
            FailedPreconditionError: the graph is finished
        """
        self._call(lib.raddle_graph_add_loss, (self._pointer, loss, coefficient))

    def add_output(self, tensor: int) -> None:
        """Keeps a tensor for the caller to read after each run (Session.read_output()): a result
        beside the losses, such as logits or hidden states.

        tensor: that a node makes
        Raises InvalidArgumentError: not such a tensor; FailedPreconditionError: the graph is
            finished
        """
        self._call(lib.raddle_graph_add_output, (self._pointer, tensor))

    def finish(self) -> None:
        """Checks the graph and freezes it.

        Raises InvalidArgumentError: what does not hold, and where; FailedPreconditionError: it is
            finished already
        """
        self._call(lib.raddle_graph_finish, (self._pointer,))

    def to_text(self) -> str:
        """The graph as text that people can read and create_from_text() reads back.

        Raises FailedPreconditionError: the graph is not finished
        """
        out_text = c_char_p()
        self._call(lib.raddle_graph_to_text, (self._pointer, out_text))
        return given_text(out_text)

    @property
    def parameter_elements(self) -> int:
        """How many parameter elements the graph has."""
        found = self._call(lib.raddle_graph_parameter_elements, (self._pointer,))
        return int(found)

    @property
    def tensor_count(self) -> int:
        """How many tensors a finished graph has: they are numbered from 0."""
        found = self._call(lib.raddle_graph_tensor_count, (self._pointer,))
        return int(found)

    def tensor(self, tensor: int) -> GraphTensor:
        """Describes a tensor of a finished graph.

        Raises OutOfRangeError: there is no such tensor; FailedPreconditionError: the graph is not
            finished
        """
        out_tensor = _raw.raddle_graph_tensor_t()
        self._call(lib.raddle_graph_get_tensor, (self._pointer, tensor, out_tensor))
        return GraphTensor.of(out_tensor)

    def find_tensor(self, name: str) -> int:
        """The tensor of that name in a finished graph.

        Raises NotFoundError: there is none; the nearest is named; FailedPreconditionError: the
            graph is not finished
        """
        out_tensor = c_int32()
        self._call(lib.raddle_graph_find_tensor, (self._pointer, encoded(name), out_tensor))
        return out_tensor.value

    @property
    def node_count(self) -> int:
        """How many operations a finished graph has, in the order in which they run."""
        found = self._call(lib.raddle_graph_node_count, (self._pointer,))
        return int(found)

    def node(self, index: int) -> GraphNode:
        """Describes an operation of a finished graph.

        Raises OutOfRangeError: there is no such node; FailedPreconditionError: the graph is not
            finished
        """
        out_node = _raw.raddle_graph_node_t()
        self._call(lib.raddle_graph_get_node, (self._pointer, index, out_node))
        return GraphNode.of(out_node)
