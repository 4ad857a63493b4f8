// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/status.toml. DO NOT EDIT.

package raddle

import "strconv"

// Code: What the caller should do next. Values never change; new ones may appear.
type Code int32

const (
	OK Code = 0
	// fix the call or the configuration
	ErrInvalidArgument Code = 1
	// name something that exists
	ErrNotFound Code = 2
	// name something else, or resume
	ErrAlreadyExists Code = 3
	// do something else first; do not retry
	ErrFailedPrecondition Code = 4
	// past the end of the data
	ErrOutOfRange Code = 5
	// memory or disk is short; the message says by how much
	ErrResourceExhausted Code = 6
	// a device, library or peer is missing; may be retried
	ErrUnavailable Code = 7
	// a file or message is damaged
	ErrDataLoss Code = 8
	// the feature does not exist; use what the message names
	ErrUnimplemented Code = 9
	// stopped on request
	ErrCancelled Code = 10
	// restart the step
	ErrAborted Code = 11
	// the run diverged
	ErrNumeric Code = 12
	// the operating system refused an operation
	ErrIO Code = 13
	// a bug in Raddle
	ErrInternal Code = 14
)

// String is the name that messages and the configuration have for it.
func (v Code) String() string {
	switch v {
	case OK:
		return "OK"
	case ErrInvalidArgument:
		return "INVALID_ARGUMENT"
	case ErrNotFound:
		return "NOT_FOUND"
	case ErrAlreadyExists:
		return "ALREADY_EXISTS"
	case ErrFailedPrecondition:
		return "FAILED_PRECONDITION"
	case ErrOutOfRange:
		return "OUT_OF_RANGE"
	case ErrResourceExhausted:
		return "RESOURCE_EXHAUSTED"
	case ErrUnavailable:
		return "UNAVAILABLE"
	case ErrDataLoss:
		return "DATA_LOSS"
	case ErrUnimplemented:
		return "UNIMPLEMENTED"
	case ErrCancelled:
		return "CANCELLED"
	case ErrAborted:
		return "ABORTED"
	case ErrNumeric:
		return "NUMERIC"
	case ErrIO:
		return "IO"
	case ErrInternal:
		return "INTERNAL"
	}
	return "Code(" + strconv.Itoa(int(v)) + ")"
}

// Scope: The largest entity that is broken.
type Scope int32

const (
	ScopeCall   Scope = 0
	ScopeDevice Scope = 1
	ScopePeer   Scope = 2
	ScopeGroup  Scope = 3
	ScopeJob    Scope = 4
)

// String is the name that messages and the configuration have for it.
func (v Scope) String() string {
	switch v {
	case ScopeCall:
		return "call"
	case ScopeDevice:
		return "device"
	case ScopePeer:
		return "peer"
	case ScopeGroup:
		return "group"
	case ScopeJob:
		return "job"
	}
	return "Scope(" + strconv.Itoa(int(v)) + ")"
}
