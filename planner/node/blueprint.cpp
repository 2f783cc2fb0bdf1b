// SPDX-License-Identifier: Apache-2.0
#include "planner/node/blueprint.h"

#include <algorithm>

namespace berth::node {

std::vector<Artifact> inOrder(std::vector<Artifact> artifacts) {
  std::ranges::sort(artifacts, {}, &Artifact::name);
  return artifacts;
}

Digest machineDigest(const Blueprint& blueprint) {
  // Each field on a line of its own, its length first, so that no two machines read alike.
  std::string text;
  const auto add = [&](const std::string& field) { text += std::to_string(field.size()) + ":" + field + "\n"; };
  add(blueprint.name.str());
  add(blueprint.cluster.str());
  add(std::to_string(blueprint.vcpus));
  add(std::to_string(blueprint.memory.count()));
  add(std::to_string(blueprint.disk.count()));
  const auto& image = blueprint.image;
  add(!image ? "" : (image->contentDigest ? image->contentDigest : image->packedDigest).value_or(Digest()).hex());
  for (const Nic& nic : blueprint.nics) {
    add(std::to_string(static_cast<int>(nic.attachment)));
    add(nic.source);
    add(nic.mac);
    add(nic.address ? nic.address->str() : "");
    add(std::to_string(nic.mtu.value_or(0)));
  }
  // Their sizes change while the machine runs.
  for (const Volume& volume : blueprint.volumes) add(volume.name.str());
  // Wherever they come from, and however they are listed, they are the same.
  for (const Artifact& artifact : inOrder(blueprint.artifacts)) {
    add(artifact.name);
    add(artifact.sha256.hex());
  }
  add(blueprint.ignition);
  return Digest::of(text);
}

}  // namespace berth::node
