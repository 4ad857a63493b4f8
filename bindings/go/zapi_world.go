// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/world.toml. DO NOT EDIT.

package raddle

import (
	"context"
	"encoding/json"
)

// World: This process as one of the ranks of a job.
type World struct{ handle *handle[cWorld] }

// Close frees it. Calls that run in it end with ErrCancelled; Close waits for them.
func (w *World) Close() error { return w.held().Close() }

func (w *World) held() *handle[cWorld] {
	if w == nil {
		return nil
	}
	return w.handle
}

func newWorld(object *cWorld, parent holder) *World {
	return &World{newHandle("world", object, parent, nil,
		rawWorldDestroy)}
}

// WorldOptions: Where this process stands, as far as the environment does not say it or says it
// wrong.
type WorldOptions struct {
	// from 0 on; -1: rank and size from the environment; nil: -1
	Rank *int64
	// of the job, if Rank is given
	Size int64
	// host:port; rank 0 listens there; empty: from the environment
	Coordinator string
	// whoever does not know it cannot join; empty: from the environment
	Secret string
}

// JoinWorld joins the others and returns when all are there, or after a minute. A process that
// nobody started as one of several gets a world of one at once. If a rank has another build, or
// in `config` another value of an option that decides what is computed, all are told which and
// what.
//
// When a rank dies, is stopped or cut off, whatever waits for it in another one returns
// UNAVAILABLE within a second; the message names the rank, its host and process, and why.
//
//   - config: nil: only the builds are compared
//   - options: copied; nil: defaults
//   - ErrInvalidArgument: the environment is no place in a job, or does not say where rank 0 is;
//     says which variable
//   - ErrFailedPrecondition: this rank or another was refused: another build or config, another
//     secret; or this process is to start several ranks and is none itself
//   - ErrAlreadyExists: another process has this rank
//   - ErrUnavailable: not all ranks were there in time, the coordinator's port is taken, or two
//     ranks are on different hosts and one of them has no UCX; says which
//   - ErrCancelled: the context is done, or its Stop was set
func (r *Runtime) JoinWorld(
	ctx context.Context,
	config *Config,
	options *WorldOptions,
) (world *World, err error) {
	configObject, err := config.held().enter()
	if err != nil {
		return
	}
	defer config.held().leave()
	err = block(ctx, r.held(), func(object *cContext, stop *cStop) (err error) {
		made, err := rawWorldJoin(object, configObject, options, stop)
		if err == nil {
			world = newWorld(made, r.handle)
		}
		return err
	})
	return
}

// Leave tells the others how this rank ends, so that they can name the cause: with `code` OK in
// good order, else with an error. Only the first call counts.
//
//   - message: "": none
//   - ErrInvalidArgument: `code` is none
func (w *World) Leave(ctx context.Context, code Code, message string) (err error) {
	err = block(ctx, w.held(), func(object *cWorld, _ *cStop) (err error) {
		return rawWorldLeave(object, code, message)
	})
	return
}

// Rank: Which one this process is, from 0 on.
func (w *World) Rank() (result int64, err error) {
	err = call(w.held(), func(object *cWorld) (err error) {
		result = rawWorldRank(object)
		return nil
	})
	return
}

// Size: How many ranks there are.
func (w *World) Size() (result int64, err error) {
	err = call(w.held(), func(object *cWorld) (err error) {
		result = rawWorldSize(object)
		return nil
	})
	return
}

// PlaceWorldJSON: What the environment says of this process's place, as a JSON object: `source`
// (whose contract won: raddle, torchrun, pet, slurm, openmpi, pmi, leader_worker_set,
// indexed_job, node_ranks, or alone), `rank`, `size`, `local_rank`, `local_size`, `node_rank`,
// `ranks_to_start` (over 1: this process is to start so many ranks and is none), `coordinator`,
// `has_secret`, and `contradictions`, a text for each. Keys may be added. Nobody is asked
// anything.
//
//   - ErrInvalidArgument: the contract that wins is no place in a job; says which variable
func (r *Runtime) PlaceWorldJSON() (document json.RawMessage, err error) {
	err = call(r.held(), func(object *cContext) (err error) {
		made, err := rawWorldPlaceJSON(object)
		if err == nil {
			document = json.RawMessage(made)
		}
		return err
	})
	return
}
