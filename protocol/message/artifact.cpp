// SPDX-License-Identifier: Apache-2.0
#include "protocol/message/artifact.h"

#include <algorithm>

#include "protocol/message/limits.h"

namespace berth::message {

bool isArtifactName(std::string_view name) {
  const auto isAllowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= kMaxArtifactName && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), isAllowed);
}

bool isArtifactUrl(std::string_view url) {
  const auto isPlain = [](char c) { return c > ' ' && c < 0x7f; };
  return (url.starts_with("https://") || url.starts_with("http://")) && url.size() <= kMaxArtifactUrl &&
         std::all_of(url.begin(), url.end(), isPlain);
}

std::vector<Artifact> inOrder(std::vector<Artifact> artifacts) {
  std::ranges::sort(artifacts, {}, &Artifact::name);
  return artifacts;
}

Digest idOf(const std::vector<Artifact>& artifacts) {
  // No name holds a line break.
  std::string text = "artifacts\n";
  for (const Artifact& each : inOrder(artifacts)) text += each.name + "\n" + each.sha256.hex() + "\n";
  return Digest::of(text);
}

}  // namespace berth::message
