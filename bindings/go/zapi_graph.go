// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/graph.toml. DO NOT EDIT.

package raddle

import (
	"context"
	"strconv"
)

// Graph: A model.
type Graph struct{ handle *handle[cGraph] }

// Close frees it. Calls that run in it end with ErrCancelled; Close waits for them.
func (g *Graph) Close() error { return g.held().Close() }

func (g *Graph) held() *handle[cGraph] {
	if g == nil {
		return nil
	}
	return g.handle
}

func newGraph(object *cGraph, parent holder) *Graph {
	return &Graph{newHandle("graph", object, parent, nil,
		rawGraphDestroy)}
}

// TensorID: A tensor of the graph that returned it.
type TensorID int32

// NoTensor: Stands for an input that an op may do without; comes back for an output that it then
// lacks.
const NoTensor = -1

// RankMax is as in C.
const RankMax = 4

// DType: Element types. Values never change.
type DType int32

const (
	F32  DType = 0
	F64  DType = 1
	BF16 DType = 2
	F16  DType = 3
	I32  DType = 4
	I64  DType = 5
	U8   DType = 6
	U16  DType = 7
	U32  DType = 8
)

// String is the name that messages and the configuration have for it.
func (v DType) String() string {
	switch v {
	case F32:
		return "F32"
	case F64:
		return "F64"
	case BF16:
		return "BF16"
	case F16:
		return "F16"
	case I32:
		return "I32"
	case I64:
		return "I64"
	case U8:
		return "U8"
	case U16:
		return "U16"
	case U32:
		return "U32"
	}
	return "DType(" + strconv.Itoa(int(v)) + ")"
}

// OpInfo: One kind of op. All texts are static.
type OpInfo struct {
	// "linear"
	Name string
	// names of the inputs, in order: "x weight bias?" (? may be left out)
	Inputs string
	// "y"
	Outputs string
	// "key=default,..."; a key without default must be given
	Attributes string
	// shapes and arithmetic, a sentence or two
	Help          string
	InputCountMin int64
	InputCountMax int64
	OutputCount   int64
}

// Ops lists each OpInfo that there is.
func Ops() (list []OpInfo, err error) {
	if err = checkVersion(rawVersion()); err != nil {
		return
	}
	list = make([]OpInfo, rawOpCount())
	for i := range list {
		if list[i], err = rawOpGetInfo(int64(i)); err != nil {
			return nil, err
		}
	}
	return
}

// NewGraph: An empty graph.
func (r *Runtime) NewGraph() (graph *Graph, err error) {
	err = call(r.held(), func(object *cContext) (err error) {
		made, err := rawGraphCreate(object)
		if err == nil {
			graph = newGraph(made, r.handle)
		}
		return err
	})
	return
}

// NewModelGraph: The ready-made model that model.* describes (gpt2, llama, qwen3; with or without
// virtual width and multi-token prediction), for micro-batches of train.micro_batch_tokens.
// Finished.
//
// Its inputs, for `rows` = train.micro_batch_tokens: tokens, positions, targets (rows; I32),
// weights (rows; F32), cu_seqlens (rows + 1; I32; the tail repeats the last value), loss_scale
// (1; F32); with multi-token prediction mtp_targets and mtp_weights too.
//
//   - ErrInvalidArgument: the config describes no model; says which keys
//   - ErrNotFound: model.hf_config names no file
func (r *Runtime) NewModelGraph(ctx context.Context, config *Config) (graph *Graph, err error) {
	configObject, err := config.held().enter()
	if err != nil {
		return
	}
	defer config.held().leave()
	err = block(ctx, r.held(), func(object *cContext, _ *cStop) (err error) {
		made, err := rawGraphCreateModel(object, configObject)
		if err == nil {
			graph = newGraph(made, r.handle)
		}
		return err
	})
	return
}

// NewGraphFromText: The graph that Graph.Text wrote. Finished.
//
//   - ErrInvalidArgument: names the line, or the node that does not hold
func (r *Runtime) NewGraphFromText(text string) (graph *Graph, err error) {
	err = call(r.held(), func(object *cContext) (err error) {
		made, err := rawGraphCreateFromText(object, []byte(text))
		if err == nil {
			graph = newGraph(made, r.handle)
		}
		return err
	})
	return
}

