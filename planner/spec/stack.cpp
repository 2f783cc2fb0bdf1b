// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/stack.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace berth::spec {

std::optional<ToolVersion> ToolVersion::parse(std::string_view text) {
  std::array<std::uint32_t, 3> numbers{};
  std::size_t count = 0;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (;;) {
    if (count == numbers.size()) return std::nullopt;
    // A number that the tools themselves would not write, such as 01, means another one than it says.
    const bool isPadded = at != end && *at == '0' && at + 1 != end && *(at + 1) != '.';
    const auto [rest, failure] = std::from_chars(at, end, numbers.at(count++));
    if (failure != std::errc() || isPadded) return std::nullopt;
    if (rest == end) break;
    if (*rest != '.') return std::nullopt;
    at = rest + 1;
  }
  if (count < 2) return std::nullopt;
  return ToolVersion{numbers[0], numbers[1], numbers[2]};
}

std::string ToolVersion::str() const {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

std::string_view Seal::word() const {
  switch (kind) {
    case Kind::fixed: return "static";
    case Kind::controller: return "controller";
    case Kind::service: return service.empty() ? "server_config" : std::string_view(service);
    case Kind::manual: return "manual";
  }
  return "unknown";
}

std::vector<const Tool*> Stack::tools() const {
  std::vector<const Tool*> all;
  if (consul) all.push_back(&*consul);
  if (nomad) all.push_back(&*nomad);
  if (vault) all.push_back(&*vault);
  return all;
}

bool Stack::hasServers(const PoolName& pool) const {
  return std::ranges::any_of(tools(), [&](const Tool* each) { return *each->servers == pool; });
}

}  // namespace berth::spec
