// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/secrecy.h"

#include <algorithm>

namespace berth::ignition {
namespace {

constexpr std::int64_t kReadByOthers = 0004;
constexpr std::int64_t kModeByDefault = 0644;
/// Where Butane's grub.users go: a hash for each.
constexpr std::string_view kBootLoaderUsers = "/boot/grub2/user.cfg";

}  // namespace

Secrecy secrecyOf(const Value& file) {
  if (file.textOr("path") == kBootLoaderUsers) return Secrecy::never;
  return (file.integerOr("mode", kModeByDefault) & kReadByOthers) == 0 ? Secrecy::secret : Secrecy::open;
}

Secrecy secrecyOf(const Field& field) {
  return field.name == "passwordHash" || field.name == "keyFile" ? Secrecy::never : Secrecy::open;
}

std::string withoutCredentials(std::string_view text) {
  std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return std::string(text);
  std::size_t host = scheme + 3;
  std::size_t query = std::min(text.find_first_of("?#", host), text.size());
  std::size_t path = std::min(text.find('/', host), query);
  std::size_t at = text.substr(0, path).rfind('@');
  std::string out(text.substr(0, host));
  if (at != std::string_view::npos && at >= host) host = at + 1;
  out += text.substr(host, query - host);
  return out + (query < text.size() ? "?…" : "");
}

}  // namespace berth::ignition
