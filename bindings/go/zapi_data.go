// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/data.toml. DO NOT EDIT.

package raddle

import (
	"context"
	"encoding/json"
)

// Tokenizer: Turns text into tokens and back. Immutable: any number of threads may use one.
type Tokenizer struct{ handle *handle[cTokenizer] }

// Close frees it. Calls that run in it end with ErrCancelled; Close waits for them.
func (t *Tokenizer) Close() error { return t.held().Close() }

func (t *Tokenizer) held() *handle[cTokenizer] {
	if t == nil {
		return nil
	}
	return t.handle
}

func newTokenizer(object *cTokenizer, parent holder) *Tokenizer {
	return &Tokenizer{newHandle("tokenizer", object, parent, nil,
		rawTokenizerDestroy)}
}

// OpenTokenizer opens a tokenizer.
//
//   - name: "bytes" (256 tokens and an end of text), a tokenizer.json in Hugging Face's format, or
//     a directory with one
//   - ErrNotFound: no such file
//   - ErrInvalidArgument: not a tokenizer.json
//   - ErrUnimplemented: a model or step of the pipeline that Raddle lacks; names it
func (r *Runtime) OpenTokenizer(
	ctx context.Context,
	name string,
) (tokenizer *Tokenizer, err error) {
	err = block(ctx, r.held(), func(object *cContext, _ *cStop) (err error) {
		made, err := rawTokenizerOpen(object, name)
		if err == nil {
			tokenizer = newTokenizer(made, r.handle)
		}
		return err
	})
	return
}

// TrainTokenizer trains a byte-level BPE tokenizer on the texts of data.path (as data.format and
// data.text_field say) with data.vocab_size tokens, or fewer and a warning in the log if the
// texts have too few pairs. The same texts give the same tokenizer.
//
//   - ErrNotFound: a file of data.path
//   - ErrInvalidArgument: data.path is empty
//   - ErrCancelled: the context is done, or its Stop was set
func (r *Runtime) TrainTokenizer(
	ctx context.Context,
	config *Config,
) (tokenizer *Tokenizer, err error) {
	configObject, err := config.held().enter()
	if err != nil {
		return
	}
	defer config.held().leave()
	err = block(ctx, r.held(), func(object *cContext, stop *cStop) (err error) {
		made, err := rawTokenizerTrain(object, configObject, stop)
		if err == nil {
			tokenizer = newTokenizer(made, r.handle)
		}
		return err
	})
	return
}

// Save writes it as a Hugging Face tokenizer.json, atomically.
//
//   - path: a file that is not there yet
//   - ErrAlreadyExists: there is something at `path`; it is kept
//   - ErrIO
//   - ErrResourceExhausted
func (t *Tokenizer) Save(ctx context.Context, path string) (err error) {
	err = block(ctx, t.held(), func(object *cTokenizer, _ *cStop) (err error) {
		return rawTokenizerSave(object, path)
	})
	return
}

// VocabSize: How many tokens it knows.
func (t *Tokenizer) VocabSize() (result int64, err error) {
	err = call(t.held(), func(object *cTokenizer) (err error) {
		result = rawTokenizerVocabSize(object)
		return nil
	})
	return
}

// EndToken: The token that ends a text; -1 if there is none.
func (t *Tokenizer) EndToken() (result int32, err error) {
	err = call(t.held(), func(object *cTokenizer) (err error) {
		result = rawTokenizerEndToken(object)
		return nil
	})
	return
}

// Decode: Tokens to text.
//
//   - ErrInvalidArgument: a token outside the vocabulary; token_count is negative
func (t *Tokenizer) Decode(tokens []int32) (text string, err error) {
	err = call(t.held(), func(object *cTokenizer) (err error) {
		text, err = rawTokenizerDecode(object, tokens)
		return
	})
	return
}

// TokenizeResult: What a token file was made of.
type TokenizeResult struct {
	Documents int64
	Tokens    int64
	// of the files
	Bytes int64
	// halves of surrogate pairs in JSON strings, now U+FFFD
	Replaced int64
}

// TokenizeData writes the texts of data.path as a token file that data.path can name in place of
// them, in the tokenizer of data.tokenizer. Atomic.
//
//   - path: a file that is not there yet
//   - ErrNotFound: a file of data.path, or the tokenizer
//   - ErrAlreadyExists: there is something at `path`; it is kept
//   - ErrDataLoss: JSON that is broken or lacks the field, compressed data that is damaged or cut
//     off; names the place
//   - ErrInvalidArgument: files without any text
//   - ErrUnimplemented: a file that is no text: UTF-16, Parquet, zip and so on; names it
//   - ErrIO
//   - ErrResourceExhausted
//   - ErrCancelled: the context is done, or its Stop was set; nothing is written
func (r *Runtime) TokenizeData(
	ctx context.Context,
	config *Config,
	path string,
) (result TokenizeResult, err error) {
	configObject, err := config.held().enter()
	if err != nil {
		return
	}
	defer config.held().leave()
	err = block(ctx, r.held(), func(object *cContext, stop *cStop) (err error) {
		result, err = rawDataTokenize(object, configObject, path, stop)
		return
	})
	return
}

// InspectData: What a data file holds, as a JSON object: format, documents, tokens or bytes, the
// lengths' quantiles, the vocabulary, and the first texts as the model will see them.
//
//   - ErrNotFound: no such file
//   - ErrDataLoss: a damaged token file
//   - ErrCancelled: the context is done, or its Stop was set
func (r *Runtime) InspectData(
	ctx context.Context,
	config *Config,
	path string,
) (document json.RawMessage, err error) {
	configObject, err := config.held().enter()
	if err != nil {
		return
	}
	defer config.held().leave()
	err = block(ctx, r.held(), func(object *cContext, stop *cStop) (err error) {
		made, err := rawDataInspect(object, configObject, path, stop)
		if err == nil {
			document = json.RawMessage(made)
		}
		return err
	})
	return
}
