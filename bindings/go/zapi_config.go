// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/config.toml. DO NOT EDIT.

package raddle

import (
	"context"
	"strconv"
	"sync"
)

// Config: The options of a run.
type Config struct{ handle *handle[cConfig] }

// Close frees it. Calls that run in it end with ErrCancelled; Close waits for them.
func (c *Config) Close() error { return c.held().Close() }

func (c *Config) held() *handle[cConfig] {
	if c == nil {
		return nil
	}
	return c.handle
}

func newConfig(object *cConfig, parent holder) *Config {
	return &Config{newHandle("config", object, parent, new(sync.Mutex),
		rawConfigDestroy)}
}

// Origin: Where a value came from, lowest rank first.
type Origin int32

const (
	OriginDefault     Origin = 0
	OriginRecipe      Origin = 1
	OriginEnvironment Origin = 2
	// a command line
	OriginSet Origin = 3
	// a program, through this ABI
	OriginCall Origin = 4
)

// String is the name that messages and the configuration have for it.
func (v Origin) String() string {
	switch v {
	case OriginDefault:
		return "default"
	case OriginRecipe:
		return "recipe"
	case OriginEnvironment:
		return "environment"
	case OriginSet:
		return "set"
	case OriginCall:
		return "call"
	}
	return "Origin(" + strconv.Itoa(int(v)) + ")"
}

// OptionInfo: One row of the table of options. All texts are static.
type OptionInfo struct {
	// "train.steps"
	Key string
	// integer number boolean string choice path list size groups
	Type string
	// "1000"
	DefaultValue string
	// "steps", or ""
	Unit string
	// cluster: ranks must agree, part of the result; process: may differ
	Scope string
	// an interval "[0,)", choices "a|b", or ""
	Accepts string
	// a sentence
	Help string
	// "RADDLE_TRAIN_STEPS"
	Environment string
	// What another value means when a run is resumed. model: part of what was trained, the resume
	// is refused; run: holds from that step on and is recorded with it; process: never changes a
	// result and leaves no record.
	Change string
}

// NewConfig: Every option at its default.
func NewConfig() (config *Config, err error) {
	if err = checkVersion(rawVersion()); err != nil {
		return
	}
	made, err := rawConfigCreate()
	if err == nil {
		config = newConfig(made, nil)
	}
	return
}

// SetFrom: As Config.Set, the same with another origin, for programs that read command lines or
// files of their own. A value from a lower rank than the present one's is checked and then
// ignored.
//
//   - origin: OriginRecipe to OriginCall. From ENVIRONMENT and SET the value is taken as a person
//     types it: \n, \t, \\ and what else TOML allows in a string stand for what they mean, and a
//     list's text that holds a comma and is the name of a file is that file
//   - detail: shown after the origin ("FILE:LINE" of a recipe); "": nothing
//   - ErrInvalidArgument: no such key, not a value of its type and range, or another origin
func (c *Config) SetFrom(key string, value string, origin Origin, detail string) (err error) {
	err = call(c.held(), func(object *cConfig) (err error) {
		return rawConfigSetFrom(object, key, value, origin, detail)
	})
	return
}

// LoadFile reads a recipe: a TOML file, where nested tables make dotted keys. All or nothing.
//
//   - ErrNotFound: no such file
//   - ErrInvalidArgument: names file, line and column
func (c *Config) LoadFile(ctx context.Context, path string) (err error) {
	err = block(ctx, c.held(), func(object *cConfig, _ *cStop) (err error) {
		return rawConfigLoadFile(object, path)
	})
	return
}

// LoadText: As Config.LoadFile, the same from memory.
//
//   - text: bytes; need not end with a zero byte
//   - name: stands for the file in messages and origins; "": "text"
func (c *Config) LoadText(text string, name string) (err error) {
	err = call(c.held(), func(object *cConfig) (err error) {
		return rawConfigLoadText(object, []byte(text), name)
	})
	return
}

// LoadEnvironment takes RADDLE_TRAIN_STEPS and the like from the process's environment. A RADDLE_
// variable that is none and that Raddle does not know otherwise is warned of in the log. No
// library function does this by itself.
//
//   - ErrInvalidArgument: names the variable
func (c *Config) LoadEnvironment() (err error) {
	err = call(c.held(), func(object *cConfig) (err error) {
		return rawConfigLoadEnvironment(object)
	})
	return
}

// Get: The value as text, in canonical form.
//
//   - ErrInvalidArgument: no such key
func (c *Config) Get(key string) (value string, err error) {
	err = call(c.held(), func(object *cConfig) (err error) {
		value, err = rawConfigGet(object, key)
		return
	})
	return
}

// Origin: Where the value came from: "default", "recipe kjv.toml:12", "environment
// RADDLE_TRAIN_STEPS", "--set", "call", or what the call named.
//
//   - ErrInvalidArgument: no such key
func (c *Config) Origin(key string) (origin string, err error) {
	err = call(c.held(), func(object *cConfig) (err error) {
		origin, err = rawConfigGetOrigin(object, key)
		return
	})
	return
}

// Validate checks what no single value shows wrong. Creating a session or a plan does it too.
//
//   - ErrInvalidArgument
func (c *Config) Validate() (err error) {
	err = call(c.held(), func(object *cConfig) (err error) {
		return rawConfigValidate(object)
	})
	return
}

// FillModel sets the keys model.* that no source set to those of the model that model.hf_config
// or model.init_from names, to look at; where neither is set nothing changes. Creating a session
// or a plan needs no such call.
//
//   - ErrInvalidArgument: a key that was set disagrees with the model's file
//   - ErrUnimplemented: a model that Raddle does not have
//   - ErrNotFound: there is no such file
func (c *Config) FillModel(ctx context.Context) (err error) {
	err = block(ctx, c.held(), func(object *cConfig, _ *cStop) (err error) {
		return rawConfigFillModel(object)
	})
	return
}

// TOML: Every option as TOML, sorted by key; Config.LoadText reads it back.
func (c *Config) TOML() (toml string, err error) {
	err = call(c.held(), func(object *cConfig) (err error) {
		toml, err = rawConfigToTOML(object)
		return
	})
	return
}

// Hash: A hash of the options of scope "cluster": equal hashes mean the same run. Stable between
// machines within a version.
func (c *Config) Hash() (result uint64, err error) {
	err = call(c.held(), func(object *cConfig) (err error) {
		result = rawConfigHash(object)
		return nil
	})
	return
}

// Schema lists each OptionInfo that there is.
func Schema() (list []OptionInfo, err error) {
	if err = checkVersion(rawVersion()); err != nil {
		return
	}
	list = make([]OptionInfo, rawOptionCount())
	for i := range list {
		if list[i], err = rawOptionGetInfo(int64(i)); err != nil {
			return nil, err
		}
	}
	return
}
