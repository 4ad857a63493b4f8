// SPDX-License-Identifier: Apache-2.0
// One checkpoint of several ranks: rank 0 begins and commits it, each writes what it holds.
#include <nlohmann/json.hpp>

#include "checkpoint/parts.h"
#include "runtime/session/finite.h"
#include "runtime/session/session_impl.h"
#include "runtime/session/weights.h"

namespace raddle::session {
namespace {

StatusOr<std::string> begin(Session::Impl& s, const std::string& path, StopToken* stop) {
  FileSystem& fs = file_system();
  const int64_t step = s.store->counters().step, writers = s.ranks.size();
  const std::vector<checkpoint::LogicalTensor> tensors = checkpoint_tensors(*s.store);
  const auto begun = [&]() -> StatusOr<checkpoint::Attempt> {
    if (!path.empty()) return checkpoint::begin_write_to(fs, path, step, writers, tensors);
    RADDLE_RETURN_IF_ERROR(s.before_saving_to_run());
    return checkpoint::begin_write(fs, s.run.checkpoints(), step, writers, tensors,
                                   {.make_root = false, .stop = stop});
  };
  RADDLE_ASSIGN_OR_RETURN(const checkpoint::Attempt attempt, begun());
  RADDLE_ASSIGN_OR_RETURN(const nlohmann::json value, checkpoint::attempt_to_json(attempt));
  return value.dump();
}

StatusOr<nlohmann::json> parse(const std::string& text, const char* where) {
  nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
  if (value.is_discarded()) return internal_error("{} of another rank is no JSON", where);
  return value;
}

StatusOr<checkpoint::Attempt> attempt_of(const std::string& text) {
  RADDLE_ASSIGN_OR_RETURN(const nlohmann::json value, parse(text, "the attempt"));
  return checkpoint::attempt_from_json(value, "the attempt of rank 0");
}

StatusOr<std::string> write(Session::Impl& s, const checkpoint::Attempt& attempt, StopToken* stop) {
  exec::HostTensors host(*s.store);
  RADDLE_ASSIGN_OR_RETURN(const auto slices, checkpoint_slices(host, *s.store));
  RADDLE_ASSIGN_OR_RETURN(
      const checkpoint::PartRecord record,
      checkpoint::write_part(file_system(), attempt, s.ranks.rank(), slices, {.stop = stop}));
  RADDLE_ASSIGN_OR_RETURN(const nlohmann::json value, checkpoint::part_to_json(record));
  return value.dump();
}

StatusOr<std::string> commit(Session::Impl& s, const checkpoint::Attempt& attempt,
                             const std::vector<std::string>& parts) {
  std::vector<checkpoint::PartRecord> records;
  for (const std::string& text : parts) {
    RADDLE_ASSIGN_OR_RETURN(const nlohmann::json value, parse(text, "the part"));
    RADDLE_ASSIGN_OR_RETURN(auto record, checkpoint::part_from_json(value, "a rank's part"));
    records.push_back(std::move(record));
  }
  RADDLE_ASSIGN_OR_RETURN(const nlohmann::json state, s.state_json());
  RADDLE_RETURN_IF_ERROR(
      checkpoint::commit(file_system(), attempt, checkpoint_tensors(*s.store), records, state));
  return attempt.target;
}

}  // namespace

StatusOr<std::string> Session::Impl::save_together(const std::string& path, StopToken* stop) {
  RADDLE_RETURN_IF_ERROR(ranks.agree(check_finite(*store, stop)));
  if (path.empty()) RADDLE_RETURN_IF_ERROR(ranks.agree(begin_run()));
  RADDLE_ASSIGN_OR_RETURN(const std::string begun,
                          ranks.share(ranks.leads() ? begin(*this, path, stop) : std::string()));
  RADDLE_ASSIGN_OR_RETURN(const checkpoint::Attempt attempt, attempt_of(begun));
  const auto parts = ranks.collect(write(*this, attempt, stop));
  const auto finish = [&]() -> StatusOr<std::string> {
    StatusOr<std::string> done =
        parts.is_ok() ? commit(*this, attempt, *parts) : StatusOr<std::string>(parts.status());
    if (!done.is_ok()) checkpoint::abandon(file_system(), attempt);
    return done;
  };
  StatusOr<std::string> saved = ranks.share(ranks.leads() ? finish() : std::string());
  if (saved.is_ok() && path.empty()) after_saving_to_run(store->counters().step);
  return saved;
}

}  // namespace raddle::session
