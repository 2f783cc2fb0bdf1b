// SPDX-License-Identifier: Apache-2.0
//
// An archive that a node needs, such as a release of Consul: its host fetches it once, and hands it to the guest on a
// read-only disk, so that a guest needs no network to become what it is to be. The guest finds all of its artifacts as
// one tar file, under their names:
//
//   tar -xf /dev/disk/by-id/virtio-berth-artifacts
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "words/digest.h"

namespace berth::message {

/// The serial number of the disk that the guest finds its artifacts on.
inline constexpr const char* kArtifactsSerial = "berth-artifacts";

struct Artifact {
  /// What the guest calls it: "consul.zip".
  std::string name;
  /// Where it can be had: `https://…` or `http://…`.
  std::string url;
  /// Of its bytes as they are.
  Digest sha256;

  bool operator==(const Artifact&) const = default;
};

/// Lower-case letters, digits, '.', '_' and '-', at most 64 of them and no dot at the beginning: what is a plain file
/// name everywhere, and fits into the name field of a tar header.
[[nodiscard]] bool isArtifactName(std::string_view name);
/// `http://…` or `https://…` in printable characters without spaces, at most kMaxArtifactUrl of them.
[[nodiscard]] bool isArtifactUrl(std::string_view url);

/// In the order of their names: what a guest is handed does not hang on how a spec lists it.
[[nodiscard]] std::vector<Artifact> inOrder(std::vector<Artifact> artifacts);

/// What a set of artifacts goes by: the digest of their names and digests. Where they come from makes no other set.
[[nodiscard]] Digest idOf(const std::vector<Artifact>& artifacts);

}  // namespace berth::message
