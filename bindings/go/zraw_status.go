// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/status.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

func rawCodeName(code Code) string {
	return C.GoString(C.raddle_code_name(C.raddle_code_t(code)))
}

func rawScopeName(scope Scope) string {
	return C.GoString(C.raddle_scope_name(C.raddle_scope_t(scope)))
}
