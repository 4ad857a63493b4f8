// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/session_train.toml. DO NOT EDIT.

package raddle

import (
	"context"
	"strconv"
	"unsafe"
)

// Metrics: What a step did.
type Metrics struct {
	// steps done, this one included: 1 after the first
	Step int64
	// next-token loss in nats, mean over the step's weighted tokens
	Loss float64
	// with the other terms (multi-token prediction)
	TotalLoss float64
	// global, before clipping
	GradNorm     float64
	LearningRate float64
	// tokens of this step
	StepTokens int64
	// tokens of the run so far
	Tokens int64
	StepMs float64
	// step_tokens in step_ms
	TokensPerSecond float64
	// model arithmetic, see SessionInfo
	FlopsPerSecond float64
	// steps of the run whose gradients were not finite
	SkippedTotal int64
	// true: this step was one, and the weights were left alone
	Skipped bool
}

// Batch: One micro-batch of packed sequences for a ready-made model.
type Batch struct {
	// (token_count)
	Tokens []int32
	// (token_count); nil: the next token of the same sequence
	Targets []int32
	// (token_count) of each token's loss, finite and not negative; 0 leaves it out, some must be
	// above 0; nil: 1, but 0 for the last token of a sequence where `targets` is nil
	Weights []float32
	// (token_count); nil: 0, 1, ... in each sequence
	Positions []int32
	// (sequence_count + 1) where sequences begin, then token_count; a sequence may be empty; nil:
	// one sequence
	CuSeqlens []int32
}

// Step: One optimizer step on the caller's micro-batches.
//
//   - batches: micro-batches, from 1 to train.micro_batches
//   - ErrInvalidArgument: a token or target outside the vocabulary, cu_seqlens that do not go from
//     0 to token_count without falling, a sequence or batch that is too long; the state is
//     unchanged
//   - ErrFailedPrecondition: the session does not train, or was made from a graph
//   - ErrNumeric: as train.non_finite and train.non_finite_limit say
//   - ErrCancelled: the context is done, or its Stop was cancelled; the state is unchanged
func (s *Session) Step(ctx context.Context, batches ...Batch) (metrics Metrics, err error) {
	err = block(ctx, s.held(), func(object *cSession, stop *cStop) (err error) {
		metrics, err = rawSessionStep(object, batches, stop)
		return
	})
	return
}

// StepOnData: One optimizer step on the next micro-batches of the data of data.*.
//
//   - ErrInvalidArgument: a token or target outside the vocabulary, cu_seqlens that do not go from
//     0 to token_count without falling, a sequence or batch that is too long; the state is
//     unchanged
//   - ErrFailedPrecondition: the session does not train, or no data is configured
//   - ErrNumeric: as train.non_finite and train.non_finite_limit say
//   - ErrCancelled: the context is done, or its Stop was cancelled; the state is unchanged
func (s *Session) StepOnData(ctx context.Context) (metrics Metrics, err error) {
	err = block(ctx, s.held(), func(object *cSession, stop *cStop) (err error) {
		metrics, err = rawSessionStepOnData(object, stop)
		return
	})
	return
}

// tensorView: A tensor in memory: contiguous, row-major, innermost dimension last.
type tensorView struct {
	name  string
	data  unsafe.Pointer
	dtype DType
	rank  int32
	dims  [4]int64
}

// StepInputs: One optimizer step of a caller's graph, on the inputs of one micro-batch.
//
//   - inputs: one view per input of the graph, in any order, of its type and shape; only read. What
//     an input may hold follows from the ops that it reaches: ids lie inside their table, targets
//     of a weight other than 0 inside the classes, cache_rows leaves room for the rows, cu_seqlens
//     rises from 0 to at most the rows; F32 values are finite
//   - ErrInvalidArgument: names an input that is missing, unknown, given twice or misshapen, or the
//     element that is out of bounds and the node that it would reach; the state is unchanged
//   - ErrFailedPrecondition: the session does not train, or was made from a graph
//   - ErrNumeric: as train.non_finite and train.non_finite_limit say
//   - ErrCancelled: the context is done, or its Stop was cancelled; the state is unchanged
func (s *Session) StepInputs(ctx context.Context, inputs ...Input) (metrics Metrics, err error) {
	var a arena
	defer a.free()
	inputsInC := inputViews(&a, inputs)
	if err = a.err; err != nil {
		return
	}
	err = block(ctx, s.held(), func(object *cSession, stop *cStop) (err error) {
		metrics, err = rawSessionStepInputs(object, inputsInC, stop)
		return
	})
	return
}

