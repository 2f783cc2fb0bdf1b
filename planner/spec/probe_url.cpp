// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/probe_url.h"

#include <algorithm>
#include <functional>

namespace berth::spec {
namespace {

constexpr std::string_view kOpen = "${{";
constexpr std::string_view kClose = "}}";
constexpr std::size_t kMaxLength = 2000;

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// `url` with each ${{ word }} replaced by what `fill` makes of the word; nothing when one is not closed.
std::optional<std::string> expand(std::string_view url, const std::function<std::string(std::string_view)>& fill) {
  std::string out;
  for (;;) {
    const auto open = url.find(kOpen);
    out += url.substr(0, open);
    if (open == std::string_view::npos) return out;
    url.remove_prefix(open + kOpen.size());
    const auto close = url.find(kClose);
    if (close == std::string_view::npos) return std::nullopt;
    out += fill(trimmed(url.substr(0, close)));
    url.remove_prefix(close + kClose.size());
  }
}

}  // namespace

std::optional<std::string> probeUrlProblem(std::string_view url) {
  if (url.size() > kMaxLength) return "the address is longer than " + std::to_string(kMaxLength) + " characters";
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    return "the address must begin with http:// or https://";
  }
  std::optional<std::string> unknown;
  const auto filled = expand(url, [&](std::string_view word) {
    if (word != "node.address" && word != "node.name") unknown = word;
    return std::string("x");
  });
  if (!filled) return "${{ is not closed by }}";
  if (unknown) return "nothing is known as \"" + *unknown + "\" here, only node.address and node.name";
  const auto isPlain = [](char c) { return c > ' ' && c < '\x7f'; };
  if (!std::ranges::all_of(*filled, isPlain))
    return "the address holds a space or another character that must be escaped";
  const auto host = std::string_view(*filled).substr(filled->find("//") + 2);
  if (host.empty() || host.front() == '/' || host.front() == ':') return "the address names no host";
  return std::nullopt;
}

bool probeUrlNeedsAddress(std::string_view url) {
  bool needs = false;
  (void)expand(url, [&](std::string_view word) {
    needs = needs || word == "node.address";
    return std::string();
  });
  return needs;
}

std::string fillProbeUrl(std::string_view url, const NodeName& node, std::optional<Ipv4> address) {
  return expand(url,
                [&](std::string_view word) { return word == "node.address" && address ? address->str() : node.str(); })
      .value_or(std::string(url));
}

}  // namespace berth::spec
