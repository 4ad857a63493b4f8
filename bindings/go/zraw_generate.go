// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/generate.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

import "unsafe"

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
