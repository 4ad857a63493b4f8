// SPDX-License-Identifier: Apache-2.0

package raddle

import (
	"context"
	"io"
)

// Tokenizer is the session's own, which is closed with it; nil: it has none, or is closed.
func (s *Session) Tokenizer() *Tokenizer {
	h := s.held()
	object, err := h.enter()
	if err != nil || object == nil {
		return nil
	}
	defer h.leave()
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if lent := rawSessionGetTokenizer(object); h.lent == nil && lent != nil {
		h.lent = &Tokenizer{newHandle("session", lent, nil, nil, func(*cTokenizer) {})}
	}
	tokenizer, _ := h.lent.(*Tokenizer)
	return tokenizer
}

// GenerateText continues a text, and writes what it generates to w as it comes. An error of the
// writer ends the generation.
func (s *Session) GenerateText(ctx context.Context, w io.Writer, prompt string,
	options *GenerateOptions) (GenerateResult, error) {
	tokenizer := s.Tokenizer()
	if tokenizer == nil {
		return GenerateResult{}, &Error{Code: ErrFailedPrecondition,
			Message: "the session is closed, or has no tokenizer; Generate needs none"}
	}
	tokens, err := tokenizer.EncodePrompt(prompt)
	if err != nil {
		return GenerateResult{}, err
	}
	return s.Generate(ctx, tokens, options, func(_ int32, text string) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// Ptr is a pointer to a value, for options whose nil is not their zero:
//
//	&raddle.GenerateOptions{MaxTokens: 40, Seed: raddle.Ptr[int64](1)}
func Ptr[T any](value T) *T { return &value }

// Logits is (len(tokens), vocabulary) logits of one sequence, row-major; errors as of WriteLogits.
func (s *Session) Logits(ctx context.Context, tokens []int32) (logits []float32, err error) {
	info, err := s.Info()
	if err != nil {
		return nil, err
	}
	if int64(len(tokens)) <= info.ContextTokens { // C refuses more
		logits = make([]float32, int64(len(tokens))*info.VocabSize)
	}
	err = block(ctx, s.held(), func(object *cSession, stop *cStop) error {
		return rawSessionLogits(object, tokens, stop, logits)
	})
	return logits, err
}
