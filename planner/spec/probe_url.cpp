// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/probe_url.h"

#include <algorithm>

namespace berth::spec {
namespace {

constexpr std::size_t kMaxLength = 2000;

}  // namespace

std::optional<std::string> probeUrlProblem(std::string_view url) {
  if (url.size() > kMaxLength) return "the address is longer than " + std::to_string(kMaxLength) + " characters";
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    return "the address must begin with http:// or https://";
  }
  const auto isPlain = [](char c) { return c > ' ' && c < '\x7f'; };
  if (!std::ranges::all_of(url, isPlain)) return "the address holds a space or another character that must be escaped";
  const auto host = url.substr(url.find("//") + 2);
  if (host.empty() || host.front() == '/' || host.front() == ':') return "the address names no host";
  return std::nullopt;
}

}  // namespace berth::spec
