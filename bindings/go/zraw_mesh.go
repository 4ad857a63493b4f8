// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/mesh.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

func rawMeshPlan(
	context *cContext,
	lengths []int64,
	ranks int64,
	capacity int64,
	costPath string,
	withPlan int32,
) (outJSON string, err error) {
	var a arena
	defer a.free()
	cLengthCount := C.int64_t(len(lengths))
	cCostPath := a.text("cost_path", costPath, true)
	var cOutJSON *C.char
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_mesh_plan(
		context,
		(*C.int64_t)(first(lengths, false)),
		cLengthCount,
		C.int64_t(ranks),
		C.int64_t(capacity),
		cCostPath,
		C.int32_t(withPlan),
		&cOutJSON,
	))
	outJSON = takeText(cOutJSON)
	return
}

func rawMeshPlanGroups(
	context *cContext,
	lengths []int64,
	ranks int64,
	capacity int64,
	anySize int32,
	costPath string,
	withPlan int32,
) (outJSON string, err error) {
	var a arena
	defer a.free()
	cLengthCount := C.int64_t(len(lengths))
	cCostPath := a.text("cost_path", costPath, false)
	var cOutJSON *C.char
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_mesh_plan_groups(
		context,
		(*C.int64_t)(first(lengths, false)),
		cLengthCount,
		C.int64_t(ranks),
		C.int64_t(capacity),
		C.int32_t(anySize),
		cCostPath,
		C.int32_t(withPlan),
		&cOutJSON,
	))
	outJSON = takeText(cOutJSON)
	return
}

func rawMeshSimulate(
	context *cContext,
	lengths []int64,
	ranks int64,
	capacity int64,
	longest int64,
	profile string,
) (outJSON string, err error) {
	var a arena
	defer a.free()
	cLengthCount := C.int64_t(len(lengths))
	cProfile := a.text("profile", profile, true)
	var cOutJSON *C.char
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_mesh_simulate(
		context,
		(*C.int64_t)(first(lengths, false)),
		cLengthCount,
		C.int64_t(ranks),
		C.int64_t(capacity),
		C.int64_t(longest),
		cProfile,
		&cOutJSON,
	))
	outJSON = takeText(cOutJSON)
	return
}

func rawMeshDrawLengths(
	context *cContext,
	set string,
	tokens int64,
	seed int64,
) (outJSON string, err error) {
	var a arena
	defer a.free()
	cSet := a.text("set", set, false)
	var cOutJSON *C.char
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_mesh_draw_lengths(
		context,
		cSet,
		C.int64_t(tokens),
		C.int64_t(seed),
		&cOutJSON,
	))
	outJSON = takeText(cOutJSON)
	return
}
