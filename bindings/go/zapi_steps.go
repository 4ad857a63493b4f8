// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/steps.toml. DO NOT EDIT.

package raddle

import "context"

// BackwardOptions: How gradients are made.
type BackwardOptions struct {
	// what the sum over weighted tokens is divided by: the weights of the whole step where its
	// batches come in several calls, which are all told the same; 0: those of this call
	WeightSum float64
	// true: add to the gradients that are there, as a further part of the same step; false: begin
	// a step
	Accumulate bool
}

// Backward: Forward and backward on the caller's micro-batches: gradients and their loss, no
// update. Gradients are there (as tensors gradient/NAME) until Session.Apply uses them up or a
// step begins anew. A call that is refused leaves those that are there; one that ends on its way
// leaves none.
//
//   - batches: micro-batches, from 1 to train.micro_batches
//   - options: nil: defaults
//   - ErrInvalidArgument: a token or target outside the vocabulary, cu_seqlens that do not go from
//     0 to token_count without falling, a sequence or batch that is too long; the state is
//     unchanged
//   - ErrFailedPrecondition: the session does not train, or was made from a graph
//   - ErrNumeric: as train.non_finite and train.non_finite_limit say
//   - ErrCancelled: the context is done, or its Stop was cancelled; the state is unchanged
func (s *Session) Backward(
	ctx context.Context,
	batches []Batch,
	options *BackwardOptions,
) (metrics Metrics, err error) {
	err = block(ctx, s.held(), func(object *cSession, stop *cStop) (err error) {
		metrics, err = rawSessionBackward(object, batches, options, stop)
		return
	})
	return
}

// BackwardInputs: As Session.Backward, the same for a caller's graph, on the inputs of one
// micro-batch.
//
//   - inputs: as for Session.StepInputs
//   - options: `weight_sum` has no meaning here: what the loss is divided by is an input of the
//     graph; nil: defaults
//   - ErrInvalidArgument: names an input that is missing, unknown, given twice or misshapen, or the
//     element that is out of bounds and the node that it would reach; the state is unchanged
//   - ErrFailedPrecondition: the session does not train, or was made from a graph
//   - ErrNumeric: as train.non_finite and train.non_finite_limit say
//   - ErrCancelled: the context is done, or its Stop was cancelled; the state is unchanged
func (s *Session) BackwardInputs(
	ctx context.Context,
	inputs []Input,
	options *BackwardOptions,
) (metrics Metrics, err error) {
	var a arena
	defer a.free()
	inputsInC := inputViews(&a, inputs)
	if err = a.err; err != nil {
		return
	}
	err = block(ctx, s.held(), func(object *cSession, stop *cStop) (err error) {
		metrics, err = rawSessionBackwardInputs(object, inputsInC, options, stop)
		return
	})
	return
}

// ApplyOptions: How gradients are applied.
type ApplyOptions struct {
	// of this step, if OwnLearningRate is 1
	LearningRate float64
	// false: the rate of optimizer.learning_rate and schedule.* at this step; true: LearningRate,
	// which may be 0
	OwnLearningRate bool
}

// Apply: The optimizer's half of a step: norm, clipping, AdamW, on the gradients that are there.
// It counts as a step of the run.
//
//   - options: nil: defaults
//   - ErrFailedPrecondition: the session does not train, or there are no gradients
//   - ErrInvalidArgument: a learning rate that is not 0 to 3e38
//   - ErrNumeric: as train.non_finite and train.non_finite_limit say
func (s *Session) Apply(ctx context.Context, options *ApplyOptions) (metrics Metrics, err error) {
	err = block(ctx, s.held(), func(object *cSession, _ *cStop) (err error) {
		metrics, err = rawSessionApply(object, options)
		return
	})
	return
}

// StepTokens: Session.Step on one micro-batch whose arrays are given one by one, for languages
// that must not pass pointers inside structs.
//
//   - targets: nil: the next token of the same sequence
//   - weights: nil: as in Batch
//   - positions: nil: 0, 1, ... in each sequence
//   - cuSeqlens: nil: one sequence
//   - ErrInvalidArgument: a token or target outside the vocabulary, cu_seqlens that do not go from
//     0 to token_count without falling, a sequence or batch that is too long; the state is
//     unchanged
//   - ErrFailedPrecondition: the session does not train, or was made from a graph
//   - ErrNumeric: as train.non_finite and train.non_finite_limit say
//   - ErrCancelled: the context is done, or its Stop was cancelled; the state is unchanged
func (s *Session) StepTokens(
	ctx context.Context,
	tokens []int32,
	targets []int32,
	weights []float32,
	positions []int32,
	cuSeqlens []int32,
) (metrics Metrics, err error) {
	err = block(ctx, s.held(), func(object *cSession, stop *cStop) (err error) {
		metrics, err = rawSessionStepTokens(object, tokens, targets, weights, positions, cuSeqlens, stop)
		return
	})
	return
}

