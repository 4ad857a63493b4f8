// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/base.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

func rawVersion() uint32 {
	return uint32(C.raddle_version())
}

func rawVersionString() string {
	return C.GoString(C.raddle_version_string())
}

func rawBuildInfo() string {
	return C.GoString(C.raddle_build_info())
}
