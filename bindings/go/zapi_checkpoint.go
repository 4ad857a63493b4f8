// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/checkpoint.toml. DO NOT EDIT.

package raddle

import (
	"context"
	"encoding/json"
)

// Save saves the session's whole state: weights, optimizer, counters, data cursor.
//
//   - path: the checkpoint's directory, which must not exist; "": a new one among the run
//     directory's, which are then thinned out as checkpoint.keep_* say
//   - ErrFailedPrecondition: the session does not train; path is nil and it has no run directory
//   - ErrAlreadyExists: there is something at `path`
//   - ErrResourceExhausted: the disk is full; earlier checkpoints are untouched
//   - ErrNumeric: a weight or moment is not finite; nothing is written
//   - ErrIO
//   - ErrCancelled: the context is done, or its Stop was cancelled; nothing is written
func (s *Session) Save(ctx context.Context, path string) (pathOut string, err error) {
	err = block(ctx, s.held(), func(object *cSession, stop *cStop) (err error) {
		pathOut, err = rawSessionSave(object, path, stop)
		return
	})
	return
}

// Restore puts the session back into a saved state. Bit for bit: training goes on as if it had
// not stopped.
//
//   - ErrNotFound: there is no checkpoint at `path`
//   - ErrDataLoss: the checkpoint is damaged; names file and tensor
//   - ErrFailedPrecondition: the checkpoint is of another model or other data, or the session does
//     not train
//   - ErrCancelled: the context is done, or its Stop was set before the state changed
func (s *Session) Restore(ctx context.Context, path string) (err error) {
	err = block(ctx, s.held(), func(object *cSession, stop *cStop) (err error) {
		return rawSessionRestore(object, path, stop)
	})
	return
}

// CheckpointInfo: Everything in it is valid during the callback.
type CheckpointInfo struct {
	Path  string
	Step  int64
	Bytes int64
	// true: manifest and file sizes are right (checksums: Runtime.VerifyCheckpoint)
	Good bool
	// what is wrong with one that is not good, else ""
	Problem string
	// of the run that trained it; "" where `directory` is no run directory
	Branch string
	// false: it belongs to a branch that was set aside
	InForce bool
	// true: it is being written, or never was finished; then it is not good
	HalfWritten bool
}

type checkpointCallback func(info *CheckpointInfo) int32

// ListCheckpoints lists the checkpoints of a run directory (or of a directory of checkpoints).
// Those of branches that were set aside come first, then those of the branch in force; each
// oldest first, so that the last one is the newest.
//
//   - callback: Receives one checkpoint of a list. An error that it returns ends the call in good
//     order and is what the call returns; of EndLoop and io.EOF the call returns none
//   - ErrNotFound: no such directory
func (r *Runtime) ListCheckpoints(
	ctx context.Context,
	directory string,
	callback func(info *CheckpointInfo) error,
) (err error) {
	err = drive(ctx, r.held(), false, func(object *cContext, _ *cStop, ask asker) (err error) {
		var callbackInC checkpointCallback
		if callback != nil {
			callbackInC = func(info *CheckpointInfo) int32 {
				return ask(func() error { return callback(info) })
			}
		}
		return rawCheckpointList(object, directory, callbackInC)
	})
	return
}

// VerifyCheckpoint reads every byte of a checkpoint and compares the checksums.
//
//   - ErrNotFound: there is none
//   - ErrDataLoss: names the file and the tensor
//   - ErrCancelled: the context is done, or its Stop was set
func (r *Runtime) VerifyCheckpoint(
	ctx context.Context,
	path string,
) (document json.RawMessage, err error) {
	err = block(ctx, r.held(), func(object *cContext, stop *cStop) (err error) {
		made, err := rawCheckpointVerify(object, path, stop)
		if err == nil {
			document = json.RawMessage(made)
		}
		return err
	})
	return
}

// ExportCheckpoint writes a model for other tools. Runtime.OpenSession and model.init_from read
// it back.
//
//   - from: a checkpoint or run directory
//   - format: "hf": config.json, generation_config.json, model.safetensors, tokenizer.json, as
//     Hugging Face's libraries name and shape them
//   - to: a directory; made if it is not there. One that is empty or holds an earlier export of
//     Raddle's is replaced, anything else is ALREADY_EXISTS
//   - ErrNotFound
//   - ErrDataLoss
//   - ErrAlreadyExists
//   - ErrIO
//   - ErrResourceExhausted
//   - ErrNumeric: a weight is not finite
//   - ErrInvalidArgument: no such format
//   - ErrCancelled: the context is done, or its Stop was set; nothing is written
func (r *Runtime) ExportCheckpoint(
	ctx context.Context,
	from string,
	format string,
	to string,
) (err error) {
	err = block(ctx, r.held(), func(object *cContext, stop *cStop) (err error) {
		return rawCheckpointExport(object, from, format, to, stop)
	})
	return
}
