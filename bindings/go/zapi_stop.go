// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/stop.toml. DO NOT EDIT.

package raddle

import "strconv"

// StopGrade: How it is asked to stop.
type StopGrade int32

const (
	// not at all: go on
	StopNone StopGrade = 0
	// Stop.RequestStop was called
	StopRequested StopGrade = 1
	// Stop.CancelStop was called
	StopCancelled StopGrade = 2
)

// String is the name that messages and the configuration have for it.
func (v StopGrade) String() string {
	switch v {
	case StopNone:
		return "none"
	case StopRequested:
		return "requested"
	case StopCancelled:
		return "cancelled"
	}
	return "StopGrade(" + strconv.Itoa(int(v)) + ")"
}
