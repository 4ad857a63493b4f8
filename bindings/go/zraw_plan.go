// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/plan.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

import "unsafe"

type cPlan = C.raddle_plan_t

func memoryTableFromC(c *C.raddle_memory_table_t) *MemoryTable {
	if c == nil {
		return nil
	}
	return &MemoryTable{
		ParameterBytes:  int64(c.parameter_bytes),
		GradientBytes:   int64(c.gradient_bytes),
		OptimizerBytes:  int64(c.optimizer_bytes),
		ActivationBytes: int64(c.activation_bytes),
		ScratchBytes:    int64(c.scratch_bytes),
		OtherBytes:      int64(c.other_bytes),
		TotalBytes:      int64(c.total_bytes),
		LimitBytes:      int64(c.limit_bytes),
		MissingBytes:    int64(c.missing_bytes),
	}
}

func rawPlanCreate(
	context *cContext,
	config *cConfig,
	graph *cGraph,
) (outPlan *cPlan, err error) {
	err = statusError(C.raddle_plan_create(context, config, graph, &outPlan))
	return
}

func rawPlanDestroy(plan *cPlan) {
	C.raddle_plan_destroy(&plan)
}

func rawPlanGetMemory(plan *cPlan) (outTable MemoryTable, err error) {
	var cOutTable C.raddle_memory_table_t
	cOutTable.struct_size = C.size_t(unsafe.Sizeof(cOutTable))
	err = statusError(C.raddle_plan_get_memory(plan, &cOutTable))
	outTable = *memoryTableFromC(&cOutTable)
	return
}

func rawPlanExplain(plan *cPlan) (outText string, err error) {
	var cOutText *C.char
	err = statusError(C.raddle_plan_explain(plan, &cOutText))
	outText = takeText(cOutText)
	return
}

func rawPlanToJSON(plan *cPlan) (outJSON string, err error) {
	var cOutJSON *C.char
	err = statusError(C.raddle_plan_to_json(plan, &cOutJSON))
	outJSON = takeText(cOutJSON)
	return
}

func rawPlanHash(plan *cPlan) uint64 {
	return uint64(C.raddle_plan_hash(plan))
}
