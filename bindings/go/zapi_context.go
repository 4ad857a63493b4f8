// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/context.toml. DO NOT EDIT.

package raddle

import (
	"context"
	"encoding/json"
	"strconv"
)

// Runtime: The process's Raddle: where the log goes.
type Runtime struct{ handle *handle[cContext] }

// Close frees it. Calls that run in it end with ErrCancelled; Close waits for them.
func (r *Runtime) Close() error { return r.held().Close() }

func (r *Runtime) held() *handle[cContext] {
	if r == nil {
		return nil
	}
	return r.handle
}

func newRuntime(object *cContext, parent holder) *Runtime {
	return &Runtime{newHandle("runtime", object, parent, nil,
		rawContextDestroy)}
}

// LogLevel: How much a message matters.
type LogLevel int32

const (
	// of options alone: info
	LogDefault LogLevel = 0
	LogDebug   LogLevel = 1
	LogInfo    LogLevel = 2
	LogWarning LogLevel = 3
	LogError   LogLevel = 4
	LogOff     LogLevel = 5
)

// String is the name that messages and the configuration have for it.
func (v LogLevel) String() string {
	switch v {
	case LogDefault:
		return "default"
	case LogDebug:
		return "debug"
	case LogInfo:
		return "info"
	case LogWarning:
		return "warning"
	case LogError:
		return "error"
	case LogOff:
		return "off"
	}
	return "LogLevel(" + strconv.Itoa(int(v)) + ")"
}

type logCallback func(level LogLevel, message string)

// contextOptions: What a context is made with.
type contextOptions struct {
	// the lowest level that reaches the callback
	logLevel LogLevel
	// nil: no log
	logCallback *upcall
}

// Describe: What the machine offers and what Raddle makes of it, as a JSON object: processor,
// instruction sets, cores, memory and its limits, matrix libraries found, the kernel that each op
// would get and why. Meant for bug reports and `raddle doctor`; keys may be added.
func (r *Runtime) Describe(ctx context.Context) (document json.RawMessage, err error) {
	err = block(ctx, r.held(), func(object *cContext, _ *cStop) (err error) {
		made, err := rawContextDescribe(object)
		if err == nil {
			document = json.RawMessage(made)
		}
		return err
	})
	return
}
