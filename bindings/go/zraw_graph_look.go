// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/graph_look.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

import "unsafe"

func graphTensorFromC(c *C.raddle_graph_tensor_t) *GraphTensor {
	if c == nil {
		return nil
	}
	v := &GraphTensor{
		Name:            C.GoString(c.name),
		Kind:            TensorKind(c.kind),
		DType:           DType(c.dtype),
		Rank:            int32(c.rank),
		Node:            int32(c.node),
		LossCoefficient: float64(c.loss_coefficient),
		IsOutput:        c.is_output != 0,
	}
	for i, one := range c.dims {
		v.Dims[i] = int64(one)
	}
	return v
}

func graphNodeFromC(c *C.raddle_graph_node_t) *GraphNode {
	if c == nil {
		return nil
	}
	return &GraphNode{
		Op:         C.GoString(c.op),
		Block:      int32(c.block),
		Inputs:     copyOut((*TensorID)(unsafe.Pointer(c.inputs)), int(c.input_count)),
		Outputs:    copyOut((*TensorID)(unsafe.Pointer(c.outputs)), int(c.output_count)),
		Attributes: copyOut((*float64)(unsafe.Pointer(c.attributes)), int(c.attribute_count)),
	}
}

func rawGraphTensorCount(graph *cGraph) int64 {
	return int64(C.raddle_graph_tensor_count(graph))
}

func rawGraphGetTensor(graph *cGraph, tensor TensorID) (outTensor GraphTensor, err error) {
	var cOutTensor C.raddle_graph_tensor_t
	cOutTensor.struct_size = C.size_t(unsafe.Sizeof(cOutTensor))
	err = statusError(C.raddle_graph_get_tensor(graph, C.raddle_tensor_id_t(tensor), &cOutTensor))
	outTensor = *graphTensorFromC(&cOutTensor)
	return
}

func rawGraphFindTensor(graph *cGraph, name string) (outTensor TensorID, err error) {
	var a arena
	defer a.free()
	cName := a.text("name", name, false)
	var cOutTensor C.raddle_tensor_id_t
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_graph_find_tensor(graph, cName, &cOutTensor))
	outTensor = TensorID(cOutTensor)
	return
}

func rawGraphNodeCount(graph *cGraph) int64 {
	return int64(C.raddle_graph_node_count(graph))
}

func rawGraphGetNode(graph *cGraph, index int64) (outNode GraphNode, err error) {
	var cOutNode C.raddle_graph_node_t
	cOutNode.struct_size = C.size_t(unsafe.Sizeof(cOutNode))
	err = statusError(C.raddle_graph_get_node(graph, C.int64_t(index), &cOutNode))
	outNode = *graphNodeFromC(&cOutNode)
	return
}
