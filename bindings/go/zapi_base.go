// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/base.toml. DO NOT EDIT.

package raddle

// VersionMajor: The version of these headers.
const VersionMajor = 0

// VersionMinor is as in C.
const VersionMinor = 1

// VersionPatch is as in C.
const VersionPatch = 0

// Version: The version of the library that is loaded, to be compared with RADDLE_VERSION. The
// same as text, "0.1.0".
func Version() string { return rawVersionString() }

// BuildInfo: How the library was built: lines of "key: value" (version, compiler, build type,
// sanitizers).
func BuildInfo() string { return rawBuildInfo() }