// Evaluation: What an evaluation found.
type Evaluation struct {
	// steps done when it ran
	Step int64
	// next-token, in nats, mean over tokens
	Loss float64
	// exp(loss)
	Perplexity float64
	// of the text that the tokens stand for; 0 if that is not known
	BitsPerByte float64
	Tokens      int64
	// of text; 0 if that is not known
	Bytes   int64
	Seconds float64
}

// Evaluate evaluates on data.validation_path, or on the part of the training data kept for it; as
// much of it as train.eval_batches says. Changes nothing.
//
//   - ErrFailedPrecondition: there is no validation data, or the session was made from a graph
//   - ErrNumeric: the loss is not finite
//   - ErrCancelled: the context is done, or its Stop was set: a part is no result
func (s *Session) Evaluate(ctx context.Context) (evaluation Evaluation, err error) {
	err = block(ctx, s.held(), func(object *cSession, stop *cStop) (err error) {
		evaluation, err = rawSessionEvaluate(object, stop)
		return
	})
	return
}

// EventKind: What happens in a training loop or a generation. New kinds may appear: ignore those
// that you do not know.
type EventKind int32

const (
	// of raddle_operation_poll(): nothing happened
	EventNone EventKind = 0
	// metrics
	EventStep EventKind = 1
	// evaluation
	EventEvaluation EventKind = 2
	// path of a checkpoint that is complete on disk
	EventCheckpoint EventKind = 3
	// message: something failed that need not end the run, such as a checkpoint for which the
	// disk was full
	EventWarning EventKind = 4
	// of raddle_session_generate_start(): token and text; step counts the tokens
	EventToken EventKind = 5
	// of raddle_operation_poll(): it is over, join it
	EventEnd EventKind = 6
)

// String is the name that messages and the configuration have for it.
func (v EventKind) String() string {
	switch v {
	case EventNone:
		return "none"
	case EventStep:
		return "step"
	case EventEvaluation:
		return "evaluation"
	case EventCheckpoint:
		return "checkpoint"
	case EventWarning:
		return "warning"
	case EventToken:
		return "token"
	case EventEnd:
		return "end"
	}
	return "EventKind(" + strconv.Itoa(int(v)) + ")"
}

// Event: Everything in it is valid during the callback.
type Event struct {
	Kind       EventKind
	Step       int64
	StepsTotal int64
	// nil: not of this kind
	Metrics *Metrics
	// nil: not of this kind
	Evaluation *Evaluation
	// empty: not of this kind
	Path string
	// empty: not of this kind
	Message string
	// what the token adds, as in raddle_token_callback_t; empty: not of this kind
	Text  string
	Token int32
}

type eventCallback func(event *Event) int32

// TrainResult: How a training loop ended.
type TrainResult struct {
	// of the run, earlier sessions included
	StepsDone int64
	// true: on request, before train.steps or the last evaluation
	Stopped bool
	// true: a checkpoint of exactly this state is on disk
	Saved bool
	// of this call
	Seconds float64
}

// Train trains up to train.steps on the data of data.*, evaluating and saving as the config says;
// at the end it saves once more. Metrics go to the run directory and to the callback.
//
//   - callback: Receives what happens in a training loop. An error that it returns ends the call in
//     good order and is what the call returns; of EndLoop and io.EOF the call returns none; nil:
//     nobody listens
//   - ErrFailedPrecondition: more than train.steps are done already, the session does not train, or
//     no data is configured
//   - ErrAlreadyExists: there is something at `path`
//   - ErrResourceExhausted: the disk is full; earlier checkpoints are untouched
//   - ErrNumeric: as train.non_finite and train.non_finite_limit say
//   - ErrIO
//   - ErrCancelled: the context is done, or its Stop was cancelled; the state is that of the last
//     whole step
//   - ErrInvalidArgument: a token or target outside the vocabulary, cu_seqlens that do not go from
//     0 to token_count without falling, a sequence or batch that is too long; the state is
//     unchanged
func (s *Session) Train(
	ctx context.Context,
	callback func(event *Event) error,
) (result TrainResult, err error) {
	err = drive(ctx, s.held(), true, func(object *cSession, stop *cStop, ask asker) (err error) {
		var callbackInC eventCallback
		if callback != nil {
			callbackInC = func(event *Event) int32 {
				return ask(func() error { return callback(event) })
			}
		}
		result, err = rawSessionTrain(object, stop, callbackInC)
		return
	})
	return
}
