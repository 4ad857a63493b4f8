// SPDX-License-Identifier: Apache-2.0
// The control thread's connections.
#include "runtime/base/clock.h"
#include "runtime/control/job_thread.h"
#include "runtime/control/secret.h"

namespace raddle::control {

namespace {

struct Write {
  uv_write_t request{};
  std::shared_ptr<const std::string> bytes;
};

uv_stream_t* as_stream(uv_tcp_t* tcp) { return reinterpret_cast<uv_stream_t*>(tcp); }

}  // namespace

Job::Thread::Stream* Job::Thread::make_stream(ConnectionId id) {
  auto made = std::make_unique<Stream>();
  Stream* stream = made.get();
  stream->thread = this;
  stream->id = id;
  stream->tcp.data = stream->connecting.data = stream->ending.data = stream;
  if (uv_tcp_init(&loop_, &stream->tcp) != 0) return nullptr;
  uv_tcp_nodelay(&stream->tcp, 1);
  streams_[stream] = std::move(made);
  return stream;
}

void Job::Thread::accept() {
  const ConnectionId id = ++last_id_;
  Stream* stream = make_stream(id);
  if (stream == nullptr) return;
  if (coordinator_over_ || uv_accept(as_stream(&listener_), as_stream(&stream->tcp)) != 0) {
    drop(stream);
    return;
  }
  stream->is_connected = true;
  accepted_[id] = stream;
  start_reading(stream);
  step_coordinator({CoordinatorEvent::Kind::kOpened, id, make_nonce()});
}

void Job::Thread::connect() {
  // The member's own coordinator is reached through the socket that it listens on.
  const StatusOr<sockaddr_storage> address =
      setup_.listener >= 0 ? address_to_reach(setup_.listener) : resolve(setup_.coordinator);
  if (!address.is_ok()) {
    step_member({MemberEvent::Kind::kConnectFailed, address.status().message()});
    return;
  }
  own_ = make_stream(0);
  int error = own_ == nullptr ? UV_EMFILE : 0;
  if (error == 0) {
    error =
        uv_tcp_connect(&own_->connecting, &own_->tcp, reinterpret_cast<const sockaddr*>(&*address),
                       [](uv_connect_t* request, int status) {
                         auto* stream = static_cast<Stream*>(request->data);
                         stream->thread->on_connected(stream, status);
                       });
  }
  if (error == 0) return;
  if (own_ != nullptr) drop(own_);
  own_ = nullptr;
  step_member({MemberEvent::Kind::kConnectFailed, uv_strerror(error)});
}

void Job::Thread::on_connected(Stream* stream, int status) {
  if (stream != own_ || stream->is_closing) return;
  if (status != 0) {
    own_ = nullptr;
    drop(stream);
    step_member({MemberEvent::Kind::kConnectFailed, uv_strerror(status)});
    return;
  }
  stream->is_connected = true;
  uv_tcp_nodelay(&stream->tcp, 1);
  start_reading(stream);
  step_member({MemberEvent::Kind::kConnected});
}

void Job::Thread::start_reading(Stream* stream) {
  uv_read_start(
      as_stream(&stream->tcp),
      [](uv_handle_t* handle, size_t, uv_buf_t* buffer) {
        // One for all: what is read is looked at before anything else is.
        std::vector<char>& bytes = static_cast<Stream*>(handle->data)->thread->read_buffer_;
        *buffer = uv_buf_init(bytes.data(), static_cast<unsigned>(bytes.size()));
      },
      [](uv_stream_t* tcp, ssize_t count, const uv_buf_t* buffer) {
        auto* from = static_cast<Stream*>(tcp->data);
        if (count > 0) {
          from->thread->on_read(from, {buffer->base, static_cast<size_t>(count)});
        } else if (count < 0) {
          from->thread->on_closed_by_peer(from);
        }
      });
}

void Job::Thread::on_read(Stream* stream, std::string_view bytes) {
  if (stream->ending_since >= 0 || stream->is_closing) return;
  if (stream->id != 0) {
    step_coordinator({CoordinatorEvent::Kind::kBytes, stream->id, bytes});
  } else if (stream == own_ && !member_over_) {
    step_member({MemberEvent::Kind::kBytes, bytes});
  }
  end_loop_if_done();
}

void Job::Thread::on_closed_by_peer(Stream* stream) {
  const bool wanted = stream->ending_since < 0;
  const ConnectionId id = stream->id;
  const bool own = stream == own_;
  if (own) own_ = nullptr;
  drop(stream);
  if (wanted && id != 0) {
    step_coordinator({CoordinatorEvent::Kind::kClosed, id});
  } else if (wanted && own && !member_over_) {
    step_member({MemberEvent::Kind::kClosed});
  }
  end_loop_if_done();
}

void Job::Thread::send(Stream* stream, std::shared_ptr<const std::string> bytes) {
  if (!stream->is_connected || stream->is_closing) return;
  auto* write = new Write{{}, std::move(bytes)};
  write->request.data = write;
  uv_buf_t buffer = uv_buf_init(const_cast<char*>(write->bytes->data()),
                                static_cast<unsigned>(write->bytes->size()));
  // Errors show when the connection is read.
  const int error =
      uv_write(&write->request, as_stream(&stream->tcp), &buffer, 1,
               [](uv_write_t* request, int) { delete static_cast<Write*>(request->data); });
  if (error != 0) delete write;
}

// Closing at once while bytes of the peer lie unread would take back what was sent to it last. So
// the peer closes first, or time is up.
void Job::Thread::end(Stream* stream) {
  accepted_.erase(stream->id);
  if (stream->is_closing) return;
  size_t ending = 0;
  for (const auto& [other, owned] : streams_) ending += other->ending_since >= 0;
  if (!stream->is_connected || ending > stranger_limit(setup_.rules.size) ||
      uv_shutdown(&stream->ending, as_stream(&stream->tcp), [](uv_shutdown_t*, int) {}) != 0) {
    drop(stream);
    return;
  }
  stream->ending_since = now_ns();
}

void Job::Thread::drop(Stream* stream) {
  accepted_.erase(stream->id);
  if (stream->is_closing) return;
  stream->is_closing = true;
  uv_close(reinterpret_cast<uv_handle_t*>(&stream->tcp), [](uv_handle_t* handle) {
    auto* closed = static_cast<Stream*>(handle->data);
    Thread* thread = closed->thread;
    thread->streams_.erase(closed);
    thread->end_loop_if_done();
  });
}

}  // namespace raddle::control
