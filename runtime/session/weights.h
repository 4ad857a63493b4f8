// SPDX-License-Identifier: Apache-2.0
// Between a StateStore and files: training checkpoints and Hugging Face directories.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "checkpoint/hf_directory.h"
#include "runtime/data/tokenizer.h"
#include "runtime/exec/host_tensors.h"
#include "runtime/models/model_config.h"

namespace raddle::session {

// A checkpoint's tensors: "param.X", and with an optimizer "adam_m.X" and "adam_v.X". Copies in
// BF16 are not among them, as their masters say what they are.
std::vector<checkpoint::LogicalTensor> checkpoint_tensors(const exec::StateStore& store);
// What the store's rank writes of them, of which all ranks together write each element once.
// `tensors` is of the store; the views live as long.
StatusOr<std::vector<checkpoint::SliceView>> checkpoint_slices(exec::HostTensors& tensors,
                                                               const exec::StateStore& store);
// The same of a single rank's store, as whole tensors.
StatusOr<std::vector<checkpoint::TensorView>> checkpoint_views(exec::HostTensors& tensors,
                                                               const exec::StateStore& store);

// The parameters of a checkpoint of the same ones, without moments. Nothing changes on an error.
// But for CANCELLED, when `stop` is set: then the store is to be dropped.
Status read_parameters(const std::string& path, exec::StateStore& store, StopToken* stop);

// Reads of a checkpoint of the same parameters, whoever wrote it, what this store's rank has.
// Moments of what was frozen there (by parameter; empty:
// nothing was) start at zero, those of what is frozen here are left out. Nothing changes on an
// error.
Status read_checkpoint(const std::string& path, std::span<const char> was_frozen,
                       exec::StateStore& store, StopToken* stop);

// Fills the store's parameters (those that the family has in such files). Weights may be BF16 or
// F16. One error names every missing, extra or misshapen tensor; then nothing has changed.
// CANCELLED when `stop` is set, and then a part has.
Status import_hf(const checkpoint::HfDirectory& files, const models::ModelConfig& model,
                 exec::StateStore& store, StopToken* stop);
Status export_hf(const std::string& directory, const models::ModelConfig& model,
                 exec::StateStore& store, const data::Tokenizer* tokenizer, StopToken* stop);

}  // namespace raddle::session
