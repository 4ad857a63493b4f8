// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/session_train.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

import "unsafe"

func metricsFromC(c *C.raddle_metrics_t) *Metrics {
	if c == nil {
		return nil
	}
	return &Metrics{
		Step:            int64(c.step),
		Loss:            float64(c.loss),
		TotalLoss:       float64(c.total_loss),
		GradNorm:        float64(c.grad_norm),
		LearningRate:    float64(c.learning_rate),
		StepTokens:      int64(c.step_tokens),
		Tokens:          int64(c.tokens),
		StepMs:          float64(c.step_ms),
		TokensPerSecond: float64(c.tokens_per_second),
		FlopsPerSecond:  float64(c.flops_per_second),
		SkippedTotal:    int64(c.skipped_total),
		Skipped:         c.skipped != 0,
	}
}

// What C holds of it is in the arena.
func (v *Batch) toC(a *arena, c *C.raddle_batch_t) {
	*c = C.raddle_batch_t{}
	c.struct_size = C.size_t(unsafe.Sizeof(*c))
	c.token_count = C.int64_t(len(v.Tokens))
	a.same("targets", len(v.Targets), "tokens", len(v.Tokens), true)
	a.same("weights", len(v.Weights), "tokens", len(v.Tokens), true)
	a.same("positions", len(v.Positions), "tokens", len(v.Tokens), true)
	c.sequence_count = C.int64_t(positive(len(v.CuSeqlens) - 1))
	c.tokens = (*C.int32_t)(copyIn(a, v.Tokens, false))
	c.targets = (*C.int32_t)(copyIn(a, v.Targets, true))
	c.weights = (*C.float)(copyIn(a, v.Weights, true))
	c.positions = (*C.int32_t)(copyIn(a, v.Positions, true))
	c.cu_seqlens = (*C.int32_t)(copyIn(a, v.CuSeqlens, true))
}

func rawSessionStep(
	session *cSession,
	batches []Batch,
	stop *cStop,
) (outMetrics Metrics, err error) {
	var a arena
	defer a.free()
	cBatchCount := C.int64_t(len(batches))
	cBatches := allocate[C.raddle_batch_t](&a, len(batches))
	for i := range batches {
		batches[i].toC(&a, &cBatches[i])
	}
	var cOutMetrics C.raddle_metrics_t
	cOutMetrics.struct_size = C.size_t(unsafe.Sizeof(cOutMetrics))
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_step(
		session,
		(*C.raddle_batch_t)(first(cBatches, false)),
		cBatchCount,
		stop,
		&cOutMetrics,
	))
	outMetrics = *metricsFromC(&cOutMetrics)
	return
}

func rawSessionStepOnData(session *cSession, stop *cStop) (outMetrics Metrics, err error) {
	var cOutMetrics C.raddle_metrics_t
	cOutMetrics.struct_size = C.size_t(unsafe.Sizeof(cOutMetrics))
	err = statusError(C.raddle_session_step_on_data(session, stop, &cOutMetrics))
	outMetrics = *metricsFromC(&cOutMetrics)
	return
}

// What C holds of it is in the arena.
func (v *tensorView) toC(a *arena, c *C.raddle_tensor_view_t) {
	*c = C.raddle_tensor_view_t{}
	c.struct_size = C.size_t(unsafe.Sizeof(*c))
	c.name = a.text("name", v.name, false)
	c.data = v.data
	c.dtype = C.raddle_dtype_t(v.dtype)
	c.rank = C.int32_t(v.rank)
	for i, one := range v.dims {
		c.dims[i] = C.int64_t(one)
	}
}

func tensorViewFromC(c *C.raddle_tensor_view_t) *tensorView {
	if c == nil {
		return nil
	}
	v := &tensorView{
		name:  C.GoString(c.name),
		data:  c.data,
		dtype: DType(c.dtype),
		rank:  int32(c.rank),
	}
	for i, one := range c.dims {
		v.dims[i] = int64(one)
	}
	return v
}

func rawSessionStepInputs(
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
	err = statusError(C.raddle_session_step_inputs(
		session,
		(*C.raddle_tensor_view_t)(first(cInputs, false)),
		cInputCount,
		stop,
		&cOutMetrics,
	))
	outMetrics = *metricsFromC(&cOutMetrics)
	return
}

func evaluationFromC(c *C.raddle_evaluation_t) *Evaluation {
	if c == nil {
		return nil
	}
	return &Evaluation{
		Step:        int64(c.step),
		Loss:        float64(c.loss),
		Perplexity:  float64(c.perplexity),
		BitsPerByte: float64(c.bits_per_byte),
		Tokens:      int64(c.tokens),
		Bytes:       int64(c.bytes),
		Seconds:     float64(c.seconds),
	}
}

func rawSessionEvaluate(session *cSession, stop *cStop) (outEvaluation Evaluation, err error) {
	var cOutEvaluation C.raddle_evaluation_t
	cOutEvaluation.struct_size = C.size_t(unsafe.Sizeof(cOutEvaluation))
	err = statusError(C.raddle_session_evaluate(session, stop, &cOutEvaluation))
	outEvaluation = *evaluationFromC(&cOutEvaluation)
	return
}

func eventFromC(c *C.raddle_event_t) *Event {
	if c == nil {
		return nil
	}
	return &Event{
		Kind:       EventKind(c.kind),
		Step:       int64(c.step),
		StepsTotal: int64(c.steps_total),
		Metrics:    metricsFromC(c.metrics),
		Evaluation: evaluationFromC(c.evaluation),
		Path:       C.GoString(c.path),
		Message:    C.GoString(c.message),
		Text:       C.GoStringN(c.text, C.int(c.text_bytes)),
		Token:      int32(c.token),
	}
}

func trainResultFromC(c *C.raddle_train_result_t) *TrainResult {
	if c == nil {
		return nil
	}
	return &TrainResult{
		StepsDone: int64(c.steps_done),
		Stopped:   c.stopped != 0,
		Saved:     c.saved != 0,
		Seconds:   float64(c.seconds),
	}
}

func rawSessionTrain(
	session *cSession,
	stop *cStop,
	callback eventCallback,
) (outResult TrainResult, err error) {
	var cOutResult C.raddle_train_result_t
	cOutResult.struct_size = C.size_t(unsafe.Sizeof(cOutResult))
	var cCallback *upcall
	var cCallbackPointer C.raddle_event_callback_t
	if callback != nil {
		cCallback = newUpcall(callback)
		defer cCallback.release()
		cCallbackPointer = eventCallbackPointer()
	}
	err = statusError(C.raddle_session_train(
		session,
		stop,
		&cOutResult,
		cCallbackPointer,
		cCallback.data(),
	))
	outResult = *trainResultFromC(&cOutResult)
	err = cCallback.outcome(err)
	return
}
