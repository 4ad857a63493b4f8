// SPDX-License-Identifier: Apache-2.0
// Session: a model's state and the programs that train, evaluate and generate with it.
#pragma once

#include <raddle/generate.h>
#include <raddle/session.h>
#include <raddle/steps.h>
#include <raddle/tensors.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "raddle/cpp/data.hpp"
#include "raddle/cpp/graph.hpp"
#include "raddle/cpp/operation.hpp"
// After what they hand out:
#include "raddle/cpp/calls/checkpoint.hpp"
#include "raddle/cpp/calls/generate.hpp"
#include "raddle/cpp/calls/operation.hpp"
#include "raddle/cpp/calls/session.hpp"
#include "raddle/cpp/calls/steps.hpp"
#include "raddle/cpp/calls/tensors.hpp"

namespace raddle {
inline namespace RADDLE_CPP_ABI {

// A tensor of a session's state: its memory itself, which this keeps, also after the session. F32,
// contiguous, row-major. What is written counts from the session's next call on; not while one
// runs.
class Tensor {
 public:
  // Takes over a DLPack tensor of raddle_session_export_dlpack().
  explicit Tensor(raddle_dl_versioned_t* taken) noexcept : managed_(taken) {}

  // Both are valid while this lives, wherever it is moved to, and empty once it was moved from.
  Span<const std::int64_t> dims() const noexcept {
    if (managed_ == nullptr) return {};
    return {managed_->dl_tensor.shape, static_cast<std::size_t>(managed_->dl_tensor.ndim)};
  }
  Span<float> values() const noexcept {
    if (managed_ == nullptr) return {};
    std::size_t count = 1;
    for (const std::int64_t dim : dims()) count *= static_cast<std::size_t>(dim);
    const raddle_dl_tensor_t& tensor = managed_->dl_tensor;
    return {reinterpret_cast<float*>(static_cast<char*>(tensor.data) + tensor.byte_offset), count};
  }
  // Hands it to another DLPack library, which calls its deleter: it is a DLManagedTensorVersioned.
  raddle_dl_versioned_t* release() noexcept { return managed_.release(); }

 private:
  struct Delete {
    void operator()(raddle_dl_versioned_t* managed) const noexcept { managed->deleter(managed); }
  };
  std::unique_ptr<raddle_dl_versioned_t, Delete> managed_;
};

// One call at a time, on any thread. A callback of a call may ask for info, config and tensors,
// save, generate, or destroy the session, which then goes when the call ends; whatever else is
// refused. Destroying it does not save; a call that another thread has in it is cancelled and
// waited for, but in a callback nobody waits: then the session goes with its last call.
class Session : public detail::Object<raddle_session_t, raddle_session_destroy>,
                public SessionMakers<Session>,
                public SessionCalls<Session>,
                public SessionStepsCalls<Session>,
                public SessionGenerateCalls<Session>,
                public SessionTensorsCalls<Session>,
                public SessionCheckpointCalls<Session>,
                public SessionOperationCalls<Session> {
  template <typename OnEvent>
  using IfOnEvent = std::enable_if_t<std::is_invocable_v<OnEvent&, const Event&>>;

 public:
  using Object::Object;

  // Up to train.steps on the data of data.*, evaluating and saving as the config says.
  // on_event(const Event&) hears of it, on this thread, and may return Next::kStop. A stop on
  // request is no error. Errors as those of step() and save(), and
  //   FAILED_PRECONDITION  more than train.steps are done, it does not train, or has no data
  //   CANCELLED            `stop` was cancelled; the state is that of the last whole step
  Result<TrainResult> train(StopRef stop = {}) { return train(ignore, stop); }
  template <typename OnEvent, typename = IfOnEvent<OnEvent>>
  Result<TrainResult> train(OnEvent&& on_event, StopRef stop = {}) {
    return train_with(on_event, [&](auto... result_and_callback) {
      return raddle_session_train(c(), stop.c(), result_and_callback...);
    });
  }
  // The same on batches of the caller's: source(std::int64_t step, std::int64_t micro_batch) gives
  // micro-batch 0, 1, ... of the step after `step` done ones as a std::optional<Batch>, nullopt to
  // end. Its arrays stay valid until it is called again.
  template <typename Source>
  Result<TrainResult> train_on(Source&& source, StopRef stop = {}) {
    return train_on(source, ignore, stop);
  }
  template <typename Source, typename OnEvent, typename = IfOnEvent<OnEvent>>
  Result<TrainResult> train_on(Source&& source, OnEvent&& on_event, StopRef stop = {}) {
    Batches<std::remove_reference_t<Source>> batches{source, {}, {}};
    auto result = train_with(on_event, [&](auto... result_and_callback) {
      return raddle_session_train_on(c(), &batches.next, &batches, stop.c(),
                                     result_and_callback...);
    });
    batches.caught.rethrow();
    if (!batches.status.ok()) return batches.status;
    return result;
  }
  // train() on a thread of the library's.
  Result<Training> train_in_background(StopRef stop = {}) {
    return items<Training>(train_start(stop));
  }

  // Continues a prompt; on_token(const Token&) receives each token as it is drawn, on this thread,
  // and may return Next::kStop. Errors:
  //   INVALID_ARGUMENT     an empty prompt, a token outside the vocabulary, a negative max_tokens,
  //   no
  //                        room in the context for a single new token
  //   FAILED_PRECONDITION  the session was made from a graph
  //   CANCELLED            `stop` was cancelled
  template <typename OnToken>
  Result<GenerateResult> generate(Span<const std::int32_t> prompt, OnToken&& on_token,
                                  const GenerateOptions& options = {}, StopRef stop = {}) {
    detail::Callback<std::remove_reference_t<OnToken>> callback(on_token);
    const Context keep = context();  // a callback may destroy the session
    raddle_generate_options_t c_options;
    if (Status status = detail::to_c(options, &c_options); !status.ok()) return status;
    raddle_generate_result_t result;
    detail::init(&result);
    Status status = keep.check(raddle_session_generate(
        c(), detail::not_null(prompt), static_cast<std::int64_t>(prompt.size()), &c_options,
        stop.c(), &result,
        [](void* self, std::int32_t id, const char* text, std::size_t bytes) {
          const Token token{id, std::string_view(text, bytes)};
          return (*static_cast<decltype(callback)*>(self))(token);
        },
        &callback));
    callback.rethrow();
    if (!status.ok()) return status;
    return detail::from_c(result);
  }
  // generate() on a thread of the library's; the prompt is copied.
  Result<Generation> generate_in_background(Span<const std::int32_t> prompt,
                                            const GenerateOptions& options = {},
                                            StopRef stop = {}) {
    return items<Generation>(generate_start(prompt, options, stop));
  }

  // step() on one micro-batch, without an array of C's structs.
  Result<Metrics> step_tokens(const Batch& batch, StopRef stop = {}) {
    raddle_batch_t b;
    if (Status status = detail::to_c(batch, &b); !status.ok()) return status;
    raddle_metrics_t metrics;
    detail::init(&metrics);
    Status status = check(raddle_session_step_tokens(c(), b.tokens, b.token_count, b.targets,
                                                     b.weights, b.positions, b.cu_seqlens,
                                                     b.sequence_count, stop.c(), &metrics));
    if (!status.ok()) return status;
    return detail::from_c(metrics);
  }
  // apply() at a learning rate of the caller's.
  using SessionStepsCalls::apply;
  Result<Metrics> apply(double learning_rate) {
    ApplyOptions options;
    options.learning_rate = learning_rate;
    options.own_learning_rate = 1;
    return apply(options);
  }
  // Copies an output of a caller's graph, all of it, as the last run left it. Errors:
  //   NOT_FOUND            no such output; lists those that there are
  //   INVALID_ARGUMENT     `values` has not the output's size, which is named
  //   FAILED_PRECONDITION  the graph has not run yet, or the session has a ready-made model
  template <typename T>
  Status read_output(std::string_view name, Span<T> values) {
    static_assert(std::is_trivially_copyable_v<T> && !std::is_const_v<T>);
    const detail::CText c_name(name);
    if (!c_name.ok()) return detail::zero_byte();
    return check(
        raddle_session_read_output(c(), c_name.c_str(), values.data(), values.size() * sizeof(T)));
  }

  // logits() into a vector: (tokens, vocab_size), row-major.
  using SessionGenerateCalls::logits;
  Result<std::vector<float>> logits(Span<const std::int32_t> tokens, StopRef stop = {}) {
    const Result<SessionInfo> known = info();
    if (!known.ok()) return known.status();
    // More tokens are refused, and no memory is taken for them.
    const std::size_t rows =
        std::min(tokens.size(), static_cast<std::size_t>(known->context_tokens));
    std::vector<float> all(rows * static_cast<std::size_t>(known->vocab_size));
    if (Status status = logits(tokens, Span<float>(all), stop); !status.ok()) return status;
    return all;
  }

  // Valid while the session lives; nullopt: it has none. Any thread.
  std::optional<TokenizerView> tokenizer() const noexcept {
    const raddle_tokenizer_t* lent = raddle_session_get_tokenizer(c());
    if (lent == nullptr) return std::nullopt;
    return TokenizerView(lent);
  }
  // Every parameter NAME; in a session that trains also gradient/NAME, m/NAME and v/NAME. Any
  // thread.
  std::vector<std::string> tensor_names() const {
    std::vector<std::string> names;
    const std::int64_t count = tensor_count();
    for (std::int64_t i = 0; i < count; ++i) names.emplace_back(raddle_session_tensor_name(c(), i));
    return names;
  }
  // The memory of a tensor itself. NOT_FOUND: no such tensor (the nearest is named);
  // FAILED_PRECONDITION: it lies on a device, and only read_tensor() and write_tensor() reach it.
  Result<Tensor> tensor(std::string_view name) {
    const detail::CText c_name(name);
    if (!c_name.ok()) return detail::zero_byte();
    raddle_dl_versioned_t* managed = nullptr;
    const raddle_status_t taken = raddle_session_export_dlpack(c(), c_name.c_str(), &managed);
    Tensor made(managed);
    Status status = check(taken);
    if (!status.ok()) return status;
    return made;
  }

 private:
  static void ignore(const Event&) noexcept {}

  template <typename OnEvent, typename Call>
  Result<TrainResult> train_with(OnEvent& on_event, Call&& call) {
    detail::Callback<OnEvent> callback(on_event);
    const Context keep = context();  // a callback may destroy the session
    raddle_train_result_t result;
    detail::init(&result);
    raddle_event_callback_t run = [](void* self, const raddle_event_t* event) {
      return (*static_cast<detail::Callback<OnEvent>*>(self))(Event(*event));
    };
    Status status = keep.check(call(&result, run, static_cast<void*>(&callback)));
    callback.rethrow();
    if (!status.ok()) return status;
    return detail::from_c(result);
  }

  // A caller's source of batches while C calls it back.
  template <typename Source>
  struct Batches {
    Source& source;
    detail::Caught caught;
    Status status;

    static std::int32_t next(void* user_data, std::int64_t step, std::int64_t micro_batch,
                             raddle_batch_t* c) {
      auto& self = *static_cast<Batches*>(user_data);
      return detail::guarded(self.caught, [&]() -> std::int32_t {
        const std::optional<Batch> batch = self.source(step, micro_batch);
        if (!batch.has_value()) return 1;
        self.status = detail::to_c(*batch, c);
        return self.status.ok() ? 0 : 1;
      });
    }
  };

  template <typename Range>
  static Result<Range> items(Result<Operation> operation) {
    if (!operation.ok()) return operation.status();
    return Range(*std::move(operation));
  }
};

// The checkpoints of a run directory or of a directory of checkpoints: branches that were set aside
// first, then the branch in force, each oldest first. NOT_FOUND: no such directory.
inline Result<std::vector<CheckpointInfo>> checkpoints(const Context& context,
                                                       const std::filesystem::path& directory) {
  const detail::CText c_directory(directory.native());
  if (!c_directory.ok()) return detail::zero_byte();
  std::vector<CheckpointInfo> found;
  auto add = [&](const raddle_checkpoint_info_t& info) { found.push_back(detail::from_c(info)); };
  detail::Callback<decltype(add)> callback(add);
  Status status = context.check(raddle_checkpoint_list(
      context.c(), c_directory.c_str(),
      [](void* self, const raddle_checkpoint_info_t* info) {
        return (*static_cast<decltype(callback)*>(self))(*info);
      },
      &callback));
  callback.rethrow();
  if (!status.ok()) return status;
  return found;
}

}  // namespace RADDLE_CPP_ABI
}  // namespace raddle
