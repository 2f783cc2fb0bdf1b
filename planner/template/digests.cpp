// SPDX-License-Identifier: Apache-2.0
//
// md5 is left out, since nothing should rest on it any more; so are bcrypt, uuid and the like, which give another value
// each time.
#include <array>
#include <optional>

#include <openssl/evp.h>

#include "planner/template/encoding.h"
#include "planner/template/function.h"

namespace berth::templates {
namespace {

std::string digest(const Call& call, const EVP_MD* method, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned length = 0;
  call.charge(bytes.size() / 16);
  if (EVP_Digest(bytes.data(), bytes.size(), out.data(), &length, method, nullptr) != 1)
    call.refuse("no digest could be made");
  return {reinterpret_cast<const char*>(out.data()), length};
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

Value sha1(const Call& call) { return Value::of(hex(digest(call, EVP_sha1(), call.text(0)))); }
Value sha256(const Call& call) { return Value::of(hex(digest(call, EVP_sha256(), call.text(0)))); }
Value sha512(const Call& call) { return Value::of(hex(digest(call, EVP_sha512(), call.text(0)))); }
Value base64sha256(const Call& call) { return Value::of(base64(digest(call, EVP_sha256(), call.text(0)))); }
Value base64sha512(const Call& call) { return Value::of(base64(digest(call, EVP_sha512(), call.text(0)))); }
Value filesha256(const Call& call) {
  return Value::of(hex(digest(call, EVP_sha256(), call.around().read(call.text(0)))));
}

std::optional<std::string> uuidBytes(std::string_view text) {
  std::string out;
  int high = -1;
  for (const char c : text) {
    if (c == '-') continue;
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    if (high < 0) {
      high = digit;
    } else {
      out += static_cast<char>(high << 4 | digit);
      high = -1;
    }
  }
  if (out.size() != 16 || high >= 0) return std::nullopt;
  return out;
}

/// RFC 4122, section 4.3, with SHA-1.
Value uuidv5(const Call& call) {
  const std::string space = call.text(0);
  constexpr std::array<std::pair<std::string_view, char>, 4> kSpaces{
      std::pair{std::string_view("dns"), '\x10'}, std::pair{std::string_view("url"), '\x11'},
      std::pair{std::string_view("oid"), '\x12'}, std::pair{std::string_view("x500"), '\x14'}};
  auto bytes = uuidBytes(space);
  for (const auto& [name, last] : kSpaces) {
    if (space != name) continue;
    bytes = uuidBytes("6ba7b8109dad11d180b400c04fd430c8");
    (*bytes)[3] = last;
  }
  if (!bytes) call.refuse("the namespace should be dns, url, oid, x500 or a UUID, found " + call.shown(call.at(0)));
  std::string uuid = digest(call, EVP_sha1(), *bytes + call.text(1)).substr(0, 16);
  uuid[6] = static_cast<char>((static_cast<unsigned char>(uuid[6]) & 0x0f) | 0x50);
  uuid[8] = static_cast<char>((static_cast<unsigned char>(uuid[8]) & 0x3f) | 0x80);
  std::string out = hex(uuid);
  for (const std::size_t at : {std::size_t{20}, std::size_t{16}, std::size_t{12}, std::size_t{8}}) out.insert(at, "-");
  return Value::of(std::move(out));
}

constexpr std::array kFunctions{
    Function{"base64sha256", 1, 1, base64sha256},
    Function{"base64sha512", 1, 1, base64sha512},
    Function{"filesha256", 1, 1, filesha256},
    Function{"sha1", 1, 1, sha1},
    Function{"sha256", 1, 1, sha256},
    Function{"sha512", 1, 1, sha512},
    Function{"uuidv5", 2, 2, uuidv5},
};

}  // namespace

std::span<const Function> digestFunctions() { return kFunctions; }

}  // namespace berth::templates
