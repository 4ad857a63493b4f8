// SPDX-License-Identifier: Apache-2.0
// Plan: what a training step will need and do, before it runs.
#pragma once

#include <raddle/plan.h>

#include "raddle/cpp/calls/plan.hpp"
#include "raddle/cpp/graph.hpp"

namespace raddle {
inline namespace RADDLE_CPP_ABI {

// Immutable. The same graph, config and machine give the same plan.
class Plan : public detail::Object<raddle_plan_t, raddle_plan_destroy>,
             public PlanMakers<Plan>,
             public PlanCalls<Plan> {
 public:
  using Object::Object;
};

}  // namespace RADDLE_CPP_ABI
}  // namespace raddle
