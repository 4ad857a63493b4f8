// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/run_tokens.h"

#include "runtime/base/file_system.h"
#include "runtime/base/log.h"

namespace raddle::session {

using data::TokenShard;
using data::VerifyShard;

StatusOr<std::shared_ptr<const TokenShard>> find_trained_on(const RunTokens& tokens,
                                                            const data::LoaderOptions& options,
                                                            StopToken* stop) {
  std::shared_ptr<const TokenShard> none;
  if (tokens.directory.empty() || tokens.cursor.empty()) return none;
  RADDLE_ASSIGN_OR_RETURN(const bool there, file_system().exists(tokens.directory));
  if (!there) return none;
  RADDLE_ASSIGN_OR_RETURN(const auto names, file_system().list(tokens.directory));
  for (const std::string& name : names) {
    if (!name.ends_with(".tok")) continue;
    const std::string path = tokens.directory + "/" + name;
    const auto shard = TokenShard::open(path, VerifyShard::kSizes);
    if (!shard.is_ok()) {
      log_warning("passed over: {}", shard.status().message());
      continue;
    }
    RADDLE_ASSIGN_OR_RETURN(const auto loader, data::Loader::create({*shard}, options));
    const auto saved = loader->restore_into_order(tokens.cursor);
    if (!saved.is_ok() || !saved->same_data) continue;
    auto whole = TokenShard::open(path, VerifyShard::kContents, stop);
    if (whole.is_ok() || whole.status().code() == Code::kCancelled) return whole;
    log_warning("passed over: {}", whole.status().message());
  }
  return none;
}

}  // namespace raddle::session
