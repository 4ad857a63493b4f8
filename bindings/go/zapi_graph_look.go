// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/graph_look.toml. DO NOT EDIT.

package raddle

import "strconv"

// TensorKind: Where a tensor of a graph comes from.
type TensorKind int32

const (
	// the caller gives it with every micro-batch
	TensorInput TensorKind = 0
	// part of the state
	TensorParameter TensorKind = 1
	// kept from one run to the next
	TensorCache TensorKind = 2
	// a node makes it
	TensorActivation TensorKind = 3
)

// String is the name that messages and the configuration have for it.
func (v TensorKind) String() string {
	switch v {
	case TensorInput:
		return "input"
	case TensorParameter:
		return "parameter"
	case TensorCache:
		return "cache"
	case TensorActivation:
		return "activation"
	}
	return "TensorKind(" + strconv.Itoa(int(v)) + ")"
}

// GraphTensor: One tensor of a graph.
type GraphTensor struct {
	Name  string
	Kind  TensorKind
	DType DType
	Rank  int32
	// index of the node that makes it; -1: none
	Node int32
	// the first Rank
	Dims [4]int64
	// 0: it is no loss
	LossCoefficient float64
	// true: Graph.AddOutput was called on it
	IsOutput bool
}

// GraphNode: One operation of a graph.
type GraphNode struct {
	// "linear"
	Op string
	// as Graph.SetBlock was told; -1: none
	Block int32
	// one an input of the op, NoTensor for those left out
	Inputs  []TensorID
	Outputs []TensorID
	// in the order of Attributes of raddle_op_get_info()
	Attributes []float64
}

// TensorCount: How many tensors a finished graph has: they are numbered from 0.
func (g *Graph) TensorCount() (result int64, err error) {
	err = call(g.held(), func(object *cGraph) (err error) {
		result = rawGraphTensorCount(object)
		return nil
	})
	return
}

// Tensor describes a tensor of a finished graph.
//
//   - ErrOutOfRange: there is no such tensor
//   - ErrFailedPrecondition: the graph is not finished
func (g *Graph) Tensor(tensor TensorID) (tensorOut GraphTensor, err error) {
	err = call(g.held(), func(object *cGraph) (err error) {
		tensorOut, err = rawGraphGetTensor(object, tensor)
		return
	})
	return
}

// FindTensor: The tensor of that name in a finished graph.
//
//   - ErrNotFound: there is none; the nearest is named
//   - ErrFailedPrecondition: the graph is not finished
func (g *Graph) FindTensor(name string) (tensor TensorID, err error) {
	err = call(g.held(), func(object *cGraph) (err error) {
		tensor, err = rawGraphFindTensor(object, name)
		return
	})
	return
}

// NodeCount: How many operations a finished graph has, in the order in which they run.
func (g *Graph) NodeCount() (result int64, err error) {
	err = call(g.held(), func(object *cGraph) (err error) {
		result = rawGraphNodeCount(object)
		return nil
	})
	return
}

// Node describes an operation of a finished graph.
//
//   - ErrOutOfRange: there is no such node
//   - ErrFailedPrecondition: the graph is not finished
func (g *Graph) Node(index int64) (node GraphNode, err error) {
	err = call(g.held(), func(object *cGraph) (err error) {
		node, err = rawGraphGetNode(object, index)
		return
	})
	return
}
