// SPDX-License-Identifier: Apache-2.0
#include "agent/reconcile/machine.h"

#include <algorithm>

#include "protocol/message/envelope.h"

namespace berth::reconcile {
namespace {

using message::NodeSpec;

/// The nics as the machine has them: what DHCP answers is the network's affair.
std::vector<message::Nic> wired(std::vector<message::Nic> nics) {
  for (auto& nic : nics) nic.address.clear();
  return nics;
}

/// The artifacts as the guest finds them, wherever they come from and however they are listed.
std::vector<message::Artifact> contentOf(std::vector<message::Artifact> artifacts) {
  for (auto& each : artifacts) each.url.clear();
  return message::inOrder(std::move(artifacts));
}

}  // namespace

Digest machineOf(const NodeSpec& spec) {
  NodeSpec machine = spec;
  const NodeSpec blank;
  machine.vcpus = blank.vcpus;
  machine.memory = blank.memory;
  machine.volumes.clear();
  machine.nics = wired(std::move(machine.nics));
  machine.probes.clear();
  machine.wantsSystemdRunning = blank.wantsSystemdRunning;
  machine.shutdownDeadline = blank.shutdownDeadline;
  machine.lossGrace = blank.lossGrace;
  machine.beforeStop.clear();
  machine.tags.clear();
  machine.drift = blank.drift;
  // The same content from elsewhere, or under another label, is the same image.
  machine.image.source.clear();
  machine.image.label.clear();
  machine.image.packing = blank.image.packing;
  if (machine.image.contentDigest) machine.image.packedDigest.reset();
  machine.artifacts = contentOf(machine.artifacts);
  return Digest::of(message::encodeSpec(machine));
}

std::string whatTakesAnother(const NodeSpec& was, const NodeSpec& wanted) {
  std::vector<std::string> parts;
  if (was.image.id() != wanted.image.id()) parts.emplace_back("another image");
  if (was.disk != wanted.disk) parts.push_back("a root disk of " + wanted.disk.str());
  if (wired(was.nics) != wired(wanted.nics)) parts.emplace_back("other networks");
  if (contentOf(was.artifacts) != contentOf(wanted.artifacts)) parts.emplace_back("other artifacts");
  if (was.cluster != wanted.cluster || was.pool != wanted.pool) parts.emplace_back("another pool");
  if (parts.empty()) parts.emplace_back("another Ignition config");
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : " and ") + part;
  return text;
}

std::vector<std::string> atNextBoot(const hypervisor::Hardware& has, const NodeSpec& wanted) {
  std::vector<std::string> pending;
  const std::string when = " at next boot";
  if (has.vcpus != wanted.vcpus)
    pending.push_back(std::to_string(wanted.vcpus) + (wanted.vcpus == 1 ? " vcpu" : " vcpus") + when);
  if (has.memory != wanted.memory) pending.push_back("memory " + wanted.memory.str() + when);
  const auto attached = [&](const VolumeName& name) {
    return std::ranges::find(has.volumes, name, &hypervisor::Disk::name) != has.volumes.end();
  };
  const auto specified = [&](const VolumeName& name) {
    return std::ranges::find(wanted.volumes, name, &message::Volume::name) != wanted.volumes.end();
  };
  for (const auto& volume : wanted.volumes)
    if (!attached(volume.name)) pending.push_back("volume " + volume.name.str() + when);
  for (const auto& disk : has.volumes)
    if (!specified(disk.name)) pending.push_back("volume " + disk.name.str() + " goes" + when);
  return pending;
}

}  // namespace berth::reconcile
