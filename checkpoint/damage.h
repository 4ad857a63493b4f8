// SPDX-License-Identifier: Apache-2.0
// Compares one file of a checkpoint with its manifest and, when they differ, finds out what
// happened: another step's file, a cut, or which slices of which tensors changed.
#pragma once

#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "checkpoint/safetensors.h"

namespace raddle::checkpoint {

// Empty when the file is what the manifest says, to the bit.
std::vector<Problem> check_file(const std::string& checkpoint, const Manifest& manifest,
                                const ManifestFile& file, StopToken* stop = nullptr);

// Whether the file's own header places every slice where the manifest does. A file may have the
// checksum that the manifest gives and yet not hold what it lists, if both were made to.
Status check_contents(const SafetensorsFile& source, const Manifest& manifest,
                      const ManifestFile& file);

// A DATA_LOSS (or what kept a file from being read) that tells the first of the problems and how
// many more there are.
Status damage_status(const std::vector<Problem>& problems);

}  // namespace raddle::checkpoint
