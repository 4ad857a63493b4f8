// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/session*.toml. DO NOT EDIT.

package raddle

import (
	"context"
	"strconv"
	"unsafe"
)

// Session: A model's state and the programs that were planned for it.
type Session struct{ handle *handle[cSession] }

// Close frees it. Calls that run in it end with ErrCancelled; Close waits for them.
func (s *Session) Close() error { return s.held().Close() }

func (s *Session) held() *handle[cSession] {
	if s == nil {
		return nil
	}
	return s.handle
}

func newSession(object *cSession, parent holder) *Session {
	return &Session{newHandle("session", object, parent, rawSessionDestroy)}
}

// SessionOptions: Where a session reads from and writes to.
type SessionOptions struct {
	// gets config.toml, metrics.jsonl, tokenizer.json, checkpoints/. One session at a time: the
	// lock ends with the session or its process; empty: the session writes no file
	RunDirectory string
	// "auto": from the run directory's newest good checkpoint, afresh if no run is there or it
	// never saved; else a checkpoint or run directory, which must be good; empty: start afresh
	Resume string
	// where Session.Train writes a Chrome trace. An earlier trace of Raddle's is
	// replaced, nothing else is; empty: none
	TracePath string
}

// NewSession: A session that trains the ready-made model of model.* on the data of data.*. The
// run directory is made or changed when training or saving begins, not before; then, if `resume`
// names a checkpoint that is not the run's newest, what came after it is set aside
// (checkpoint.h). Plans the training step and allocates what it needs; draws the weights, or
// reads them (model.init_from, resume).
//
//   - config: copied
//   - options: copied; nil: defaults
//   - ErrInvalidArgument: the config does not validate, or lacks a key that must be given
//   - ErrNotFound: data, tokenizer, weights or checkpoint are not there
//   - ErrAlreadyExists: the run directory holds a run, and `resume` is nil
//   - ErrFailedPrecondition: the checkpoint is of another model or other data; says which
//   - ErrDataLoss: the checkpoint is damaged; names file and tensor. With "auto": so is every one
//     of the run, or they are gone
//   - ErrIO: with "auto": no checkpoint of the run can be read now
//   - ErrResourceExhausted: the plan does not fit; says by how many bytes
//   - ErrUnavailable: a library or kernel that the config demands is missing, or another session
//     writes to the run directory; says which
//   - ErrCancelled: `stop` was set
func (r *Runtime) NewSession(
	ctx context.Context,
	config *Config,
	options *SessionOptions,
) (session *Session, err error) {
	configObject, err := config.held().enter()
	if err != nil {
		return
	}
	defer config.held().leave()
	err = block(ctx, r.held(), func(object *cContext, stop *cStop) (err error) {
		made, err := rawSessionCreate(object, configObject, options, stop)
		if err == nil {
			session = newSession(made, r.handle)
		}
		return err
	})
	return
}

// NewGraphSession: A session for a model of the caller's own. The caller brings the batches
// (Session.StepInputs); model.* and data.* are not looked at.
//
//   - config: copied
//   - graph: finished; copied
//   - options: copied; nil: defaults
//   - ErrInvalidArgument: the config does not validate, or lacks a key that must be given
//   - ErrNotFound: data, tokenizer, weights or checkpoint are not there
//   - ErrAlreadyExists: the run directory holds a run, and `resume` is nil
//   - ErrFailedPrecondition: the graph is not finished or has no loss
//   - ErrDataLoss: the checkpoint is damaged; names file and tensor. With "auto": so is every one
//     of the run, or they are gone
//   - ErrIO: with "auto": no checkpoint of the run can be read now
//   - ErrResourceExhausted: the plan does not fit; says by how many bytes
//   - ErrUnavailable: a library or kernel that the config demands is missing, or another session
//     writes to the run directory; says which
//   - ErrCancelled: `stop` was set
func (r *Runtime) NewGraphSession(
	ctx context.Context,
	config *Config,
	graph *Graph,
	options *SessionOptions,
) (session *Session, err error) {
	configObject, err := config.held().enter()
	if err != nil {
		return
	}
	defer config.held().leave()
	graphObject, err := graph.held().enter()
	if err != nil {
		return
	}
	defer graph.held().leave()
	err = block(ctx, r.held(), func(object *cContext, stop *cStop) (err error) {
		made, err := rawSessionCreateFromGraph(object, configObject, graphObject, options, stop)
		if err == nil {
			session = newSession(made, r.handle)
		}
		return err
	})
	return
}

