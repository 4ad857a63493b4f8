// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/base.toml. DO NOT EDIT.

package raddle

// VersionMajor: The version of these headers.
const VersionMajor = 0

// VersionMinor is RADDLEVERSIONMINOR.
const VersionMinor = 1

// VersionPatch is RADDLEVERSIONPATCH.
const VersionPatch = 0
