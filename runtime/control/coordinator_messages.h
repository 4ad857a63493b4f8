// SPDX-License-Identifier: Apache-2.0
// The coordinator's part that answers what members say.
#pragma once

#include "runtime/control/coordinator.h"

namespace raddle::control {

// One event on its way: what the functions of the coordinator share.
struct Turn {
  CoordinatorState* state;
  int64_t now;
  CoordinatorActions* actions;

  void send(ConnectionId to, Type type, std::string body) const;
  // Forgets the connection.
  void close(ConnectionId id) const;
  // Of all who have a seat and have not left.
  void send_to_members(Type type, const std::string& body) const;

  void refuse(ConnectionId id, Code code, std::string why) const;
  // The job does not come about: everybody who has joined hears why.
  void fail_all(Code code, std::string why) const;
  // A member of a running job is lost, or ended with an error. The first ends the job.
  void lose(int64_t rank, const std::string& why) const;
};

// False: the connection is gone.
bool on_frame(const Turn& turn, ConnectionId id, const Frame& frame);
// A member's connection ended without a farewell, or it is to be ended.
void on_member_gone(const Turn& turn, int64_t rank, const std::string& why);
// The last member is there.
void begin_when_all_are_there(const Turn& turn);

}  // namespace raddle::control
