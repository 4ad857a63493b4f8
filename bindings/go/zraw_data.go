// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/data.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

import "unsafe"

type cTokenizer = C.raddle_tokenizer_t

func rawTokenizerOpen(context *cContext, name string) (outTokenizer *cTokenizer, err error) {
	var a arena
	defer a.free()
	cName := a.text("name", name, false)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_tokenizer_open(context, cName, &outTokenizer))
	return
}

func rawTokenizerTrain(
	context *cContext,
	config *cConfig,
	stop *cStop,
) (outTokenizer *cTokenizer, err error) {
	err = statusError(C.raddle_tokenizer_train(context, config, stop, &outTokenizer))
	return
}

func rawTokenizerDestroy(tokenizer *cTokenizer) {
	C.raddle_tokenizer_destroy(&tokenizer)
}

func rawTokenizerSave(tokenizer *cTokenizer, path string) (err error) {
	var a arena
	defer a.free()
	cPath := a.text("path", path, false)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_tokenizer_save(tokenizer, cPath))
	return
}

func rawTokenizerVocabSize(tokenizer *cTokenizer) int64 {
	return int64(C.raddle_tokenizer_vocab_size(tokenizer))
}

func rawTokenizerEndToken(tokenizer *cTokenizer) int32 {
	return int32(C.raddle_tokenizer_end_token(tokenizer))
}

func rawTokenizerEncode(
	tokenizer *cTokenizer,
	text []byte,
	outTokens []int32,
) (outCount int64, err error) {
	cTextBytes := C.size_t(len(text))
	cCapacity := C.int64_t(len(outTokens))
	var cOutCount C.int64_t
	err = statusError(C.raddle_tokenizer_encode(
		tokenizer,
		(*C.char)(first(text, false)),
		cTextBytes,
		(*C.int32_t)(first(outTokens, true)),
		cCapacity,
		&cOutCount,
	))
	outCount = int64(cOutCount)
	return
}

func rawTokenizerEncodePrompt(
	tokenizer *cTokenizer,
	text []byte,
	outTokens []int32,
) (outCount int64, err error) {
	cTextBytes := C.size_t(len(text))
	cCapacity := C.int64_t(len(outTokens))
	var cOutCount C.int64_t
	err = statusError(C.raddle_tokenizer_encode_prompt(
		tokenizer,
		(*C.char)(first(text, false)),
		cTextBytes,
		(*C.int32_t)(first(outTokens, true)),
		cCapacity,
		&cOutCount,
	))
	outCount = int64(cOutCount)
	return
}

func rawTokenizerDecode(tokenizer *cTokenizer, tokens []int32) (outText string, err error) {
	cTokenCount := C.int64_t(len(tokens))
	var cOutText *C.char
	var cOutBytes C.size_t
	err = statusError(C.raddle_tokenizer_decode(
		tokenizer,
		(*C.int32_t)(first(tokens, false)),
		cTokenCount,
		&cOutText,
		&cOutBytes,
	))
	outText = takeBytes(cOutText, cOutBytes)
	return
}

func tokenizeResultFromC(c *C.raddle_tokenize_result_t) *TokenizeResult {
	if c == nil {
		return nil
	}
	return &TokenizeResult{
		Documents: int64(c.documents),
		Tokens:    int64(c.tokens),
		Bytes:     int64(c.bytes),
		Replaced:  int64(c.replaced),
	}
}

func rawDataTokenize(
	context *cContext,
	config *cConfig,
	path string,
	stop *cStop,
) (outResult TokenizeResult, err error) {
	var a arena
	defer a.free()
	cPath := a.text("path", path, false)
	var cOutResult C.raddle_tokenize_result_t
	cOutResult.struct_size = C.size_t(unsafe.Sizeof(cOutResult))
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_data_tokenize(context, config, cPath, stop, &cOutResult))
	outResult = *tokenizeResultFromC(&cOutResult)
	return
}

func rawDataInspect(
	context *cContext,
	config *cConfig,
	path string,
	stop *cStop,
) (outJSON string, err error) {
	var a arena
	defer a.free()
	cPath := a.text("path", path, false)
	var cOutJSON *C.char
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_data_inspect(context, config, cPath, stop, &cOutJSON))
	outJSON = takeText(cOutJSON)
	return
}
