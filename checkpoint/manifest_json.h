// SPDX-License-Identifier: Apache-2.0
// Tensors, files and their slices as JSON, for the manifest and for a writer's record of its part.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "checkpoint/manifest.h"

namespace raddle::checkpoint {

nlohmann::json tensors_to_json(std::span<const LogicalTensor> tensors);
nlohmann::json files_to_json(std::span<const ManifestFile> files,
                             std::span<const LogicalTensor> tensors);

// DATA_LOSS names what is wrong. Names are unique, every slice lies within its tensor, every file
// has room for its slices; whether the slices cover the tensors is not looked at.
StatusOr<std::vector<LogicalTensor>> tensors_from_json(const nlohmann::json& array,
                                                       std::string_view where);
StatusOr<std::vector<ManifestFile>> files_from_json(const nlohmann::json& array,
                                                    std::span<const LogicalTensor> tensors,
                                                    std::string_view where);

// The files of a manifest of version 1, each of which lists whole tensors; appends those.
StatusOr<std::vector<ManifestFile>> files_from_json_1(const nlohmann::json& array,
                                                      std::vector<LogicalTensor>* tensors,
                                                      std::string_view where);

}  // namespace raddle::checkpoint
