// SPDX-License-Identifier: Apache-2.0
#include "runtime/world/transports.h"

#include <algorithm>
#include <utility>

namespace raddle::world {
namespace {

using control::Member;
using launch::Transport;

// "SHM;UCX", either of which may be empty.
std::pair<std::string, std::string> split(const std::string& address) {
  const size_t end = std::min(address.find(';'), address.size());
  return {address.substr(0, end), address.substr(std::min(end + 1, address.size()))};
}

// Launchers that know say how many ranks are on this host.
bool may_have_several_hosts(const launch::Place& place) { return place.local_size < place.size; }

Status nothing_between(const Member& one, const Member& other, const Status& no_ucx) {
  return unavailable("there is nothing between {} and {}: they share no memory, and {}",
                     control::name_of(one), control::name_of(other),
                     no_ucx.is_ok() ? "the latter has no UCX (Debian package libucx0), or "
                                      "RADDLE_TRANSPORT=shm keeps it from it"
                                    : no_ucx.message())
      .with_scope(Scope::kPeer);
}

}  // namespace

StatusOr<Transports> Transports::open(const launch::Place& place) {
  const auto rank = static_cast<int32_t>(place.rank), size = static_cast<int32_t>(place.size);
  Transports transports(rank);
  if (place.transport != Transport::kUcx) {
    RADDLE_ASSIGN_OR_RETURN(transports.shm_, comm::ShmEndpoint::open(rank, size));
  }
  if (place.transport == Transport::kShm) {
    transports.no_ucx_ = unavailable("RADDLE_TRANSPORT=shm keeps this rank from UCX");
  } else if (place.transport == Transport::kUcx || may_have_several_hosts(place)) {
    auto endpoint = comm::UcxEndpoint::open(rank, size);
    if (endpoint.is_ok()) {
      transports.ucx_ = std::move(*endpoint);
    } else {
      transports.no_ucx_ = endpoint.status();
    }
  } else {
    transports.no_ucx_ = unavailable(
        "this rank expects all others on its host ({} says so; RADDLE_LOCAL_SIZE is how many are)",
        place.source);
  }
  if (transports.shm_ == nullptr && transports.ucx_ == nullptr) return transports.no_ucx_;
  return transports;
}

std::string Transports::address() const {
  return fmt::format("{};{}", shm_ == nullptr ? "" : shm_->address(),
                     ucx_ == nullptr ? "" : ucx_->address());
}

StatusOr<std::unique_ptr<comm::Communicator>> Transports::connect(
    const std::vector<Member>& members) {
  std::vector<std::string> of_shm, of_ucx;
  bool are_all_near = true;
  for (const Member& member : members) {
    auto [shm, ucx] = split(member.address);
    of_shm.push_back(std::move(shm));
    of_ucx.push_back(std::move(ucx));
    if (member.rank == rank_ || (shm_ != nullptr && shm_->is_near(of_shm.back()))) continue;
    are_all_near = false;
    if (ucx_ == nullptr || of_ucx.back().empty()) {
      return nothing_between(members[static_cast<size_t>(rank_)], member, no_ucx_);
    }
  }
  if (are_all_near && shm_ != nullptr) return comm::connect_shm(std::move(shm_), of_shm);
  if (shm_ == nullptr) return comm::connect_ucx(std::move(ucx_), of_ucx);
  return comm::connect_hosts(std::move(ucx_), of_ucx, std::move(shm_), of_shm);
}

}  // namespace raddle::world
