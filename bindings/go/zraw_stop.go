// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/stop.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

type cStop = C.raddle_stop_t

func rawStopCreate() (outStop *cStop, err error) {
	err = statusError(C.raddle_stop_create(&outStop))
	return
}

func rawStopDestroy(stop *cStop) {
	C.raddle_stop_destroy(&stop)
}

func rawStopRequest(stop *cStop) {
	C.raddle_stop_request(stop)
}

func rawStopCancel(stop *cStop) {
	C.raddle_stop_cancel(stop)
}

func rawStopGrade(stop *cStop) StopGrade {
	return StopGrade(C.raddle_stop_grade(stop))
}

func rawStopDone(stop *cStop) int64 {
	return int64(C.raddle_stop_done(stop))
}

func rawStopTotal(stop *cStop) int64 {
	return int64(C.raddle_stop_total(stop))
}
