// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/session.toml. DO NOT EDIT.

package raddle

import "context"

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
	return &Session{newHandle("session", object, parent, nil,
		rawSessionDestroy)}
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
//   - ErrAlreadyExists: the run directory holds a run, and `resume` is nil; or it holds files that
//     no run wrote, under names that a run would write over
//   - ErrFailedPrecondition: the checkpoint is of another model or other data; says which
//   - ErrDataLoss: the checkpoint is damaged; names file and tensor. With "auto": so is every one
//     of the run, or they are gone
//   - ErrIO: with "auto": no checkpoint of the run can be read now
//   - ErrResourceExhausted: the plan does not fit; says by how many bytes
//   - ErrUnavailable: a library or kernel that the config demands is missing, or another session
//     writes to the run directory; says which
//   - ErrCancelled: the context is done, or its Stop was set
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
//   - ErrAlreadyExists: the run directory holds a run, and `resume` is nil; or it holds files that
//     no run wrote, under names that a run would write over
//   - ErrFailedPrecondition: the graph is not finished or has no loss
//   - ErrDataLoss: the checkpoint is damaged; names file and tensor. With "auto": so is every one
//     of the run, or they are gone
//   - ErrIO: with "auto": no checkpoint of the run can be read now
//   - ErrResourceExhausted: the plan does not fit; says by how many bytes
//   - ErrUnavailable: a library or kernel that the config demands is missing, or another session
//     writes to the run directory; says which
//   - ErrCancelled: the context is done, or its Stop was set
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

// NewSessionInWorld: A session that trains together with the same session of every other rank.
// All ranks make it, with the same config and graph, and call what trains, evaluates and saves in
// the same order; one at a time in a world. The session keeps the world. In a world of one it is
// as the two above make it.
//
//   - config: copied
//   - graph: finished; copied; nil: the ready-made model of model.* on the data of data.*
//   - options: copied; nil: defaults
//   - ErrInvalidArgument: the config does not validate, or lacks a key that must be given
//   - ErrNotFound: data, tokenizer, weights or checkpoint are not there
//   - ErrAlreadyExists: the run directory holds a run, and `resume` is nil; or it holds files that
//     no run wrote, under names that a run would write over
//   - ErrFailedPrecondition: this rank has left the world
//   - ErrDataLoss: the checkpoint is damaged; names file and tensor. With "auto": so is every one
//     of the run, or they are gone
//   - ErrIO: with "auto": no checkpoint of the run can be read now
//   - ErrResourceExhausted: the plan does not fit; says by how many bytes
//   - ErrUnavailable: another rank is lost; says which and why
//   - ErrCancelled: the context is done, or its Stop was set
func (r *Runtime) NewSessionInWorld(
	ctx context.Context,
	world *World,
	config *Config,
	graph *Graph,
	options *SessionOptions,
) (session *Session, err error) {
	worldObject, err := world.held().enter()
	if err != nil {
		return
	}
	defer world.held().leave()
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
		made, err := rawSessionCreateInWorld(
			object,
			worldObject,
			configObject,
			graphObject,
			options,
			stop,
		)
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
//   - ErrAlreadyExists: the run directory holds a run, and `resume` is nil; or it holds files that
//     no run wrote, under names that a run would write over
//   - ErrFailedPrecondition: the checkpoint is of another model or other data; says which
//   - ErrDataLoss: the checkpoint is damaged; names file and tensor. With "auto": so is every one
//     of the run, or they are gone
//   - ErrIO: with "auto": no checkpoint of the run can be read now
//   - ErrResourceExhausted: the plan does not fit; says by how many bytes
//   - ErrUnavailable: a library or kernel that the config demands is missing, or another session
//     writes to the run directory; says which
//   - ErrCancelled: the context is done, or its Stop was set
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
