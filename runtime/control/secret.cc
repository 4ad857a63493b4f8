// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/secret.h"

#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>
#include <sys/random.h>

#include "runtime/base/assert.h"

namespace raddle::control {

namespace {

// These functions of libsodium need no sodium_init(), which would open files and look for the
// fastest of what is not used here.
void update(crypto_auth_hmacsha256_state* state, std::string_view bytes) {
  crypto_auth_hmacsha256_update(state, reinterpret_cast<const unsigned char*>(bytes.data()),
                                bytes.size());
}

}  // namespace

std::string make_proof(std::string_view secret, std::string_view label, std::string_view nonce,
                       std::string_view body) {
  static_assert(crypto_auth_hmacsha256_BYTES == kProofBytes);
  RADDLE_ASSERT(nonce.size() == kNonceBytes);
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(secret.data()),
                              secret.size());
  update(&state, label);
  update(&state, std::string_view("\0", 1));
  update(&state, nonce);
  update(&state, body);
  std::string proof(kProofBytes, '\0');
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(proof.data()));
  return proof;
}

bool is_proof(std::string_view given, std::string_view secret, std::string_view label,
              std::string_view nonce, std::string_view body) {
  const std::string right = make_proof(secret, label, nonce, body);
  return given.size() == right.size() &&
         sodium_memcmp(given.data(), right.data(), right.size()) == 0;
}

std::string digest_of(std::string_view body) {
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()),
                     reinterpret_cast<const unsigned char*>(body.data()), body.size());
  return digest;
}

std::string make_nonce() {
  std::string nonce(kNonceBytes, '\0');
  // Calls of up to 256 bytes are neither short nor interrupted once the system has started.
  const ssize_t got = getrandom(nonce.data(), nonce.size(), 0);
  RADDLE_ASSERT(got == static_cast<ssize_t>(nonce.size()));
  return nonce;
}

}  // namespace raddle::control
