// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/tensors.toml. DO NOT EDIT.

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

func tensorInfoFromC(c *C.raddle_tensor_info_t) *TensorInfo {
	if c == nil {
		return nil
	}
	v := &TensorInfo{
		Name:         C.GoString(c.name),
		Parameter:    C.GoString(c.parameter),
		Role:         TensorRole(c.role),
		DType:        DType(c.dtype),
		Rank:         int32(c.rank),
		Trained:      c.trained != 0,
		ElementBegin: int64(c.element_begin),
		ElementEnd:   int64(c.element_end),
		OnHost:       c.on_host != 0,
		Foreign:      c.foreign != 0,
	}
	for i, one := range c.dims {
		v.Dims[i] = int64(one)
	}
	return v
}

func rawSessionGetTensorInfo(session *cSession, index int64) (outInfo TensorInfo, err error) {
	var cOutInfo C.raddle_tensor_info_t
	cOutInfo.struct_size = C.size_t(unsafe.Sizeof(cOutInfo))
	err = statusError(C.raddle_session_get_tensor_info(session, C.int64_t(index), &cOutInfo))
	outInfo = *tensorInfoFromC(&cOutInfo)
	return
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

type cDlVersioned = C.raddle_dl_versioned_t

type cDlManaged = C.raddle_dl_managed_t

func rawSessionExportDlpack(session *cSession, name string) (outTensor *cDlVersioned, err error) {
	var a arena
	defer a.free()
	cName := a.text("name", name, false)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_export_dlpack(session, cName, &outTensor))
	return
}

func rawSessionExportTensor(session *cSession, name string) (outTensor *cDlManaged, err error) {
	var a arena
	defer a.free()
	cName := a.text("name", name, false)
	if err = a.err; err != nil {
		return
	}
	err = statusError(C.raddle_session_export_tensor(session, cName, &outTensor))
	return
}
