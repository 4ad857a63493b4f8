// SPDX-License-Identifier: Apache-2.0
// Proof that a peer knows the job's secret, without sending it: HMAC-SHA256 (libsodium) over a
// number that the other side chose for this connection and all that is said. It keeps strangers out
// of a job; it does not encrypt, and whoever can change packets on their way is not kept out.
#pragma once

#include <string>
#include <string_view>

namespace raddle::control {

inline constexpr size_t kNonceBytes = 32;
inline constexpr size_t kProofBytes = 32;

// `label` keeps a proof of one message from being one of another.
std::string make_proof(std::string_view secret, std::string_view label, std::string_view nonce,
                       std::string_view body);
// In a time that does not tell how much of it is right.
bool is_proof(std::string_view given, std::string_view secret, std::string_view label,
              std::string_view nonce, std::string_view body);
// SHA-256, for a body that is proven to many.
std::string digest_of(std::string_view body);

// Bytes that nobody can foresee.
std::string make_nonce();

}  // namespace raddle::control
