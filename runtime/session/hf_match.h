// SPDX-License-Identifier: Apache-2.0
// Which tensor of a Hugging Face directory holds which part of the model, whatever tool saved it:
// with or without the language model's prefix, with one of two tied names, with buffers that are no
// weights.
#pragma once

#include <vector>

#include "checkpoint/hf_directory.h"
#include "runtime/models/hf_tensors.h"

namespace raddle::session {

struct HfSource {
  models::HfTensor part;
  checkpoint::StoredTensor view;
};

// One for each of hf_tensors(model). INVALID_ARGUMENT names all that is missing, too much, of
// another shape or of a type that does not become F32 exactly.
StatusOr<std::vector<HfSource>> match_hf_tensors(const checkpoint::HfDirectory& files,
                                                 const models::ModelConfig& model);

// Where the config ties the output matrix to the embedding, but the files hold one of its own that
// differs: unties them with a warning, as transformers 5 does.
Status adopt_own_head(const checkpoint::HfDirectory& files, models::ModelConfig* model);

}  // namespace raddle::session
