// SPDX-License-Identifier: Apache-2.0
//
// What a person may paste behind `berth-agent join`. The check at a token's end hides the rest from a fuzzer, so each
// input is also tried with the right one.
#include "protocol/identity/token.h"

#include <cstdint>
#include <cstdlib>
#include <string>

#include "words/digest.h"

namespace {

void parse(const std::string& text) {
  using namespace berth::identity;
  const auto parsed = parseToken(text);
  const auto* token = std::get_if<JoinToken>(&parsed);
  if (token == nullptr) return;
  // What is valid can be used.
  if (token->endpoints.empty() || token->host.empty() || token->controller == PublicKey()) std::abort();
  if (prove(*token, token->controller, "nonce").size() != 64) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  parse(text);
  const auto body = text.substr(0, text.rfind('.'));
  parse(body + "." + berth::Digest::of(body).hex().substr(0, 8));
  return 0;
}
