// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/checkpoint.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

func rawSessionSave(session *cSession, path string, stop *cStop) (outPath string, err error) {
	var a arena
	defer a.free()
	cPath := a.text("path", path, true)
	var cOutPath *C.char
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_save(session, cPath, stop, &cOutPath))
	outPath = takeText(cOutPath)
	return
}

func rawSessionRestore(session *cSession, path string, stop *cStop) (err error) {
	var a arena
	defer a.free()
	cPath := a.text("path", path, false)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_restore(session, cPath, stop))
	return
}

func checkpointInfoFromC(c *C.raddle_checkpoint_info_t) *CheckpointInfo {
	if c == nil {
		return nil
	}
	return &CheckpointInfo{
		Path:        C.GoString(c.path),
		Step:        int64(c.step),
		Bytes:       int64(c.bytes),
		Good:        c.good != 0,
		Problem:     C.GoString(c.problem),
		Branch:      C.GoString(c.branch),
		InForce:     c.in_force != 0,
		HalfWritten: c.half_written != 0,
	}
}

func rawCheckpointList(
	context *cContext,
	directory string,
	callback checkpointCallback,
) (err error) {
	var a arena
	defer a.free()
	cDirectory := a.text("directory", directory, false)
	var cCallback *upcall
	var cCallbackPointer C.raddle_checkpoint_callback_t
	if callback != nil {
		cCallback = newUpcall(callback)
		defer cCallback.release()
		cCallbackPointer = checkpointCallbackPointer()
	}
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_checkpoint_list(
		context,
		cDirectory,
		cCallbackPointer,
		cCallback.data(),
	))
	err = cCallback.outcome(err)
	return
}

func rawCheckpointVerify(
	context *cContext,
	path string,
	stop *cStop,
) (outJSON string, err error) {
	var a arena
	defer a.free()
	cPath := a.text("path", path, false)
	var cOutJSON *C.char
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_checkpoint_verify(context, cPath, stop, &cOutJSON))
	outJSON = takeText(cOutJSON)
	return
}

func rawCheckpointExport(
	context *cContext,
	from string,
	format string,
	to string,
	stop *cStop,
) (err error) {
	var a arena
	defer a.free()
	cFrom := a.text("from", from, false)
	cFormat := a.text("format", format, false)
	cTo := a.text("to", to, false)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_checkpoint_export(context, cFrom, cFormat, cTo, stop))
	return
}