// AddInput: A tensor that the caller gives with every micro-batch.
//
//   - name: unique in the graph; 1 to 256 letters, digits and _ . -
//   - dims: sizes, each from 1 to 2^31 - 1, with a product of at most 2^40; nil: allowed when rank
//     is 0
//   - ErrInvalidArgument: bad name, type or shape
//   - ErrAlreadyExists: the graph has a tensor of that name
//   - ErrFailedPrecondition: the graph is finished
func (g *Graph) AddInput(name string, dtype DType, dims []int64) (tensor TensorID, err error) {
	err = call(g.held(), func(object *cGraph) (err error) {
		tensor, err = rawGraphAddInput(object, name, dtype, dims)
		return
	})
	return
}

// AddParameter: A tensor that training changes. F32.
//
//   - dtype: F32
//   - dims: nil: allowed when rank is 0
//   - attributes: "key=value,...": init=zeros how it starts: zeros, ones, constant(V), normal(STD),
//     stacked_identity, residue_average, hyper_connection(M) decay=true whether weight decay
//     applies: true, false; "": none
//   - ErrInvalidArgument: bad name, type or shape
//   - ErrAlreadyExists: the graph has a tensor of that name
//   - ErrFailedPrecondition: the graph is finished
func (g *Graph) AddParameter(
	name string,
	dtype DType,
	dims []int64,
	attributes string,
) (tensor TensorID, err error) {
	err = call(g.held(), func(object *cGraph) (err error) {
		tensor, err = rawGraphAddParameter(object, name, dtype, dims, attributes)
		return
	})
	return
}

// SetBlock: Ops added from now on belong to this block: what train.recompute = "block" keeps or
// computes again as one.
//
//   - block: 0, 1, ...; -1: none (the default)
//   - ErrInvalidArgument: below -1
//   - ErrFailedPrecondition: the graph is finished
func (g *Graph) SetBlock(block int32) (err error) {
	err = call(g.held(), func(object *cGraph) (err error) {
		return rawGraphSetBlock(object, block)
	})
	return
}

// SetPrecision: What activations and caches are, and parameters where products and tables read
// them: F32, which it is otherwise, or BF16. Said before the first tensor. Inputs of real numbers
// are then of that type too, but for those that an op takes exact (weights, loss_scale).
// Parameters themselves, their gradients, statistics and losses are F32 all the same. Ready-made
// models take it from train.precision.
//
//   - ErrInvalidArgument: another type
//   - ErrFailedPrecondition: the graph has a tensor, or is finished
func (g *Graph) SetPrecision(dtype DType) (err error) {
	err = call(g.held(), func(object *cGraph) (err error) {
		return rawGraphSetPrecision(object, dtype)
	})
	return
}

// AddLoss adds `coefficient` x `loss` to what training minimises. The op linear_cross_entropy
// makes such a tensor; its input loss_scale is 1 / (the sum of the weights of all tokens of the
// step), so that the loss is a mean over tokens and never a mean of means over micro-batches.
//
//   - loss: of one F32 element that a node makes, once; summed over the micro-batches of a step
//   - ErrInvalidArgument: not such a tensor, or one that is a loss already
//   - ErrFailedPrecondition: the graph is finished
func (g *Graph) AddLoss(loss TensorID, coefficient float64) (err error) {
	err = call(g.held(), func(object *cGraph) (err error) {
		return rawGraphAddLoss(object, loss, coefficient)
	})
	return
}

// AddOutput keeps a tensor for the caller to read after each run (Session.ReadOutput): a result
// beside the losses, such as logits or hidden states.
//
//   - tensor: that a node makes
//   - ErrInvalidArgument: not such a tensor
//   - ErrFailedPrecondition: the graph is finished
func (g *Graph) AddOutput(tensor TensorID) (err error) {
	err = call(g.held(), func(object *cGraph) (err error) {
		return rawGraphAddOutput(object, tensor)
	})
	return
}

// Finish checks the graph and freezes it.
//
//   - ErrInvalidArgument: what does not hold, and where
//   - ErrFailedPrecondition: it is finished already
func (g *Graph) Finish() (err error) {
	err = call(g.held(), func(object *cGraph) (err error) {
		return rawGraphFinish(object)
	})
	return
}

// Text: The graph as text that people can read and Runtime.NewGraphFromText reads back.
//
//   - ErrFailedPrecondition: the graph is not finished
func (g *Graph) Text() (text string, err error) {
	err = call(g.held(), func(object *cGraph) (err error) {
		text, err = rawGraphToText(object)
		return
	})
	return
}

// ParameterElements: How many parameter elements the graph has.
func (g *Graph) ParameterElements() (result int64, err error) {
	err = call(g.held(), func(object *cGraph) (err error) {
		result = rawGraphParameterElements(object)
		return nil
	})
	return
}
