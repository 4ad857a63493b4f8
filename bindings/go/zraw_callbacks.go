// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/*.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
// extern void raddleGoLogCallback(
//     void* user_data,
//     raddle_log_level_t level,
//     char* message);
// extern int32_t raddleGoEventCallback(
//     void* user_data,
//     raddle_event_t* event);
// extern int32_t raddleGoTokenCallback(
//     void* user_data,
//     int32_t token,
//     char* text,
//     size_t text_bytes);
// extern int32_t raddleGoBatchSource(
//     void* user_data,
//     int64_t step,
//     int64_t micro_batch,
//     raddle_batch_t* batch);
// extern int32_t raddleGoCheckpointCallback(
//     void* user_data,
//     raddle_checkpoint_info_t* info);
import "C"

import "unsafe"

//export raddleGoLogCallback
func raddleGoLogCallback(userData unsafe.Pointer, level C.raddle_log_level_t, message *C.char) {
	c := upcallOf(userData)
	defer c.guard()
	c.function.(logCallback)(LogLevel(level), C.GoString(message))
}

func logCallbackPointer() C.raddle_log_callback_t {
	return C.raddle_log_callback_t(C.raddleGoLogCallback)
}

//export raddleGoEventCallback
func raddleGoEventCallback(userData unsafe.Pointer, event *C.raddle_event_t) (result C.int32_t) {
	c := upcallOf(userData)
	result = 1
	defer c.guard()
	return C.int32_t(c.function.(eventCallback)(eventFromC(event)))
}

func eventCallbackPointer() C.raddle_event_callback_t {
	return C.raddle_event_callback_t(C.raddleGoEventCallback)
}

//export raddleGoTokenCallback
func raddleGoTokenCallback(
	userData unsafe.Pointer,
	token C.int32_t,
	text *C.char,
	textBytes C.size_t,
) (result C.int32_t) {
	c := upcallOf(userData)
	result = 1
	defer c.guard()
	return C.int32_t(c.function.(tokenCallback)(int32(token), C.GoStringN(text, C.int(textBytes))))
}

func tokenCallbackPointer() C.raddle_token_callback_t {
	return C.raddle_token_callback_t(C.raddleGoTokenCallback)
}

//export raddleGoBatchSource
func raddleGoBatchSource(
	userData unsafe.Pointer,
	step C.int64_t,
	microBatch C.int64_t,
	batch *C.raddle_batch_t,
) (result C.int32_t) {
	c := upcallOf(userData)
	result = 1
	defer c.guard()
	c.arena.free()
	var filled Batch
	returned := C.int32_t(c.function.(batchSource)(int64(step), int64(microBatch), &filled))
	if returned == 0 {
		filled.toC(&c.arena, batch)
	}
	if c.arena.err == nil {
		result = returned
	}
	return
}

func batchSourcePointer() C.raddle_batch_source_t {
	return C.raddle_batch_source_t(C.raddleGoBatchSource)
}

//export raddleGoCheckpointCallback
func raddleGoCheckpointCallback(
	userData unsafe.Pointer,
	info *C.raddle_checkpoint_info_t,
) (result C.int32_t) {
	c := upcallOf(userData)
	result = 1
	defer c.guard()
	return C.int32_t(c.function.(checkpointCallback)(checkpointInfoFromC(info)))
}

func checkpointCallbackPointer() C.raddle_checkpoint_callback_t {
	return C.raddle_checkpoint_callback_t(C.raddleGoCheckpointCallback)
}
