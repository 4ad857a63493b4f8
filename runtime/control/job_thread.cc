// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/job_thread.h"

#include <chrono>
#include <utility>

#include "runtime/base/clock.h"
#include "runtime/base/thread.h"

namespace raddle::control {

namespace {

constexpr int kBacklog = 1024;
constexpr size_t kReadBytes = 64 << 10;
// For what was sent last to reach a peer that does not answer.
constexpr int64_t kEndingTime = 500 * kMillisecond;

template <class Handle>
uv_handle_t* as_handle(Handle* handle) {
  return reinterpret_cast<uv_handle_t*>(handle);
}

Status uv_status(int error, std::string_view what) {
  if (error == 0) return Status::ok();
  return resource_exhausted("{}: {}", what, uv_strerror(error));
}

}  // namespace

StatusOr<std::unique_ptr<Job::Thread>> Job::Thread::start(Setup setup) {
  std::unique_ptr<Thread> thread(new Thread(std::move(setup)));
  RADDLE_RETURN_IF_ERROR(thread->open_loop());
  auto started = start_thread("raddle-control", [self = thread.get()] { self->run(); });
  if (!started.is_ok()) {
    thread->run_to_close();
    return started.status();
  }
  thread->thread_ = std::move(*started);
  return thread;
}

Job::Thread::Thread(Setup setup) : setup_(std::move(setup)), read_buffer_(kReadBytes) {
  const int64_t now = now_ns();
  member_ = make_member(setup_.rules, setup_.hello, setup_.where, now);
  if (setup_.listener < 0) return;
  coordinator_ = make_coordinator(setup_.rules, now);
  coordinator_over_ = false;
}

Job::Thread::~Thread() {
  if (thread_.joinable()) thread_.join();
}

// The handles are made before the thread is, so that whoever starts it hears what is wrong.
Status Job::Thread::open_loop() {
  RADDLE_RETURN_IF_ERROR(uv_status(uv_loop_init(&loop_), "cannot make an event loop"));
  loop_.data = this;
  int error = uv_async_init(&loop_, &bell_, [](uv_async_t* bell) {
    static_cast<Thread*>(bell->loop->data)->take_commands();
  });
  if (error != 0) {
    uv_loop_close(&loop_);
    return uv_status(error, "cannot make an event loop");
  }
  uv_timer_init(&loop_, &timer_);
  const auto beat = static_cast<uint64_t>(setup_.rules.timing.beat / kMillisecond);
  uv_timer_start(
      &timer_, [](uv_timer_t* timer) { static_cast<Thread*>(timer->loop->data)->tick(); }, 0, beat);
  if (!coordinator_) return Status::ok();
  error = uv_tcp_init(&loop_, &listener_);
  if (error == 0) error = uv_tcp_open(&listener_, setup_.listener);
  if (error == 0) {
    error = uv_listen(reinterpret_cast<uv_stream_t*>(&listener_), kBacklog,
                      [](uv_stream_t* listener, int status) {
                        if (status == 0) static_cast<Thread*>(listener->loop->data)->accept();
                      });
  }
  if (error == 0) return Status::ok();
  run_to_close();
  return uv_status(error, "cannot listen for the ranks of the job");
}

// Closes all that there is, without a member or a coordinator having done anything.
void Job::Thread::run_to_close() {
  member_over_ = coordinator_over_ = true;
  end_loop_if_done();
  run();
}

void Job::Thread::run() {
  uv_run(&loop_, UV_RUN_DEFAULT);
  uv_loop_close(&loop_);
  const std::lock_guard lock(mutex_);
  over_ = true;
  changed_.notify_all();
}

// ---- from other threads ------------------------------------------------------------------------

StatusOr<std::vector<Member>> Job::Thread::wait_until_joined(StopToken* stop) {
  constexpr std::chrono::milliseconds kLook(20);
  {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kLook, [&] { return joined_ || over_; })) {
      if (stop != nullptr && stop->is_set()) break;
    }
    // Written before joined_ was set, and never again.
    if (joined_) return member_.members;
    if (over_) {
      return failure_.is_ok() ? internal_error("the control thread ended by itself") : failure_;
    }
  }
  leave({setup_.hello.member.rank, Code::kCancelled, "it was stopped on request"});
  wait_until_over();
  return cancelled("joining the job was stopped on request");
}