type batchSource func(step int64, microBatch int64, batch *Batch) int32

// TrainOn: Session.Train on batches of the caller's instead of the data of data.*. Evaluations
// are on data.validation_path, if there is one.
//
//   - source: Makes a micro-batch: number `micro_batch` (from 0) of the step after `step` done
//     ones. A run that is resumed asks from the step on at which it goes on. An error that it
//     returns ends the call in good order and is what the call returns; of EndLoop and io.EOF the
//     call returns none
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
//   - ErrInvalidArgument: a batch that Session.Step would refuse; names step and micro-batch
func (s *Session) TrainOn(
	ctx context.Context,
	source func(step int64, microBatch int64, batch *Batch) error,
	callback func(event *Event) error,
) (result TrainResult, err error) {
	err = drive(ctx, s.held(), true, func(object *cSession, stop *cStop, ask asker) (err error) {
		var sourceInC batchSource
		if source != nil {
			sourceInC = func(step int64, microBatch int64, batch *Batch) int32 {
				return ask(func() error { return source(step, microBatch, batch) })
			}
		}
		var callbackInC eventCallback
		if callback != nil {
			callbackInC = func(event *Event) int32 {
				return ask(func() error { return callback(event) })
			}
		}
		result, err = rawSessionTrainOn(object, sourceInC, stop, callbackInC)
		return
	})
	return
}

// EvaluateBatches evaluates on batches of the caller's, as one: the mean over all their weighted
// tokens.
//
//   - ErrInvalidArgument: a batch that Session.Step would refuse
//   - ErrFailedPrecondition: the session was made from a graph, or no token has a weight above 0
//   - ErrNumeric: the loss is not finite
//   - ErrCancelled: the context is done, or its Stop was set: a part is no result
func (s *Session) EvaluateBatches(
	ctx context.Context,
	batches ...Batch,
) (evaluation Evaluation, err error) {
	err = block(ctx, s.held(), func(object *cSession, stop *cStop) (err error) {
		evaluation, err = rawSessionEvaluateBatches(object, batches, stop)
		return
	})
	return
}

// ForwardInputs runs a caller's graph without its gradients: losses and outputs of one
// micro-batch. Changes nothing.
//
//   - inputs: as for Session.StepInputs
//   - ErrInvalidArgument: names an input that is missing, unknown, given twice or misshapen, or the
//     element that is out of bounds and the node that it would reach; the state is unchanged
//   - ErrFailedPrecondition: the session does not train, or was made from a graph
//   - ErrNumeric: as train.non_finite and train.non_finite_limit say
//   - ErrCancelled: the context is done, or its Stop was cancelled; the state is unchanged
//   - ErrResourceExhausted: no memory for a program without gradients; made at the first call
func (s *Session) ForwardInputs(
	ctx context.Context,
	inputs ...Input,
) (metrics Metrics, err error) {
	var a arena
	defer a.free()
	inputsInC := inputViews(&a, inputs)
	if err = a.err; err != nil {
		return
	}
	err = block(ctx, s.held(), func(object *cSession, stop *cStop) (err error) {
		metrics, err = rawSessionForwardInputs(object, inputsInC, stop)
		return
	})
	return
}

// ReadTensor copies a tensor of the state out, wherever it lies, as F32 whatever its own type.
//
//   - name: as Session.TensorName gives it
//   - ErrNotFound: no such tensor (the nearest is named)
//   - ErrInvalidArgument: `count` is not the tensor's, which is named
func (s *Session) ReadTensor(name string, outValues []float32) (err error) {
	err = call(s.held(), func(object *cSession) (err error) {
		return rawSessionReadTensor(object, name, outValues)
	})
	return
}

// WriteTensor copies values into a tensor of the state, wherever it lies. They count from the
// next call on. compute/NAME follows its parameter and is refused.
//
//   - ErrNotFound: no such tensor (the nearest is named)
//   - ErrInvalidArgument: `count` is not the tensor's, which is named
func (s *Session) WriteTensor(name string, values []float32) (err error) {
	err = call(s.held(), func(object *cSession) (err error) {
		return rawSessionWriteTensor(object, name, values)
	})
	return
}

// Config: The config that the session runs with: what was given, what a resumed run kept, what
// was chosen.
func (s *Session) Config() (config *Config, err error) {
	err = call(s.held(), func(object *cSession) (err error) {
		made, err := rawSessionGetConfig(object)
		if err == nil {
			config = newConfig(made, nil)
		}
		return err
	})
	return
}
