// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/session.toml. DO NOT EDIT.

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

func rawSessionCreateInWorld(
	context *cContext,
	world *cWorld,
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
	err = statusError(C.raddle_session_create_in_world(
		context,
		world,
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
