// SPDX-License-Identifier: Apache-2.0
// The control thread: sockets and clock by libuv, decisions by coordinator.h and member.h. It only
// carries events there and actions back.
#pragma once

#include <uv.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "runtime/control/coordinator.h"
#include "runtime/control/job.h"
#include "runtime/control/member.h"
#include "runtime/control/sockets.h"

namespace raddle::control {

class Job::Thread {
 public:
  struct Setup {
    Rules rules;
    Hello hello;
    std::string where;
    HostPort coordinator;
    int listener = -1;  // taken; -1: another rank hosts the coordinator
  };
  static StatusOr<std::unique_ptr<Thread>> start(Setup setup);
  ~Thread();  // it must be over

  // From other threads.
  StatusOr<std::vector<Member>> wait_until_joined(StopToken* stop);
  void watch(std::function<void(const Status&)> on_loss);
  void leave(Word word);
  void wait_until_over();
  Status loss() const;

 private:
  // A connection; of the coordinator's it has an id, the member's own has 0.
  struct Stream {
    uv_tcp_t tcp{};
    uv_connect_t connecting{};
    uv_shutdown_t ending{};
    Thread* thread = nullptr;
    ConnectionId id = 0;
    bool is_connected = false;
    int64_t ending_since = -1;  // what was sent is on its way; nothing more is read
    bool is_closing = false;
  };
  struct Command {
    std::optional<Word> leave;
    std::function<void(const Status&)> on_loss;
  };

  explicit Thread(Setup setup);
  Status open_loop();
  void run();
  void run_to_close();

  void tick();
  void take_commands();
  void step_coordinator(const CoordinatorEvent& event);
  void step_member(MemberEvent event);
  void carry_out(const CoordinatorAction& action);
  void carry_out(const MemberAction& action);
  void end_member(Status failure);
  void tell_loss();
  void end_loop_if_done();

  void connect();
  void accept();
  Stream* make_stream(ConnectionId id);
  void send(Stream* stream, std::shared_ptr<const std::string> bytes);
  void end(Stream* stream);
  void drop(Stream* stream);
  void start_reading(Stream* stream);
  void on_connected(Stream* stream, int status);
  void on_read(Stream* stream, std::string_view bytes);
  void on_closed_by_peer(Stream* stream);

  Setup setup_;
  std::thread thread_;
  uv_loop_t loop_{};
  uv_async_t bell_{};
  uv_timer_t timer_{};
  uv_tcp_t listener_{};
  std::vector<char> read_buffer_;

  // Of the control thread alone.
  std::optional<CoordinatorState> coordinator_;
  MemberState member_;
  std::map<Stream*, std::unique_ptr<Stream>> streams_;
  std::map<ConnectionId, Stream*> accepted_;
  Stream* own_ = nullptr;
  ConnectionId last_id_ = 0;
  bool member_over_ = false, coordinator_over_ = true, loop_ending_ = false;
  std::function<void(const Status&)> on_loss_;
  bool loss_told_ = false;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Command> commands_;
  bool joined_ = false, over_ = false;
  Status failure_, loss_;
};

}  // namespace raddle::control
