// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/steps.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

import "unsafe"

// What C holds of it is in the arena.
func (v *BackwardOptions) toC(a *arena, c *C.raddle_backward_options_t) {
	*c = C.raddle_backward_options_t{}
	c.struct_size = C.size_t(unsafe.Sizeof(*c))
	c.weight_sum = C.double(v.WeightSum)
	c.accumulate = cFlag(v.Accumulate)
}

func rawSessionBackward(
	session *cSession,
	batches []Batch,
	options *BackwardOptions,
	stop *cStop,
) (outMetrics Metrics, err error) {
	var a arena
	defer a.free()
	cBatchCount := C.int64_t(len(batches))
	cBatches := allocate[C.raddle_batch_t](&a, len(batches))
	for i := range batches {
		batches[i].toC(&a, &cBatches[i])
	}
	var cOptions *C.raddle_backward_options_t
	if options != nil {
		cOptions = new(C.raddle_backward_options_t)
		options.toC(&a, cOptions)
	}
	var cOutMetrics C.raddle_metrics_t
	cOutMetrics.struct_size = C.size_t(unsafe.Sizeof(cOutMetrics))
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_backward(
		session,
		(*C.raddle_batch_t)(first(cBatches, false)),
		cBatchCount,
		cOptions,
		stop,
		&cOutMetrics,
	))
	outMetrics = *metricsFromC(&cOutMetrics)
	return
}

func rawSessionBackwardInputs(
	session *cSession,
	inputs []tensorView,
	options *BackwardOptions,
	stop *cStop,
) (outMetrics Metrics, err error) {
	var a arena
	defer a.free()
	cInputCount := C.int64_t(len(inputs))
	cInputs := allocate[C.raddle_tensor_view_t](&a, len(inputs))
	for i := range inputs {
		inputs[i].toC(&a, &cInputs[i])
	}
	var cOptions *C.raddle_backward_options_t
	if options != nil {
		cOptions = new(C.raddle_backward_options_t)
		options.toC(&a, cOptions)
	}
	var cOutMetrics C.raddle_metrics_t
	cOutMetrics.struct_size = C.size_t(unsafe.Sizeof(cOutMetrics))
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_backward_inputs(
		session,
		(*C.raddle_tensor_view_t)(first(cInputs, false)),
		cInputCount,
		cOptions,
		stop,
		&cOutMetrics,
	))
	outMetrics = *metricsFromC(&cOutMetrics)
	return
}

// What C holds of it is in the arena.
func (v *ApplyOptions) toC(a *arena, c *C.raddle_apply_options_t) {
	*c = C.raddle_apply_options_t{}
	c.struct_size = C.size_t(unsafe.Sizeof(*c))
	c.learning_rate = C.double(v.LearningRate)
	c.own_learning_rate = cFlag(v.OwnLearningRate)
}

func rawSessionApply(session *cSession, options *ApplyOptions) (outMetrics Metrics, err error) {
	var a arena
	defer a.free()
	var cOptions *C.raddle_apply_options_t
	if options != nil {
		cOptions = new(C.raddle_apply_options_t)
		options.toC(&a, cOptions)
	}
	var cOutMetrics C.raddle_metrics_t
	cOutMetrics.struct_size = C.size_t(unsafe.Sizeof(cOutMetrics))
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_apply(session, cOptions, &cOutMetrics))
	outMetrics = *metricsFromC(&cOutMetrics)
	return
}

func rawSessionStepTokens(
	session *cSession,
	tokens []int32,
	targets []int32,
	weights []float32,
	positions []int32,
	cuSeqlens []int32,
	stop *cStop,
) (outMetrics Metrics, err error) {
	var a arena
	defer a.free()
	cTokenCount := C.int64_t(len(tokens))
	a.same("targets", len(targets), "tokens", len(tokens), true)
	a.same("weights", len(weights), "tokens", len(tokens), true)
	a.same("positions", len(positions), "tokens", len(tokens), true)
	cSequenceCount := C.int64_t(positive(len(cuSeqlens) - 1))
	var cOutMetrics C.raddle_metrics_t
	cOutMetrics.struct_size = C.size_t(unsafe.Sizeof(cOutMetrics))
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_step_tokens(
		session,
		(*C.int32_t)(first(tokens, false)),
		cTokenCount,
		(*C.int32_t)(first(targets, true)),
		(*C.float)(first(weights, true)),
		(*C.int32_t)(first(positions, true)),
		(*C.int32_t)(first(cuSeqlens, true)),
		cSequenceCount,
		stop,
		&cOutMetrics,
	))
	outMetrics = *metricsFromC(&cOutMetrics)
	return
}

