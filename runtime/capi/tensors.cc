// SPDX-License-Identifier: Apache-2.0
// Sessions: tensors of state by name, in place and for other libraries.
#include "runtime/capi/tensors.h"

#include <memory>
#include <string>
#include <vector>

#include "raddle/session.h"
#include "runtime/capi/border.h"
#include "runtime/capi/text.h"
#include "runtime/config/nearest.h"

using raddle::Status;
using raddle::StatusOr;
using raddle::capi::border;
using raddle::exec::Role;
using raddle::session::StateTensor;

static_assert(RADDLE_ROLE_PARAMETER == static_cast<int32_t>(Role::kMaster));
static_assert(RADDLE_ROLE_GRADIENT == static_cast<int32_t>(Role::kGradient));
static_assert(RADDLE_ROLE_MOMENT1 == static_cast<int32_t>(Role::kMoment1));
static_assert(RADDLE_ROLE_MOMENT2 == static_cast<int32_t>(Role::kMoment2));
static_assert(RADDLE_ROLE_COMPUTE == static_cast<int32_t>(Role::kCompute));
static_assert(RADDLE_F32 == static_cast<int32_t>(raddle::DType::kF32));
static_assert(RADDLE_BF16 == static_cast<int32_t>(raddle::DType::kBF16));

namespace {

// What keeps an exported tensor alive: its own shape and the session's state. `Managed` is one of
// DLPack's two structs.
template <class Managed>
struct Exported {
  Managed managed{};
  std::vector<int64_t> dims, strides;
  std::shared_ptr<raddle::exec::StateStore> state;
};

template <class Managed>
StatusOr<std::unique_ptr<Exported<Managed>>> export_as(raddle_session_t* session,
                                                       const char* name) {
  RADDLE_ASSIGN_OR_RETURN(const StateTensor* tensor, raddle::capi::find_tensor(session, name));
  RADDLE_ASSIGN_OR_RETURN(const auto memory, session->session->memory_of(*tensor));
  auto exported = std::make_unique<Exported<Managed>>();
  exported->state = session->session->state();
  exported->dims.assign(memory.shape.dims().begin(), memory.shape.dims().end());
  exported->strides.resize(exported->dims.size());
  int64_t stride = 1;
  for (size_t i = exported->dims.size(); i-- > 0;) {
    exported->strides[i] = stride;
    stride *= exported->dims[i];
  }
  raddle_dl_tensor_t& dl = exported->managed.dl_tensor;
  dl.data = memory.data;
  dl.device_type = RADDLE_DL_CPU;
  dl.ndim = memory.shape.rank();
  dl.dtype_code = memory.dtype == raddle::DType::kBF16 ? RADDLE_DL_BFLOAT : RADDLE_DL_FLOAT;
  dl.dtype_bits = static_cast<uint8_t>(8 * raddle::dtype_bytes(memory.dtype));
  dl.dtype_lanes = 1;
  dl.shape = exported->dims.data();
  dl.strides = exported->strides.data();
  exported->managed.manager_ctx = exported.get();
  exported->managed.deleter = [](Managed* self) {
    delete static_cast<Exported<Managed>*>(self->manager_ctx);
  };
  return exported;
}

}  // namespace

namespace raddle::capi {

raddle_tensor_info_t describe_tensor(const raddle::exec::StateStore& store,
                                     const StateTensor& tensor) {
  const auto& parameter = store.parameters()[static_cast<size_t>(tensor.parameter)];
  const raddle::exec::StateRecord& record = store.record(tensor.parameter, tensor.role);
  raddle_tensor_info_t info = RADDLE_TENSOR_INFO_INIT;
  info.name = tensor.name.c_str();
  info.parameter = parameter.name.c_str();
  info.role = static_cast<raddle_tensor_role_t>(tensor.role);
  info.dtype = static_cast<raddle_dtype_t>(record.dtype);
  info.rank = tensor.shape.rank();
  info.trained = store.has(tensor.parameter, Role::kGradient) ? 1 : 0;
  for (int i = 0; i < tensor.shape.rank(); ++i) info.dims[i] = tensor.shape[i];
  info.element_begin = record.shard.begin;
  info.element_end = record.shard.end;
  info.on_host = store.is_host() ? 1 : 0;
  info.foreign = store.is_foreign(tensor.role) ? 1 : 0;
  return info;
}

StatusOr<const StateTensor*> find_tensor(const raddle_session_t* session, const char* text) {
  RADDLE_ASSIGN_OR_RETURN(const std::string_view name, short_text("name", text));
  std::vector<std::string_view> names;
  for (const StateTensor& tensor : session->session->state_tensors()) {
    if (tensor.name == name) return &tensor;
    names.push_back(tensor.name);
  }
  const auto nearest = config::nearest_match(name, names);
  return not_found("the session has no tensor '{}'{}", name,
                   nearest ? fmt::format("; did you mean '{}'?", names[*nearest]) : "");
}

}  // namespace raddle::capi

