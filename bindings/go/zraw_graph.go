// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/graph.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

import "unsafe"

type cGraph = C.raddle_graph_t

func opInfoFromC(c *C.raddle_op_info_t) *OpInfo {
	if c == nil {
		return nil
	}
	return &OpInfo{
		Name:          C.GoString(c.name),
		Inputs:        C.GoString(c.inputs),
		Outputs:       C.GoString(c.outputs),
		Attributes:    C.GoString(c.attributes),
		Help:          C.GoString(c.help),
		InputCountMin: int64(c.input_count_min),
		InputCountMax: int64(c.input_count_max),
		OutputCount:   int64(c.output_count),
	}
}

func rawOpCount() int64 {
	return int64(C.raddle_op_count())
}

func rawOpGetInfo(index int64) (outInfo OpInfo, err error) {
	var cOutInfo C.raddle_op_info_t
	cOutInfo.struct_size = C.size_t(unsafe.Sizeof(cOutInfo))
	err = statusError(C.raddle_op_get_info(C.int64_t(index), &cOutInfo))
	outInfo = *opInfoFromC(&cOutInfo)
	return
}

func rawGraphCreate(context *cContext) (outGraph *cGraph, err error) {
	err = statusError(C.raddle_graph_create(context, &outGraph))
	return
}

func rawGraphDestroy(graph *cGraph) {
	C.raddle_graph_destroy(&graph)
}

func rawGraphCreateModel(context *cContext, config *cConfig) (outGraph *cGraph, err error) {
	err = statusError(C.raddle_graph_create_model(context, config, &outGraph))
	return
}

func rawGraphCreateFromText(context *cContext, text []byte) (outGraph *cGraph, err error) {
	cTextBytes := C.size_t(len(text))
	err = statusError(C.raddle_graph_create_from_text(
		context,
		(*C.char)(first(text, false)),
		cTextBytes,
		&outGraph,
	))
	return
}

func rawGraphAddInput(
	graph *cGraph,
	name string,
	dtype DType,
	dims []int64,
) (outTensor TensorID, err error) {
	var a arena
	defer a.free()
	cRank := C.int32_t(len(dims))
	cName := a.text("name", name, false)
	var cOutTensor C.raddle_tensor_id_t
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_graph_add_input(
		graph,
		cName,
		C.raddle_dtype_t(dtype),
		(*C.int64_t)(first(dims, true)),
		cRank,
		&cOutTensor,
	))
	outTensor = TensorID(cOutTensor)
	return
}

func rawGraphAddParameter(
	graph *cGraph,
	name string,
	dtype DType,
	dims []int64,
	attributes string,
) (outTensor TensorID, err error) {
	var a arena
	defer a.free()
	cRank := C.int32_t(len(dims))
	cName := a.text("name", name, false)
	cAttributes := a.text("attributes", attributes, true)
	var cOutTensor C.raddle_tensor_id_t
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_graph_add_parameter(
		graph,
		cName,
		C.raddle_dtype_t(dtype),
		(*C.int64_t)(first(dims, true)),
		cRank,
		cAttributes,
		&cOutTensor,
	))
	outTensor = TensorID(cOutTensor)
	return
}

func rawGraphAddOp(
	graph *cGraph,
	op string,
	name string,
	inputs []TensorID,
	attributes string,
	outOutputs []TensorID,
) (err error) {
	var a arena
	defer a.free()
	cInputCount := C.int64_t(len(inputs))
	cOutputCount := C.int64_t(len(outOutputs))
	cOp := a.text("op", op, false)
	cName := a.text("name", name, true)
	cAttributes := a.text("attributes", attributes, true)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_graph_add_op(
		graph,
		cOp,
		cName,
		(*C.raddle_tensor_id_t)(first(inputs, false)),
		cInputCount,
		cAttributes,
		(*C.raddle_tensor_id_t)(first(outOutputs, false)),
		cOutputCount,
	))
	return
}

func rawGraphSetBlock(graph *cGraph, block int32) (err error) {
	err = statusError(C.raddle_graph_set_block(graph, C.int32_t(block)))
	return
}

func rawGraphSetPrecision(graph *cGraph, dtype DType) (err error) {
	err = statusError(C.raddle_graph_set_precision(graph, C.raddle_dtype_t(dtype)))
	return
}

func rawGraphAddLoss(graph *cGraph, loss TensorID, coefficient float64) (err error) {
	err = statusError(C.raddle_graph_add_loss(
		graph,
		C.raddle_tensor_id_t(loss),
		C.double(coefficient),
	))
	return
}

func rawGraphAddOutput(graph *cGraph, tensor TensorID) (err error) {
	err = statusError(C.raddle_graph_add_output(graph, C.raddle_tensor_id_t(tensor)))
	return
}

func rawGraphFinish(graph *cGraph) (err error) {
	err = statusError(C.raddle_graph_finish(graph))
	return
}

func rawGraphToText(graph *cGraph) (outText string, err error) {
	var cOutText *C.char
	err = statusError(C.raddle_graph_to_text(graph, &cOutText))
	outText = takeText(cOutText)
	return
}

func rawGraphParameterElements(graph *cGraph) int64 {
	return int64(C.raddle_graph_parameter_elements(graph))
}
