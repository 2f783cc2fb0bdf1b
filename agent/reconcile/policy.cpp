// SPDX-License-Identifier: Apache-2.0
#include "agent/reconcile/policy.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace berth::reconcile {
namespace {

using message::Nic;

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string quoted(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

std::optional<std::string> objectionToName(std::string_view kind, const std::string& name,
                                           const std::vector<std::string>& allowed) {
  return "this host's policy does not allow " + std::string(kind) + " '" + name + "' (allowed: " + quoted(allowed) +
         ")";
}

std::optional<std::string> objectionToNic(const Policy& policy, const Nic& nic) {
  if (contains(policy.networks, nic.source)) return std::nullopt;
  switch (nic.attachment) {
    case Nic::Attachment::bridge:
      if (policy.networks.empty()) return std::nullopt;
      return objectionToName("bridge", nic.source, policy.networks);
    case Nic::Attachment::libvirtNetwork:
      if (policy.networks.empty()) return std::nullopt;
      return objectionToName("libvirt network", nic.source, policy.networks);
    case Nic::Attachment::macvtap: return objectionToName("macvtap on interface", nic.source, policy.networks);
  }
  return std::nullopt;
}

/// The path of a file:// URL, if it is absolute and in its plainest form: no "..", no escapes, nothing to interpret.
std::optional<std::filesystem::path> plainPath(std::string_view url) {
  const std::filesystem::path path(url.substr(std::string_view("file://").size()));
  if (!path.is_absolute() || path.lexically_normal().string() != path.string() ||
      url.find('%') != std::string_view::npos)
    return std::nullopt;
  return path;
}

bool isInside(const std::filesystem::path& path, const std::filesystem::path& directory) {
  const auto relative = path.lexically_relative(directory.lexically_normal());
  return !relative.empty() && *relative.begin() != ".." && *relative.begin() != ".";
}

/// The host of `scheme://[user@]host[:port]/…`; empty when somebody hides it behind a user.
std::string_view hostOf(std::string_view rest) {
  auto authority = rest.substr(0, rest.find_first_of("/?#\\"));
  if (authority.find('@') != std::string_view::npos) return {};
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

/// To getting `what` ("image", "artifact") from an http or https URL.
std::optional<std::string> objectionToDownload(const Policy& policy, const std::string& what, std::string_view url) {
  const bool isPlain = url.starts_with("http://");
  if (isPlain && policy.plainHttp == Policy::PlainHttp::refused)
    return "this host's policy does not allow " + what + "s over plain http: " + std::string(url);
  const auto host = hostOf(url.substr(url.find("://") + 3));
  if (host.empty()) return what + " source '" + std::string(url) + "' names no host";
  if (policy.imageHosts.empty() || contains(policy.imageHosts, host)) return std::nullopt;
  return objectionToName(what + "s from host", std::string(host), policy.imageHosts);
}

std::optional<std::string> objectionToImage(const Policy& policy, const message::Image& image) {
  const std::string_view url = image.source;
  if (!image.contentDigest && !image.packedDigest) return std::string("the image has no digest to prove it by");
  if (url.starts_with("https://") || url.starts_with("http://")) return objectionToDownload(policy, "image", url);
  if (!url.starts_with("file://")) return "image source '" + image.source + "' is not an https, http or file URL";
  const auto path = plainPath(url);
  if (!path) return "image source '" + image.source + "' is not a plain absolute path";
  for (const auto& directory : policy.imageDirectories)
    if (isInside(*path, directory)) return std::nullopt;
  return objectionToName("image files from", path->string(), policy.imageDirectories);
}

std::string tooMuch(std::string_view what, const std::string& asked, const std::string& has) {
  return "asks for " + asked + " of " + std::string(what) + ", but this host gives at most " + has;
}

}  // namespace

message::Capacity needsOf(const message::NodeSpec& spec, const message::Capacity& has) {
  constexpr Bytes kMost(UINT64_MAX);
  message::Capacity needs{spec.vcpus, spec.memory, spec.disk};
  Bytes& sum = volumesIn(needs, has);
  for (const auto& volume : spec.volumes) sum = volume.size > kMost - sum ? kMost : sum + volume.size;
  return needs;
}

std::optional<std::string> objection(const Policy& policy, const message::NodeSpec& spec) {
  for (const auto& nic : spec.nics)
    if (auto why = objectionToNic(policy, nic)) return why;
  if (auto why = objectionToImage(policy, spec.image)) return why;
  for (const auto& artifact : spec.artifacts)
    if (auto why = objectionToDownload(policy, "artifact", artifact.url)) return why;
  return noRoom(policy, {}, spec);
}

std::optional<std::string> noRoom(const Policy& policy, const message::Capacity& taken, const message::NodeSpec& spec) {
  const auto& all = policy.capacity;
  const auto beside = taken == message::Capacity{} ? "" : ", and others have some of it";
  if (spec.vcpus == 0 || std::uint64_t{taken.vcpus} + spec.vcpus > all.vcpus)
    return tooMuch("vcpus", std::to_string(spec.vcpus), std::to_string(all.vcpus)) + beside;
  if (spec.memory > all.memory - taken.memory) return tooMuch("memory", spec.memory.str(), all.memory.str()) + beside;
  const auto needs = needsOf(spec, all);
  if (needs.disk > all.disk - taken.disk) return tooMuch("disk", needs.disk.str(), all.disk.str()) + beside;
  if (needs.volumes > all.volumes - taken.volumes)
    return tooMuch("its volume pool", needs.volumes.str(), all.volumes.str()) + beside;
  return std::nullopt;
}

message::Capacity offered(const message::Capacity& machine, const Overcommit& overcommit,
                          const message::Capacity& wish) {
  const auto vcpus = static_cast<std::uint32_t>(std::uint64_t{machine.vcpus} * overcommit.vcpus / 100);
  const Bytes memory(machine.memory.count() / 100 * overcommit.memory +
                     machine.memory.count() % 100 * overcommit.memory / 100);
  return {wish.vcpus == 0 ? vcpus : std::min(vcpus, wish.vcpus),
          wish.memory == Bytes() ? memory : std::min(memory, wish.memory),
          wish.disk == Bytes() ? machine.disk : std::min(machine.disk, wish.disk),
          wish.volumes == Bytes() ? machine.volumes : std::min(machine.volumes, wish.volumes)};
}

}  // namespace berth::reconcile
