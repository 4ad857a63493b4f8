// SPDX-License-Identifier: Apache-2.0
// What the ABI says of tensors that no session of a config has yet: copies in BF16, shares of
// ranks, foreign memory.
#include "runtime/capi/tensors.h"

#include <gtest/gtest.h>

#include "runtime/base/bf16.h"
#include "runtime/session/session.h"
#include "tests/support/memory_file.h"
#include "tests/support/shared_state.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_run.h"

namespace raddle::capi {
namespace {

using exec::Role;
using session::StateTensor;

const StateTensor& find(const std::vector<StateTensor>& tensors, const std::string& name) {
  const auto found = std::find_if(tensors.begin(), tensors.end(),
                                  [&](const StateTensor& one) { return one.name == name; });
  EXPECT_NE(found, tensors.end()) << name;
  return *found;
}

TEST(Tensors, APartSaysWhichElementsItHas) {
  test::SharedState three(3);
  exec::StateStore& store = three.store(1);
  const auto tensors = session::list_state_tensors(store);
  const raddle_tensor_info_t whole = describe_tensor(store, find(tensors, "wte"));
  EXPECT_EQ(whole.element_begin, 0);
  EXPECT_EQ(whole.element_end, 301 * 700);
  const StateTensor& part = find(tensors, "m/wte");
  const raddle_tensor_info_t info = describe_tensor(store, part);
  EXPECT_EQ(info.role, RADDLE_ROLE_MOMENT1);
  EXPECT_EQ(info.dtype, RADDLE_F32);
  EXPECT_EQ(info.rank, 2);
  EXPECT_EQ(info.dims[0], 301);
  EXPECT_EQ(info.dims[1], 700);
  EXPECT_EQ(info.element_begin, 2 * 65536);
  EXPECT_EQ(info.element_end, 301 * 700);
  EXPECT_EQ(info.on_host, 1);
  EXPECT_EQ(info.foreign, 0);
  EXPECT_EQ(info.trained, 1);
  const session::StateMemory memory = session::lend_memory(store, part).value();
  EXPECT_EQ(memory.shape, (Shape{301 * 700 - 2 * 65536}));
  EXPECT_EQ(memory.data, store.address(0, Role::kMoment1));
  std::vector<float> values(301 * 700);
  const Status all = session::read_tensor(store, part, values);
  EXPECT_EQ(all.code(), Code::kInvalidArgument);
  EXPECT_NE(all.message().find("79628 elements [131072, 210700) are here"), std::string::npos)
      << all.message();
  const auto here = std::span(values).first(79628);
  std::ranges::fill(here, 3.0f);
  EXPECT_TRUE(session::write_tensor(store, part, here).is_ok());
  EXPECT_EQ(store.values(0, Role::kMoment1)[79627], 3.0f);
  EXPECT_TRUE(session::read_tensor(store, part, here).is_ok());
  // Of one that is elsewhere there is nothing here.
  const StateTensor& none = find(tensors, "v/head");
  EXPECT_EQ(describe_tensor(store, none).element_begin, describe_tensor(store, none).element_end);
  EXPECT_EQ(session::lend_memory(store, none).value().shape, (Shape{0}));
}

TEST(Tensors, ForeignMemoryAndThatOfADeviceAreSaid) {
  const graph::Graph graph = test::graph_of_blocks();
  const exec::StateOptions options{.optimizer = true};
  for (const std::string name : {"cpu", "guarded"}) {
    const auto device = exec::open_device({.threads = 1, .name = name}).value();
    const auto layout = plan::StateLayout::of(graph, options, device->caps().buffer_alignment);
    const test::MemoryFile file(exec::foreign_block_bytes(layout, Role::kMoment2));
    const exec::ForeignBlock blocks[] = {
        {Role::kMoment2, {file.fd(), 0}, device::Contents::kZeroed}};
    const auto store = exec::StateStore::create(graph, options, *device, blocks).value();
    for (const StateTensor& tensor : session::list_state_tensors(store)) {
      const raddle_tensor_info_t info = describe_tensor(store, tensor);
      EXPECT_EQ(info.foreign, tensor.role == Role::kMoment2 ? 1 : 0) << tensor.name;
      EXPECT_EQ(info.on_host, name == "cpu" ? 1 : 0) << tensor.name;
    }
  }
}

// The functions themselves, on a session whose state has copies.
class CopiesOfASession : public testing::Test {
 protected:
  CopiesOfASession() {
    session::SessionOptions options;
    options.state.compute_copies = true;
    handle_.session = session::Session::create(test::tiny(test::text_file(dir_)), options).value();
  }
  raddle_tensor_info_t info_of(const std::string& name) {
    raddle_tensor_info_t info = RADDLE_TENSOR_INFO_INIT;
    for (int64_t i = 0; i < raddle_session_tensor_count(&handle_); ++i) {
      if (raddle_session_tensor_name(&handle_, i) != name) continue;
      EXPECT_EQ(raddle_session_get_tensor_info(&handle_, i, &info), nullptr);
    }
    EXPECT_NE(info.name, nullptr) << name;
    return info;
  }
  const test::TempDir dir_;
  raddle_session handle_;
};

TEST_F(CopiesOfASession, AreBf16) {
  const raddle_tensor_info_t info = info_of("compute/final_norm.weight");
  EXPECT_EQ(info.role, RADDLE_ROLE_COMPUTE);
  EXPECT_EQ(info.dtype, RADDLE_BF16);
  EXPECT_STREQ(info.parameter, "final_norm.weight");
  EXPECT_EQ(info.element_end, info.dims[0]);
  EXPECT_EQ(info_of("final_norm.weight").dtype, RADDLE_F32);
  raddle_tensor_view_t view = RADDLE_TENSOR_VIEW_INIT;
  ASSERT_EQ(raddle_session_get_tensor(&handle_, "compute/final_norm.weight", &view), nullptr);
  EXPECT_EQ(view.dtype, RADDLE_BF16);
  EXPECT_EQ(view.rank, 1);
  EXPECT_EQ(view.dims[0], info.dims[0]);
  EXPECT_EQ(static_cast<const uint16_t*>(view.data)[0], f32_to_bf16(1.0f));
}

TEST_F(CopiesOfASession, FollowWhatIsWrittenThroughAnyOfItsFunctions) {
  const char *name = "final_norm.weight", *copy = "compute/final_norm.weight";
  const int64_t count = info_of(name).dims[0];
  std::vector<float> values(static_cast<size_t>(count), 1.01f), read(values.size());
  ASSERT_EQ(raddle_session_write_tensor(&handle_, name, values.data(), count), nullptr);
  ASSERT_EQ(raddle_session_read_tensor(&handle_, copy, read.data(), count), nullptr);
  EXPECT_EQ(read[0], bf16_to_f32(f32_to_bf16(1.01f)));
  raddle_tensor_view_t view = RADDLE_TENSOR_VIEW_INIT;
  ASSERT_EQ(raddle_session_get_tensor(&handle_, name, &view), nullptr);
  static_cast<float*>(view.data)[1] = 2.02f;
  ASSERT_EQ(raddle_session_read_tensor(&handle_, copy, read.data(), count), nullptr);
  EXPECT_EQ(read[1], bf16_to_f32(f32_to_bf16(2.02f)));
  raddle_status_t refused = raddle_session_write_tensor(&handle_, copy, values.data(), count);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(raddle_status_code(refused), RADDLE_INVALID_ARGUMENT);
  raddle_status_destroy(&refused);
}

TEST_F(CopiesOfASession, AreExportedAsWhatTheyAre) {
  raddle_dl_versioned_t* exported = nullptr;
  ASSERT_EQ(raddle_session_export_dlpack(&handle_, "compute/final_norm.weight", &exported),
            nullptr);
  EXPECT_EQ(exported->dl_tensor.dtype_code, RADDLE_DL_BFLOAT);
  EXPECT_EQ(exported->dl_tensor.dtype_bits, 16);
  EXPECT_EQ(exported->flags, uint64_t{RADDLE_DL_READ_ONLY});
  exported->deleter(exported);
  ASSERT_EQ(raddle_session_export_dlpack(&handle_, "final_norm.weight", &exported), nullptr);
  EXPECT_EQ(exported->dl_tensor.dtype_code, RADDLE_DL_FLOAT);
  EXPECT_EQ(exported->dl_tensor.dtype_bits, 32);
  EXPECT_EQ(exported->flags, 0u);
  exported->deleter(exported);
}

}  // namespace
}  // namespace raddle::capi
