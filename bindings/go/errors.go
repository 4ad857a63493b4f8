// SPDX-License-Identifier: Apache-2.0

package raddle

import (
	"context"
	"errors"
)

// Error is what a function of Raddle returns when it fails. The values of Code stand for it with
// errors.Is:
//
//	if errors.Is(err, raddle.ErrNotFound) { ... }
//
// A call that was cancelled by its context is context.Canceled or context.DeadlineExceeded too.
type Error struct {
	Code    Code   // what the caller should do next
	Scope   Scope  // the largest thing that is broken
	Message string // what went wrong, with what, and what to do
	cause   error
}

func (e *Error) Error() string { return "raddle: " + e.Message }

// Is reports whether target is the error's Code.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

// Unwrap gives the context's error of a cancelled call, and the error of a function of the caller's
// that ended a call which then failed.
func (e *Error) Unwrap() error { return e.cause }

// Error lets a Code stand for all errors that have it.
func (v Code) Error() string { return "raddle: " + v.String() }

// EndLoop is returned by a function that Train, TrainOn, Generate or ListCheckpoints calls, to end
// the loop in good order: the call returns what it has and no error.
var EndLoop = errors.New("raddle: end of the loop")

// Must is the value of a call that did not fail, and panics with its error otherwise.
func Must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// cancelled is the error of a call whose context is done.
func cancelled(ctx context.Context) error {
	return &Error{ErrCancelled, ScopeCall, "the context is done: " + ctx.Err().Error(), ctx.Err()}
}

// caused is err, the error of a call that a function's own error ended, or that error itself.
func caused(err, own error) error {
	if known, ok := err.(*Error); ok {
		known.cause = own
		return known
	}
	return own
}