void Job::Thread::watch(std::function<void(const Status&)> on_loss) {
  const std::lock_guard lock(mutex_);
  if (over_) return;
  commands_.push_back({std::nullopt, std::move(on_loss)});
  uv_async_send(&bell_);
}

void Job::Thread::leave(Word word) {
  const std::lock_guard lock(mutex_);
  if (over_) return;
  commands_.push_back({std::move(word), {}});
  uv_async_send(&bell_);
}

void Job::Thread::wait_until_over() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return over_; });
}

Status Job::Thread::loss() const {
  const std::lock_guard lock(mutex_);
  return loss_;
}

// ---- events to decisions -----------------------------------------------------------------------

void Job::Thread::tick() {
  const int64_t now = now_ns();
  std::vector<Stream*> overdue;
  for (const auto& [stream, owned] : streams_) {
    if (stream->ending_since >= 0 && now - stream->ending_since >= kEndingTime) {
      overdue.push_back(stream);
    }
  }
  for (Stream* stream : overdue) drop(stream);
  if (!coordinator_over_) step_coordinator({CoordinatorEvent::Kind::kTick});
  if (!member_over_) step_member({MemberEvent::Kind::kTick});
  end_loop_if_done();
}

void Job::Thread::take_commands() {
  std::vector<Command> commands;
  {
    const std::lock_guard lock(mutex_);
    commands.swap(commands_);
  }
  for (Command& command : commands) {
    if (command.leave) {
      on_loss_ = nullptr;
      if (!member_over_) step_member({MemberEvent::Kind::kLeave, {}, std::move(*command.leave)});
    } else {
      on_loss_ = std::move(command.on_loss);
      tell_loss();
    }
  }
  end_loop_if_done();
}

void Job::Thread::step_coordinator(const CoordinatorEvent& event) {
  if (coordinator_over_) return;
  CoordinatorActions actions;
  step(&*coordinator_, event, now_ns(), &actions);
  for (const CoordinatorAction& action : actions) carry_out(action);
}

void Job::Thread::step_member(MemberEvent event) {
  MemberActions actions;
  step(&member_, event, now_ns(), &actions);
  for (const MemberAction& action : actions) carry_out(action);
}

// ---- decisions to sockets ----------------------------------------------------------------------

void Job::Thread::carry_out(const CoordinatorAction& action) {
  if (action.kind == CoordinatorAction::Kind::kFinished) {
    coordinator_over_ = true;
    return;
  }
  const auto it = accepted_.find(action.connection);
  if (it == accepted_.end()) return;
  if (action.kind == CoordinatorAction::Kind::kSend) {
    send(it->second, action.bytes);
  } else {
    end(it->second);
  }
}

void Job::Thread::carry_out(const MemberAction& action) {
  switch (action.kind) {
    case MemberAction::Kind::kConnect:
      connect();
      break;
    case MemberAction::Kind::kSend:
      if (own_ != nullptr) send(own_, std::make_shared<const std::string>(action.bytes));
      break;
    case MemberAction::Kind::kClose:
      if (own_ != nullptr) end(std::exchange(own_, nullptr));
      break;
    case MemberAction::Kind::kJoined: {
      const std::lock_guard lock(mutex_);
      joined_ = true;
      changed_.notify_all();
      break;
    }
    case MemberAction::Kind::kFailed:
    case MemberAction::Kind::kOver:
      end_member(action.status);
      break;
    case MemberAction::Kind::kLost: {
      {
        const std::lock_guard lock(mutex_);
        loss_ = action.status;
      }
      tell_loss();
      break;
    }
  }
}

void Job::Thread::end_member(Status failure) {
  member_over_ = true;
  if (own_ != nullptr) end(std::exchange(own_, nullptr));
  {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(failure);
  }
  step_coordinator({CoordinatorEvent::Kind::kHostLeaves});
}

void Job::Thread::tell_loss() {
  if (loss_told_ || !on_loss_) return;
  const Status status = loss();
  if (status.is_ok()) return;
  loss_told_ = true;
  on_loss_(status);
}

void Job::Thread::end_loop_if_done() {
  if (!member_over_ || !coordinator_over_) return;
  if (listener_.loop != nullptr && !uv_is_closing(as_handle(&listener_))) {
    uv_close(as_handle(&listener_), nullptr);
  }
  // Last words are still on their way.
  if (!streams_.empty() || loop_ending_) return;
  loop_ending_ = true;
  uv_close(as_handle(&timer_), nullptr);
  uv_close(as_handle(&bell_), nullptr);
}

}  // namespace raddle::control
