// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/world.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

import "unsafe"

type cWorld = C.raddle_world_t

// What C holds of it is in the arena.
func (v *WorldOptions) toC(a *arena, c *C.raddle_world_options_t) {
	*c = C.raddle_world_options_t{}
	c.struct_size = C.size_t(unsafe.Sizeof(*c))
	c.rank = -1
	if v.Rank != nil {
		c.rank = C.int64_t(*v.Rank)
	}
	c.size = C.int64_t(v.Size)
	c.coordinator = a.text("coordinator", v.Coordinator, true)
	c.secret = a.text("secret", v.Secret, true)
}

func rawWorldJoin(
	context *cContext,
	config *cConfig,
	options *WorldOptions,
	stop *cStop,
) (outWorld *cWorld, err error) {
	var a arena
	defer a.free()
	var cOptions *C.raddle_world_options_t
	if options != nil {
		cOptions = new(C.raddle_world_options_t)
		options.toC(&a, cOptions)
	}
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_world_join(context, config, cOptions, stop, &outWorld))
	return
}

func rawWorldDestroy(world *cWorld) {
	C.raddle_world_destroy(&world)
}

func rawWorldLeave(world *cWorld, code Code, message string) (err error) {
	var a arena
	defer a.free()
	cMessage := a.text("message", message, true)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_world_leave(world, C.raddle_code_t(code), cMessage))
	return
}

func rawWorldRank(world *cWorld) int64 {
	return int64(C.raddle_world_rank(world))
}

func rawWorldSize(world *cWorld) int64 {
	return int64(C.raddle_world_size(world))
}

func rawWorldPlaceJSON(context *cContext) (outJSON string, err error) {
	var cOutJSON *C.char
	err = statusError(C.raddle_world_place_json(context, &cOutJSON))
	outJSON = takeText(cOutJSON)
	return
}
