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
		h.lent = &Tokenizer{newHandle("session", lent, nil, func(*cTokenizer) {})}
	}
	tokenizer, _ := h.lent.(*Tokenizer)
	return tokenizer
}

// Train trains up to train.steps on the data of data.*, evaluating and saving as the config says
// and once at the end. The function, if not nil, is called for each event; an error that it returns
// ends the training in good order and is what Train returns (EndLoop: nothing). A Stop that was
// requested is no error either.
//
//   - ErrFailedPrecondition: more than train.steps are done already, the session does not train, or
//     no data is configured
//   - ErrCancelled: the state is that of the last whole step
//   - and those of Step and Save; after ErrNumeric the run directory holds the last checkpoint
//     before it
func (s *Session) Train(ctx context.Context,
	each func(*Event) error) (result TrainResult, err error) {
	err = drive(ctx, s, func(object *cSession, stop *cStop, ask asker) (err error) {
		result, err = rawSessionTrain(object, stop, ask.event(each))
		return err
	})
	return result, err
}

// BatchSource makes micro-batch number microBatch (from 0) of the step after `step` done ones;
// io.EOF: there is no more, and training ends as if stopped. A resumed run asks from the step on at
// which it goes on. The batch is copied.
type BatchSource func(step, microBatch int64) (*Batch, error)

// TrainOn is Train on batches of the caller's. An error of the source ends the training in good
// order and is what TrainOn returns.
func (s *Session) TrainOn(ctx context.Context, source BatchSource,
	each func(*Event) error) (result TrainResult, err error) {
	err = drive(ctx, s, func(object *cSession, stop *cStop, ask asker) (err error) {
		next := func(step, microBatch int64, batch *Batch) int32 {
			var made *Batch
			answer := ask(func() (err error) {
				if made, err = source(step, microBatch); err == io.EOF || err == nil && made == nil {
					err = EndLoop
				}
				return err
			})
			if answer == 0 {
				*batch = *made
			}
			return answer
		}
		result, err = rawSessionTrainOn(object, next, stop, ask.event(each))
		return err
	})
	return result, err
}

func (ask asker) event(each func(*Event) error) eventCallback {
	if each == nil {
		return nil
	}
	return func(event *Event) int32 { return ask(func() error { return each(event) }) }
}

// Token is what a generation gives.
type Token struct {
	ID   int32
	Text string // what it adds: whole characters, so it may be empty; "" without a tokenizer
}

// Generate continues a prompt of at least one token, with a key-value cache. The function, if not
// nil, is called for each token as it is drawn; an error that it returns ends the generation and is
// what Generate returns (EndLoop: nothing). Nil options: those of generate.*.
//
//   - ErrInvalidArgument: an empty prompt, a token outside the vocabulary, a negative MaxTokens, no
//     room in the context for a single new token
//   - ErrFailedPrecondition: the session was made from a graph
//   - ErrNumeric: logits that are not finite
func (s *Session) Generate(ctx context.Context, prompt []int32, options *GenerateOptions,
	each func(Token) error) (result GenerateResult, err error) {
	err = drive(ctx, s, func(object *cSession, stop *cStop, ask asker) (err error) {
		var callback tokenCallback
		if each != nil {
			callback = func(token int32, text string) int32 {
				return ask(func() error { return each(Token{token, text}) })
			}
		}
		result, err = rawSessionGenerate(object, prompt, options, stop, callback)
		return err
	})
	return result, err
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
	return s.Generate(ctx, tokens, options, func(token Token) error {
		_, err := io.WriteString(w, token.Text)
		return err
	})
}

// Ptr is a pointer to a value, for options whose nil is not their zero:
//
//	&raddle.GenerateOptions{MaxTokens: 40, Seed: raddle.Ptr[int64](1)}
func Ptr[T any](value T) *T { return &value }

// Logits is the logits of every position of one sequence: (len(tokens), vocabulary), row-major.
// Errors as of WriteLogits.
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
