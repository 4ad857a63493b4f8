// SPDX-License-Identifier: Apache-2.0
// A step through the ABI allocates nothing, whatever form its batches come in.
#include <vector>

#include "tests/capi/abi_test.h"
#include "tests/support/allocation_hook.h"

namespace {

using abi_test::ContextTest;
using raddle::test::AllocationCount;
using raddle::test::AllocationScope;

class Allocation : public ContextTest {
 protected:
  // What a call allocates when it was made before.
  template <class Call>
  void expect_none(const char* what, const Call& call) {
    for (int i = 0; i < 3; ++i) ABI_OK(call());
    AllocationScope scope(AllocationScope::Threads::kAll, "libdnnl");
    const raddle_status_t status = call();
    const AllocationCount count = scope.end();
    ABI_OK(status);
    EXPECT_EQ(count.total(), 0) << what << ": " << count.describe();
  }
};

TEST_F(Allocation, AStepAllocatesNothing) {
  RADDLE_SKIP_WITHOUT_ALLOCATION_HOOK();
  raddle_config_t* config = nullptr;
  raddle_session_t* session = nullptr;
  AllocationScope control(AllocationScope::Threads::kAll);
  const raddle_status_t created = raddle_config_create(&config);
  EXPECT_GT(control.end().total(), 0) << "what the library allocates is not seen";
  ABI_OK(created);
  for (const auto& [key, value] : {std::pair{"data.tokenizer", "bytes"},
                                   {"model.layers", "1"},
                                   {"model.width", "16"},
                                   {"model.heads", "2"},
                                   {"model.context", "16"},
                                   {"train.micro_batch_tokens", "16"},
                                   {"train.micro_batches", "2"}}) {
    ABI_OK(raddle_config_set(config, key, value));
  }
  ABI_OK(raddle_session_create(context, config, nullptr, nullptr, &session));
  const std::vector<int32_t> tokens = {1, 2, 3, 4, 5, 6, 7, 8};
  raddle_batch_t batches[2] = {RADDLE_BATCH_INIT, RADDLE_BATCH_INIT};
  for (raddle_batch_t& batch : batches) {
    batch.tokens = tokens.data();
    batch.token_count = 8;
  }
  raddle_metrics_t metrics = RADDLE_METRICS_INIT;
  expect_none("step", [&] { return raddle_session_step(session, batches, 2, nullptr, &metrics); });
  expect_none("step_tokens", [&] {
    return raddle_session_step_tokens(session, tokens.data(), 8, nullptr, nullptr, nullptr, nullptr,
                                      0, nullptr, &metrics);
  });
  expect_none("backward", [&] {
    return raddle_session_backward(session, batches, 2, nullptr, nullptr, &metrics);
  });
  expect_none("backward and apply", [&] {
    raddle_status_t status =
        raddle_session_backward(session, batches, 2, nullptr, nullptr, &metrics);
    return status != nullptr ? status : raddle_session_apply(session, nullptr, &metrics);
  });
  raddle_session_destroy(&session);
  raddle_config_destroy(&config);
}

}  // namespace
