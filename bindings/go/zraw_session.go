// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/session*.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

import "unsafe"

type cSession = C.raddle_session_t

// What C holds of it is in the arena.
func (v *SessionOptions) toC(a *arena, c *C.raddle_session_options_t) {
	*c = C.raddle_session_options_t{}
	c.struct_size = C.size_t(unsafe.Sizeof(*c))
	c.run_directory = a.text("run_directory", v.RunDirectory, true)
	c.resume = a.text("resume", v.Resume, true)
	c.trace_path = a.text("trace_path", v.TracePath, true)
}

func rawSessionCreate(
	context *cContext,
	config *cConfig,
	options *SessionOptions,
	stop *cStop,
) (outSession *cSession, err error) {
	var a arena
	defer a.free()
	var cOptions *C.raddle_session_options_t
	if options != nil {
		cOptions = new(C.raddle_session_options_t)
		options.toC(&a, cOptions)
	}
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_create(context, config, cOptions, stop, &outSession))
	return
}

func rawSessionCreateFromGraph(
	context *cContext,
	config *cConfig,
	graph *cGraph,
	options *SessionOptions,
	stop *cStop,
) (outSession *cSession, err error) {
	var a arena
	defer a.free()
	var cOptions *C.raddle_session_options_t
	if options != nil {
		cOptions = new(C.raddle_session_options_t)
		options.toC(&a, cOptions)
	}
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_create_from_graph(
		context,
		config,
		graph,
		cOptions,
		stop,
		&outSession,
	))
	return
}

func rawSessionOpen(
	context *cContext,
	path string,
	config *cConfig,
	stop *cStop,
) (outSession *cSession, err error) {
	var a arena
	defer a.free()
	cPath := a.text("path", path, false)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_open(context, cPath, config, stop, &outSession))
	return
}

func rawSessionDestroy(session *cSession) {
	C.raddle_session_destroy(&session)
}

func sessionInfoFromC(c *C.raddle_session_info_t) *SessionInfo {
	if c == nil {
		return nil
	}
	return &SessionInfo{
		ParameterElements: int64(c.parameter_elements),
		VocabSize:         int64(c.vocab_size),
		ContextTokens:     int64(c.context_tokens),
		MicroBatchTokens:  int64(c.micro_batch_tokens),
		MicroBatches:      int64(c.micro_batches),
		StepsDone:         int64(c.steps_done),
		StepsTotal:        int64(c.steps_total),
		TokensDone:        int64(c.tokens_done),
		FlopsPerToken:     int64(c.flops_per_token),
		MemoryBytes:       int64(c.memory_bytes),
		Threads:           int32(c.threads),
	}
}

func rawSessionGetInfo(session *cSession) (outInfo SessionInfo, err error) {
	var cOutInfo C.raddle_session_info_t
	cOutInfo.struct_size = C.size_t(unsafe.Sizeof(cOutInfo))
	err = statusError(C.raddle_session_get_info(session, &cOutInfo))
	outInfo = *sessionInfoFromC(&cOutInfo)
	return
}

func rawSessionGetTokenizer(session *cSession) *cTokenizer {
	return C.raddle_session_get_tokenizer(session)
}

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

func rawSessionLogits(
	session *cSession,
	tokens []int32,
	stop *cStop,
	outLogits []float32,
) (err error) {
	cTokenCount := C.int64_t(len(tokens))
	cCapacity := C.int64_t(len(outLogits))
	err = statusError(C.raddle_session_logits(
		session,
		(*C.int32_t)(first(tokens, false)),
		cTokenCount,
		stop,
		(*C.float)(first(outLogits, false)),
		cCapacity,
	))
	return
}

func rawSessionWriteLogits(
	session *cSession,
	tokens []int32,
	path string,
	stop *cStop,
) (err error) {
	var a arena
	defer a.free()
	cTokenCount := C.int64_t(len(tokens))
	cPath := a.text("path", path, false)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_write_logits(
		session,
		(*C.int32_t)(first(tokens, false)),
		cTokenCount,
		cPath,
		stop,
	))
	return
}

// What C holds of it is in the arena.
func (v *GenerateOptions) toC(a *arena, c *C.raddle_generate_options_t) {
	*c = C.raddle_generate_options_t{}
	c.struct_size = C.size_t(unsafe.Sizeof(*c))
	c.max_tokens = C.int64_t(v.MaxTokens)
	c.temperature = -1
	if v.Temperature != nil {
		c.temperature = C.double(*v.Temperature)
	}
	c.top_k = -1
	if v.TopK != nil {
		c.top_k = C.int64_t(*v.TopK)
	}
	c.seed = -1
	if v.Seed != nil {
		c.seed = C.int64_t(*v.Seed)
	}
	c.greedy = cFlag(v.Greedy)
	c.ignore_end = cFlag(v.IgnoreEnd)
}

func generateResultFromC(c *C.raddle_generate_result_t) *GenerateResult {
	if c == nil {
		return nil
	}
	return &GenerateResult{
		TokenCount:      int64(c.token_count),
		PromptMs:        float64(c.prompt_ms),
		TokensPerSecond: float64(c.tokens_per_second),
		Ended:           c.ended != 0,
	}
}

func rawSessionGenerate(
	session *cSession,
	prompt []int32,
	options *GenerateOptions,
	stop *cStop,
	callback tokenCallback,
) (outResult GenerateResult, err error) {
	var a arena
	defer a.free()
	cPromptCount := C.int64_t(len(prompt))
	var cOptions *C.raddle_generate_options_t
	if options != nil {
		cOptions = new(C.raddle_generate_options_t)
		options.toC(&a, cOptions)
	}
	var cOutResult C.raddle_generate_result_t
	cOutResult.struct_size = C.size_t(unsafe.Sizeof(cOutResult))
	var cCallback *upcall
	var cCallbackPointer C.raddle_token_callback_t
	if callback != nil {
		cCallback = newUpcall(callback)
		defer cCallback.release()
		cCallbackPointer = tokenCallbackPointer()
	}
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_generate(
		session,
		(*C.int32_t)(first(prompt, false)),
		cPromptCount,
		cOptions,
		stop,
		&cOutResult,
		cCallbackPointer,
		cCallback.data(),
	))
	outResult = *generateResultFromC(&cOutResult)
	err = cCallback.outcome(err)
	return
}

func rawSessionTensorCount(session *cSession) int64 {
	return int64(C.raddle_session_tensor_count(session))
}

func rawSessionTensorName(session *cSession, index int64) string {
	return C.GoString(C.raddle_session_tensor_name(session, C.int64_t(index)))
}

func rawSessionGetTensor(session *cSession, name string) (outView tensorView, err error) {
	var a arena
	defer a.free()
	cName := a.text("name", name, false)
	var cOutView C.raddle_tensor_view_t
	cOutView.struct_size = C.size_t(unsafe.Sizeof(cOutView))
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_get_tensor(session, cName, &cOutView))
	outView = *tensorViewFromC(&cOutView)
	return
}

type cDLManagedTensor = C.DLManagedTensor

func rawSessionExportTensor(
	session *cSession,
	name string,
) (outTensor *cDLManagedTensor, err error) {
	var a arena
	defer a.free()
	cName := a.text("name", name, false)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_export_tensor(session, cName, &outTensor))
	return
}
