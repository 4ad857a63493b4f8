// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/operation.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

import "unsafe"

type cOperation = C.raddle_operation_t

func rawSessionTrainStart(session *cSession, stop *cStop) (outOperation *cOperation, err error) {
	err = statusError(C.raddle_session_train_start(session, stop, &outOperation))
	return
}

func rawSessionGenerateStart(
	session *cSession,
	prompt []int32,
	options *GenerateOptions,
	stop *cStop,
) (outOperation *cOperation, err error) {
	var a arena
	defer a.free()
	cPromptCount := C.int64_t(len(prompt))
	var cOptions *C.raddle_generate_options_t
	if options != nil {
		cOptions = new(C.raddle_generate_options_t)
		options.toC(&a, cOptions)
	}
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_generate_start(
		session,
		(*C.int32_t)(first(prompt, false)),
		cPromptCount,
		cOptions,
		stop,
		&outOperation,
	))
	return
}

func rawOperationPoll(operation *cOperation, timeoutMs int64) (outEvent *Event, err error) {
	var cOutEvent *C.raddle_event_t
	err = statusError(C.raddle_operation_poll(operation, C.int64_t(timeoutMs), &cOutEvent))
	outEvent = eventFromC(cOutEvent)
	return
}

func rawOperationJoin(
	operation *cOperation,
) (outTrained TrainResult, outGenerated GenerateResult, err error) {
	var cOutTrained C.raddle_train_result_t
	cOutTrained.struct_size = C.size_t(unsafe.Sizeof(cOutTrained))
	var cOutGenerated C.raddle_generate_result_t
	cOutGenerated.struct_size = C.size_t(unsafe.Sizeof(cOutGenerated))
	err = statusError(C.raddle_operation_join(operation, &cOutTrained, &cOutGenerated))
	outTrained = *trainResultFromC(&cOutTrained)
	outGenerated = *generateResultFromC(&cOutGenerated)
	return
}

func rawOperationDestroy(operation *cOperation) {
	C.raddle_operation_destroy(&operation)
}