int64_t raddle_session_tensor_count(const raddle_session_t* session) {
  if (session == nullptr) return 0;
  return static_cast<int64_t>(session->session->state_tensors().size());
}

const char* raddle_session_tensor_name(const raddle_session_t* session, int64_t index) {
  if (index < 0 || index >= raddle_session_tensor_count(session)) return nullptr;
  return session->session->state_tensors()[static_cast<size_t>(index)].name.c_str();
}

raddle_status_t raddle_session_get_tensor_info(const raddle_session_t* session, int64_t index,
                                               raddle_tensor_info_t* out_info) {
  return border(
      __func__, {RADDLE_ARGUMENT_INSIDE(session), RADDLE_ARGUMENT(out_info)}, [&]() -> Status {
        RADDLE_RETURN_IF_ERROR(raddle::capi::check_output_struct("out_info", out_info));
        const auto& tensors = session->session->state_tensors();
        if (index < 0 || index >= static_cast<int64_t>(tensors.size())) {
          return raddle::out_of_range("there is no tensor {}: the session has {}, from 0 on", index,
                                      tensors.size());
        }
        raddle::capi::write_struct(
            out_info, raddle::capi::describe_tensor(*session->session->state(),
                                                    tensors[static_cast<size_t>(index)]));
        return Status::ok();
      });
}

raddle_status_t raddle_session_get_tensor(raddle_session_t* session, const char* name,
                                          raddle_tensor_view_t* out_view) {
  return border(__func__,
                {RADDLE_ARGUMENT_INSIDE(session), RADDLE_ARGUMENT(name), RADDLE_ARGUMENT(out_view)},
                [&]() -> Status {
                  RADDLE_RETURN_IF_ERROR(raddle::capi::check_output_struct("out_view", out_view));
                  RADDLE_ASSIGN_OR_RETURN(const StateTensor* tensor,
                                          raddle::capi::find_tensor(session, name));
                  RADDLE_ASSIGN_OR_RETURN(const auto memory, session->session->memory_of(*tensor));
                  raddle_tensor_view_t view = RADDLE_TENSOR_VIEW_INIT;
                  view.name = tensor->name.c_str();
                  view.data = memory.data;
                  view.dtype = static_cast<raddle_dtype_t>(memory.dtype);
                  view.rank = memory.shape.rank();
                  for (int i = 0; i < memory.shape.rank(); ++i) view.dims[i] = memory.shape[i];
                  raddle::capi::write_struct(out_view, view);
                  return Status::ok();
                });
}

raddle_status_t raddle_session_export_dlpack(raddle_session_t* session, const char* name,
                                             raddle_dl_versioned_t** out_tensor) {
  return border(
      __func__,
      {RADDLE_ARGUMENT_INSIDE(session), RADDLE_ARGUMENT(name), RADDLE_ARGUMENT(out_tensor)},
      [&]() -> Status {
        RADDLE_ASSIGN_OR_RETURN(auto made, export_as<raddle_dl_versioned_t>(session, name));
        made->managed.version_major = 1;
        // What is written to a copy is lost.
        if (raddle::capi::find_tensor(session, name).value()->role == Role::kCompute) {
          made->managed.flags = RADDLE_DL_READ_ONLY;
        }
        *out_tensor = &made.release()->managed;
        return Status::ok();
      });
}

raddle_status_t raddle_session_export_tensor(raddle_session_t* session, const char* name,
                                             raddle_dl_managed_t** out_tensor) {
  return border(
      __func__,
      {RADDLE_ARGUMENT_INSIDE(session), RADDLE_ARGUMENT(name), RADDLE_ARGUMENT(out_tensor)},
      [&]() -> Status {
        RADDLE_ASSIGN_OR_RETURN(auto made, export_as<raddle_dl_managed_t>(session, name));
        *out_tensor = &made.release()->managed;
        return Status::ok();
      });
}