// OpenSession: A session over a trained model, to evaluate and generate; it has no optimizer and
// does not train.
//
//   - path: a run directory (its newest good checkpoint), a checkpoint, or a Hugging Face directory
//   - config: what the caller sets overrides what the run was trained with (runtime.threads,
//     data.validation_path, generate.*); a key of model.* that contradicts the weights is an error.
//     A data.validation_path set here is scored in sequences as long as the model's context,
//     however it was trained; nil: nothing to override
//   - ErrInvalidArgument: the config does not validate, or lacks a key that must be given
//   - ErrNotFound: `path` is none of the three; says what was looked for
//   - ErrAlreadyExists: the run directory holds a run, and `resume` is nil
//   - ErrFailedPrecondition: the checkpoint is of another model or other data; says which
//   - ErrDataLoss: the checkpoint is damaged; names file and tensor. With "auto": so is every one
//     of the run, or they are gone
//   - ErrIO: with "auto": no checkpoint of the run can be read now
//   - ErrResourceExhausted: the plan does not fit; says by how many bytes
//   - ErrUnavailable: a library or kernel that the config demands is missing, or another session
//     writes to the run directory; says which
//   - ErrCancelled: `stop` was set
func (r *Runtime) OpenSession(
	ctx context.Context,
	path string,
	config *Config,
) (session *Session, err error) {
	configObject, err := config.held().enter()
	if err != nil {
		return
	}
	defer config.held().leave()
	err = block(ctx, r.held(), func(object *cContext, stop *cStop) (err error) {
		made, err := rawSessionOpen(object, path, configObject, stop)
		if err == nil {
			session = newSession(made, r.handle)
		}
		return err
	})
	return
}

// SessionInfo: What a session is and how far it is.
type SessionInfo struct {
	ParameterElements int64
	VocabSize         int64
	// longest sequence
	ContextTokens int64
	// capacity of one micro-batch
	MicroBatchTokens int64
	// of one step
	MicroBatches int64
	StepsDone    int64
	// train.steps
	StepsTotal int64
	TokensDone int64
	// of a training step: 6 N + 6 L C T, as in bench.h
	FlopsPerToken int64
	// that the session has allocated
	MemoryBytes int64
	Threads     int32
}

// Info: What the session trains, how far it is, and what it takes.
func (s *Session) Info() (info SessionInfo, err error) {
	err = call(s.held(), func(object *cSession) (err error) {
		info, err = rawSessionGetInfo(object)
		return
	})
	return
}

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
	// (sequence_count + 1) where sequences begin, then token_count; nil: one sequence
	CuSeqlens []int32
}

// Step: One optimizer step on the caller's micro-batches.
//
//   - batches: micro-batches, from 1 to train.micro_batches
//   - ErrInvalidArgument: a token or target outside the vocabulary, cu_seqlens that do not rise
//     from 0 to token_count, a sequence or batch that is too long; the state is unchanged
//   - ErrFailedPrecondition: the session does not train, or was made from a graph
//   - ErrNumeric: as train.non_finite and train.non_finite_limit say
//   - ErrCancelled: `stop` was cancelled; the state is unchanged
func (s *Session) Step(ctx context.Context, batches ...Batch) (metrics Metrics, err error) {
	err = block(ctx, s.held(), func(object *cSession, stop *cStop) (err error) {
		metrics, err = rawSessionStep(object, batches, stop)
		return
	})
	return
}

// StepOnData: One optimizer step on the next micro-batches of the data of data.*.
//
//   - ErrInvalidArgument: a token or target outside the vocabulary, cu_seqlens that do not rise
//     from 0 to token_count, a sequence or batch that is too long; the state is unchanged
//   - ErrFailedPrecondition: the session does not train, or no data is configured
//   - ErrNumeric: as train.non_finite and train.non_finite_limit say
//   - ErrCancelled: `stop` was cancelled; the state is unchanged
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
//   - ErrCancelled: `stop` was cancelled; the state is unchanged
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
//   - ErrCancelled: `stop` was set: a part is no result
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

// WriteLogits: The same, written as a safetensors file with the F32 tensor `logits` (token_count,
// vocab_size).
//
//   - path: a file that is not there yet
//   - ErrInvalidArgument: a token outside the vocabulary, too many, or too little room; says how
//     much is needed
//   - ErrFailedPrecondition: the session was made from a graph
//   - ErrNumeric: a logit is not finite
//   - ErrCancelled: `stop` was set
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

// TensorCount: How many tensors of state there are: every parameter NAME, and in a session that
// trains also gradient/NAME, m/NAME and v/NAME of what optimizer.group does not freeze.
func (s *Session) TensorCount() (result int64, err error) {
	err = call(s.held(), func(object *cSession) (err error) {
		result = rawSessionTensorCount(object)
		return nil
	})
	return
}
