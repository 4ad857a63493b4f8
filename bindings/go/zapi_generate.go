// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/generate.toml. DO NOT EDIT.

package raddle

import "context"

// WriteLogits: As Session.Logits, the same, written as a safetensors file with the F32 tensor
// `logits` (token_count, vocab_size).
//
//   - path: a file that is not there yet
//   - ErrInvalidArgument: a token outside the vocabulary, too many, or too little room; says how
//     much is needed
//   - ErrFailedPrecondition: the session was made from a graph
//   - ErrNumeric: a logit is not finite
//   - ErrCancelled: the context is done, or its Stop was set
//   - ErrAlreadyExists: there is something at `path`; it is kept
//   - ErrIO
//   - ErrResourceExhausted
func (s *Session) WriteLogits(ctx context.Context, tokens []int32, path string) (err error) {
	err = block(ctx, s.held(), func(object *cSession, stop *cStop) (err error) {
		return rawSessionWriteLogits(object, tokens, path, stop)
	})
	return
}

// GenerateOptions: How text is generated.
type GenerateOptions struct {
	// 0: generate.max_tokens
	MaxTokens int64
	// 0: always the likeliest token; below 0: generate.temperature; nil: -1
	Temperature *float64
	// 0: all; below 0: generate.top_k; nil: -1
	TopK *int64
	// below 0: generate.seed; nil: -1
	Seed *int64
	// true: always the likeliest token
	Greedy bool
	// true: go on after an end-of-text token
	IgnoreEnd bool
}

// GenerateResult: How a generation went.
type GenerateResult struct {
	// generated
	TokenCount int64
	// until the first token
	PromptMs float64
	// after the first
	TokensPerSecond float64
	// true: by an end-of-text token
	Ended bool
}

type tokenCallback func(token int32, text string) int32

// Generate continues a sequence of tokens, with a key-value cache.
//
// Its callback may generate with the same session again, 8 deep in all. Each further one has a
// cache of its own, which counts against runtime.memory_limit and goes when the outermost call
// ends.
//
//   - prompt: tokens, at least 1; with the generated ones at most context_tokens
//   - options: nil: defaults
//   - callback: Receives each token as it is drawn. text is what the token adds to the text: whole
//     UTF-8 characters, so it may be empty for a token that ends inside one; not zero-terminated;
//     empty without a tokenizer. An error that it returns ends the call in good order and is what
//     the call returns; of EndLoop and io.EOF the call returns none; nil: nobody listens
//   - ErrInvalidArgument: an empty prompt, a token outside the vocabulary, a negative max_tokens,
//     no room in the context for a single new token
//   - ErrFailedPrecondition: the session was made from a graph; 8 generations of it are under way
//   - ErrNumeric: logits that are not finite
//   - ErrCancelled: the context is done, or its Stop was cancelled
func (s *Session) Generate(
	ctx context.Context,
	prompt []int32,
	options *GenerateOptions,
	callback func(token int32, text string) error,
) (result GenerateResult, err error) {
	err = drive(ctx, s.held(), true, func(object *cSession, stop *cStop, ask asker) (err error) {
		var callbackInC tokenCallback
		if callback != nil {
			callbackInC = func(token int32, text string) int32 {
				return ask(func() error { return callback(token, text) })
			}
		}
		result, err = rawSessionGenerate(object, prompt, options, stop, callbackInC)
		return
	})
	return
}
