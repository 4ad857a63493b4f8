// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/session_tensors.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

import "unsafe"

func rawSessionTensorCount(session *cSession) int64 {
	return int64(C.raddle_session_tensor_count(session))
}

func rawSessionTensorName(session *cSession, index int64) string {
	return C.GoString(C.raddle_session_tensor_name(session, C.int64_t(index)))
}

func rawSessionGetTensor(session *cSession, name string) (outView tensorView, err error) {
	var a arena
	defer a.free()
	cName := a.text("name", name, false)
	var cOutView C.raddle_tensor_view_t
	cOutView.struct_size = C.size_t(unsafe.Sizeof(cOutView))
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_get_tensor(session, cName, &cOutView))
	outView = *tensorViewFromC(&cOutView)
	return
}

type cDLManagedTensor = C.DLManagedTensor

func rawSessionExportTensor(
	session *cSession,
	name string,
) (outTensor *cDLManagedTensor, err error) {
	var a arena
	defer a.free()
	cName := a.text("name", name, false)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_export_tensor(session, cName, &outTensor))
	return
}
