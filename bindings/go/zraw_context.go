// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/context.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

import "unsafe"

type cContext = C.raddle_context_t

// What C holds of it is in the arena.
func (v *contextOptions) toC(a *arena, c *C.raddle_context_options_t) {
	*c = C.raddle_context_options_t{}
	c.struct_size = C.size_t(unsafe.Sizeof(*c))
	c.log_level = C.raddle_log_level_t(v.logLevel)
	if v.logCallback != nil {
		c.log_callback = logCallbackPointer()
		c.log_user_data = v.logCallback.data()
	}
}

func rawContextCreate(options *contextOptions) (outContext *cContext, err error) {
	var a arena
	defer a.free()
	var cOptions *C.raddle_context_options_t
	if options != nil {
		cOptions = new(C.raddle_context_options_t)
		options.toC(&a, cOptions)
	}
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_context_create(cOptions, &outContext))
	return
}

func rawContextDestroy(context *cContext) {
	C.raddle_context_destroy(&context)
}

func rawContextDescribe(context *cContext) (outJSON string, err error) {
	var cOutJSON *C.char
	err = statusError(C.raddle_context_describe(context, &cOutJSON))
	outJSON = takeText(cOutJSON)
	return
}
