// SPDX-License-Identifier: Apache-2.0
// From data.* to a tokenizer and loaders: trains or loads the tokenizer, tokenizes what is not yet
// tokenized, opens the shards.
#pragma once

#include <memory>
#include <string>

#include "runtime/base/stop_token.h"
#include "runtime/config/config.h"
#include "runtime/data/loader.h"
#include "runtime/data/tokenizer.h"
#include "runtime/session/run_tokens.h"

namespace raddle::session {

// data.tokenizer; where that is "auto", the directory of model.init_from or of model.hf_config if
// it holds a tokenizer, else "bytes". A directory with one that is not read is an error that names
// it, and "" where there is no data.path either: whoever brings the batches has their own.
StatusOr<std::string> tokenizer_spec(const config::Config& config);

// The tokenizer that `spec`, of tokenizer_spec(), names; "bpe" is trained on data.path. Null,
// without an error, if the config names a trained tokenizer but no data to train it on, and for "".
StatusOr<std::shared_ptr<const data::Tokenizer>> make_tokenizer(const config::Config& config,
                                                                const std::string& spec,
                                                                StopToken* stop);

// A tokenizer as text, so that a checkpoint is whole without the run directory. Null gives "".
StatusOr<std::string> pack_tokenizer(const data::Tokenizer* tokenizer);
StatusOr<std::shared_ptr<const data::Tokenizer>> unpack_tokenizer(const std::string& packed);

struct Loaders {
  std::unique_ptr<data::Loader> train;       // null: data.path is empty, or not wanted
  std::unique_ptr<data::Loader> validation;  // null: there is no validation data
};

// The most tokens of a sequence: data.sequence_length, where that is 0 the model's `context`, and
// never more than a micro-batch holds.
int64_t sequence_length(const config::Config& config, int64_t context);

// Where token shards are: `directory` receives what is made, and what is there already is used
// again.
struct ShardPlaces {
  std::string directory;
  RunTokens of_run;  // looked at first
};

// `sequence_max` is the model's context, `vocab_size` its rows: the data has no id beyond them.
StatusOr<Loaders> open_loaders(const config::Config& config, const data::Tokenizer* tokenizer,
                               const ShardPlaces& places, int64_t sequence_max, int64_t vocab_size,
                               bool with_train, StopToken* stop);

}  // namespace raddle::session