func rawSessionTrainOn(
	session *cSession,
	source batchSource,
	stop *cStop,
	callback eventCallback,
) (outResult TrainResult, err error) {
	var cSource *upcall
	var cSourcePointer C.raddle_batch_source_t
	if source != nil {
		cSource = newUpcall(source)
		defer cSource.release()
		cSourcePointer = batchSourcePointer()
	}
	var cOutResult C.raddle_train_result_t
	cOutResult.struct_size = C.size_t(unsafe.Sizeof(cOutResult))
	var cCallback *upcall
	var cCallbackPointer C.raddle_event_callback_t
	if callback != nil {
		cCallback = newUpcall(callback)
		defer cCallback.release()
		cCallbackPointer = eventCallbackPointer()
	}
	err = statusError(C.raddle_session_train_on(
		session,
		cSourcePointer,
		cSource.data(),
		stop,
		&cOutResult,
		cCallbackPointer,
		cCallback.data(),
	))
	outResult = *trainResultFromC(&cOutResult)
	err = cSource.outcome(err)
	err = cCallback.outcome(err)
	return
}

func rawSessionEvaluateBatches(
	session *cSession,
	batches []Batch,
	stop *cStop,
) (outEvaluation Evaluation, err error) {
	var a arena
	defer a.free()
	cBatchCount := C.int64_t(len(batches))
	cBatches := allocate[C.raddle_batch_t](&a, len(batches))
	for i := range batches {
		batches[i].toC(&a, &cBatches[i])
	}
	var cOutEvaluation C.raddle_evaluation_t
	cOutEvaluation.struct_size = C.size_t(unsafe.Sizeof(cOutEvaluation))
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_evaluate_batches(
		session,
		(*C.raddle_batch_t)(first(cBatches, false)),
		cBatchCount,
		stop,
		&cOutEvaluation,
	))
	outEvaluation = *evaluationFromC(&cOutEvaluation)
	return
}

func rawSessionForwardInputs(
	session *cSession,
	inputs []tensorView,
	stop *cStop,
) (outMetrics Metrics, err error) {
	var a arena
	defer a.free()
	cInputCount := C.int64_t(len(inputs))
	cInputs := allocate[C.raddle_tensor_view_t](&a, len(inputs))
	for i := range inputs {
		inputs[i].toC(&a, &cInputs[i])
	}
	var cOutMetrics C.raddle_metrics_t
	cOutMetrics.struct_size = C.size_t(unsafe.Sizeof(cOutMetrics))
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_forward_inputs(
		session,
		(*C.raddle_tensor_view_t)(first(cInputs, false)),
		cInputCount,
		stop,
		&cOutMetrics,
	))
	outMetrics = *metricsFromC(&cOutMetrics)
	return
}

func rawSessionReadOutput(session *cSession, name string, outData []byte) (err error) {
	var a arena
	defer a.free()
	cBytes := C.size_t(len(outData))
	cName := a.text("name", name, false)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_read_output(session, cName, first(outData, false), cBytes))
	return
}

func rawSessionReadTensor(session *cSession, name string, outValues []float32) (err error) {
	var a arena
	defer a.free()
	cCount := C.int64_t(len(outValues))
	cName := a.text("name", name, false)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_read_tensor(
		session,
		cName,
		(*C.float)(first(outValues, false)),
		cCount,
	))
	return
}

func rawSessionWriteTensor(session *cSession, name string, values []float32) (err error) {
	var a arena
	defer a.free()
	cCount := C.int64_t(len(values))
	cName := a.text("name", name, false)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_write_tensor(
		session,
		cName,
		(*C.float)(first(values, false)),
		cCount,
	))
	return
}

func rawSessionGetConfig(session *cSession) (outConfig *cConfig, err error) {
	err = statusError(C.raddle_session_get_config(session, &outConfig))
	return
}
