// SPDX-License-Identifier: Apache-2.0
#include "planner/change/reasons.h"

#include <algorithm>
#include <map>
#include <set>

#include "planner/node/parts.h"

namespace berth::change {

using node::Blueprint;
using node::PartMember;
using source::Mark;

namespace {

constexpr const char* kBecause = " ← ";
/// More say nothing to a person; the number of those left out does.
constexpr std::size_t kMostReasons = 20;
/// Nobody reads more diffs, and each takes two configs apart.
constexpr std::size_t kMostDetails = 50;

/// Where the values of a node were written, and what changed in the variables that stand behind them.
struct Causes {
  const node::Origins& origins;
  const ChangedVariables& changed;

  /// `what`, the place, and the variables: "/etc/motd changed ← base.bu:14:5 ← var.region "eu" → "us"".
  [[nodiscard]] std::string because(std::string what, const Mark& mark) const {
    if (!mark.known()) return what;
    what += kBecause + mark.file + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
    const auto uses = origins.uses.find(mark);
    if (uses == origins.uses.end()) return what;
    for (const spec::VariableName& name : uses->second) {
      const auto change = changed.find(name);
      if (change != changed.end()) what += kBecause + change->second;
    }
    return what;
  }
};

std::string fromTo(std::string_view what, const std::string& from, const std::string& to) {
  return std::string(what) + " " + from + " → " + to;
}

std::string called(const std::optional<image::Image>& image) {
  if (!image) return "none";
  if (!image->label.empty()) return image->label;
  return image->source;
}

/// Two images of one name are told apart by what is in them.
std::string imageChange(const std::optional<image::Image>& now, const std::optional<image::Image>& wanted) {
  const auto digest = [](const std::optional<image::Image>& image) {
    const auto& known = image && image->contentDigest ? image->contentDigest
                        : image                       ? image->packedDigest
                                                      : std::nullopt;
    return known ? " (" + known->shortHex() + ")" : std::string();
  };
  std::string from = called(now);
  std::string to = called(wanted);
  if (from == to) {
    from += digest(now);
    to += digest(wanted);
  }
  return fromTo("image", from, to);
}

std::string sourceOf(const node::Nic& nic) {
  switch (nic.attachment) {
    case spec::Attachment::bridge: return "bridge " + nic.source;
    case spec::Attachment::libvirt: return "libvirt network " + nic.source;
    case spec::Attachment::macvtap: return "macvtap " + nic.source;
  }
  return nic.source;
}

/// "bridge br0", or "bridge br0 and bridge br1".
std::string networksOf(const Blueprint& blueprint) {
  std::string text;
  for (const node::Nic& nic : blueprint.nics) text += (text.empty() ? "" : " and ") + sourceOf(nic);
  return text.empty() ? "none" : text;
}

std::string macsOf(const Blueprint& blueprint) {
  std::string text;
  for (const node::Nic& nic : blueprint.nics) text += (text.empty() ? "" : " and ") + nic.mac;
  return text;
}

std::vector<std::optional<spec::Ipv4>> addressesOf(const Blueprint& blueprint) {
  std::vector<std::optional<spec::Ipv4>> addresses;
  for (const node::Nic& nic : blueprint.nics) addresses.push_back(nic.address);
  return addresses;
}

std::string called(const std::optional<spec::Ipv4>& address) { return address ? address->str() : "DHCP"; }

/// One line for each part that came, went, or changed, in the order of their names.
std::vector<std::string> configReasons(const Blueprint& now, const Blueprint& wanted, const Causes& causes) {
  const auto before = node::partsOf(now.ignition);
  const auto after = node::partsOf(wanted.ignition);
  const auto names = [](const std::map<PartMember, std::string>& parts) {
    std::set<std::string> all;
    for (const auto& [part, text] : parts) all.insert(part.first);
    return all;
  };
  const std::set<std::string> had = names(before);
  const std::set<std::string> has = names(after);
  const auto markOf = [&](const PartMember& part) {
    const auto found = causes.origins.parts.find(part);
    return found == causes.origins.parts.end() ? Mark() : found->second;
  };
  const auto anyMarkOf = [&](const std::string& name) {
    const auto found = causes.origins.parts.lower_bound({name, ""});
    return found == causes.origins.parts.end() || found->first.first != name ? Mark() : found->second;
  };
  std::vector<std::string> reasons;
  for (const std::string& name : had) {
    if (!has.contains(name)) reasons.push_back(name + " removed");
  }
  for (const std::string& name : has) {
    if (!had.contains(name)) reasons.push_back(causes.because(name + " added", anyMarkOf(name)));
  }
  std::map<PartMember, std::string> all = after;
  all.insert(before.begin(), before.end());
  for (const auto& [part, text] : all) {
    if (!had.contains(part.first) || !has.contains(part.first)) continue;
    const auto old = before.find(part);
    const auto fresh = after.find(part);
    if (old != before.end() && fresh != after.end() && old->second == fresh->second) continue;
    const bool isContents = part.second == "contents";
    std::string what = isContents ? part.first + " changed" : part.second + " of " + part.first + " changed";
    const Mark mark = fresh == after.end() ? anyMarkOf(part.first) : markOf(part);
    reasons.push_back(causes.because(std::move(what), mark));
  }
  if (reasons.empty()) reasons.emplace_back("the order of entries in the Ignition config changed");
  return reasons;
}

void replaceAll(std::string& text, const std::string& from, std::string_view to) {
  if (from.empty()) return;
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

std::string withoutOwnWords(const Blueprint& blueprint) {
  std::string text = blueprint.ignition;
  replaceAll(text, blueprint.name.str(), "<name>");
  for (const node::Nic& nic : blueprint.nics) {
    std::string mac = nic.mac;
    replaceAll(text, mac, "<mac>");
    replaceAll(mac, ":", "%3A");
    replaceAll(text, mac, "<mac>");
    if (nic.address) replaceAll(text, nic.address->str(), "<address>");
  }
  return text;
}

namespace {

/// Two pairs of configs with the same key differ alike.
Digest differenceKey(const Blueprint& now, const Blueprint& wanted) {
  std::string text = macsOf(now) == macsOf(wanted) ? "same mac" : "other mac";
  text += addressesOf(now) == addressesOf(wanted) ? ", same address\n" : ", other address\n";
  text += wanted.pool.str() + "\n";
  text += withoutOwnWords(now) + "\n" + withoutOwnWords(wanted);
  return Digest::of(text);
}

void shorten(std::vector<std::string>& reasons) {
  if (reasons.size() <= kMostReasons) return;
  const std::size_t left = reasons.size() - kMostReasons + 1;
  reasons.resize(kMostReasons - 1);
  reasons.push_back("and " + std::to_string(left) + " more");
}

bool sameImage(const std::optional<image::Image>& now, const std::optional<image::Image>& wanted) {
  if (!now || !wanted) return now.has_value() == wanted.has_value();
  return now->sameContent(*wanted);
}

const node::Volume* volumeOf(const Blueprint& blueprint, const VolumeName& name) {
  const auto found = std::ranges::find(blueprint.volumes, name, &node::Volume::name);
  return found == blueprint.volumes.end() ? nullptr : &*found;
}

Mark markOf(const node::Origins& origins, const VolumeName& volume) {
  const auto found = origins.volumes.find(volume);
  return found == origins.volumes.end() ? Mark() : found->second;
}

/// Volumes that come or go are other disks of the machine; what becomes of those that go is not this machine's matter.
void volumeReasons(const Blueprint& now, const Blueprint& wanted, const Causes& causes,
                   std::vector<std::string>& reasons) {
  for (const node::Volume& each : wanted.volumes) {
    if (volumeOf(now, each.name) != nullptr) continue;
    reasons.push_back(causes.because("volume " + each.name.str() + " added", markOf(causes.origins, each.name)));
  }
  for (const node::Volume& each : now.volumes) {
    if (volumeOf(wanted, each.name) == nullptr) reasons.push_back("volume " + each.name.str() + " removed");
  }
}

void artifactReasons(const Blueprint& now, const Blueprint& wanted, std::vector<std::string>& reasons) {
  const auto had = node::inOrder(now.artifacts);
  const auto has = node::inOrder(wanted.artifacts);
  for (const node::Artifact& each : has) {
    const auto before = std::ranges::find(had, each.name, &node::Artifact::name);
    if (before == had.end()) {
      reasons.push_back("artifact " + each.name + " added");
    } else if (before->sha256 != each.sha256) {
      reasons.push_back(fromTo("artifact " + each.name, before->sha256.shortHex(), each.sha256.shortHex()));
    }
  }
  for (const node::Artifact& each : had) {
    if (std::ranges::find(has, each.name, &node::Artifact::name) == has.end()) {
      reasons.push_back("artifact " + each.name + " removed");
    }
  }
}

std::vector<std::string> machineReasons(const Blueprint& now, const Blueprint& wanted, const Causes& causes) {
  std::vector<std::string> reasons;
  const auto add = [&](std::string what, const Mark& mark) {
    reasons.push_back(causes.because(std::move(what), mark));
  };
  if (!sameImage(now.image, wanted.image)) add(imageChange(now.image, wanted.image), causes.origins.image);
  volumeReasons(now, wanted, causes, reasons);
  artifactReasons(now, wanted, reasons);
  if (now.disk != wanted.disk) add(fromTo("disk", now.disk.str(), wanted.disk.str()), causes.origins.disk);
  if (networksOf(now) != networksOf(wanted)) {
    add(fromTo("network", networksOf(now), networksOf(wanted)), causes.origins.network);
  }
  if (now.nics.size() != wanted.nics.size()) return reasons;
  for (std::size_t i = 0; i < now.nics.size(); ++i) {
    const node::Nic& had = now.nics[i];
    const node::Nic& has = wanted.nics[i];
    if (had.mac != has.mac) add(fromTo("mac address", had.mac, has.mac), {});
    if (had.address != has.address)
      add(fromTo("address", called(had.address), called(has.address)), causes.origins.addresses);
  }
  return reasons;
}

/// What a machine has from its next boot on.
std::vector<std::string> sizeReasons(const Blueprint& now, const Blueprint& wanted, const Causes& causes) {
  std::vector<std::string> reasons;
  if (now.vcpus != wanted.vcpus) {
    reasons.push_back(
        causes.because(fromTo("vcpus", std::to_string(now.vcpus), std::to_string(wanted.vcpus)), causes.origins.vcpus));
  }
  if (now.memory != wanted.memory) {
    reasons.push_back(causes.because(fromTo("memory", now.memory.str(), wanted.memory.str()), causes.origins.memory));
  }
  return reasons;
}

std::string lossWords(std::chrono::seconds grace) {
  return grace.count() == 0 ? "wait" : "replace after " + std::to_string(grace.count()) + "s";
}

std::vector<std::string> liveReasons(const Blueprint& now, const Blueprint& wanted, const Causes& causes) {
  std::vector<std::string> reasons;
  for (const node::Volume& each : wanted.volumes) {
    const node::Volume* had = volumeOf(now, each.name);
    if (had == nullptr) continue;
    const Mark mark = markOf(causes.origins, each.name);
    if (had->size != each.size) {
      reasons.push_back(causes.because(fromTo("volume " + each.name.str(), had->size.str(), each.size.str()), mark));
    }
    if (had->keep != each.keep) {
      reasons.push_back(
          causes.because("volume " + each.name.str() + (each.keep ? " is kept now" : " is kept no longer"), mark));
    }
  }
  if (now.artifacts != wanted.artifacts) reasons.emplace_back("artifacts come from another place");
  if (now.tags != wanted.tags) reasons.push_back(causes.because("tags changed", causes.origins.tags));
  if (now.probes != wanted.probes || now.wantsSystemdRunning != wanted.wantsSystemdRunning) {
    reasons.push_back(causes.because("health changed", causes.origins.health));
  }
  if (now.beforeStop != wanted.beforeStop) {
    reasons.push_back(causes.because("before_stop changed", causes.origins.beforeStop));
  }
  if (now.shutdownDeadline != wanted.shutdownDeadline) {
    const auto words = [](std::chrono::seconds time) { return std::to_string(time.count()) + "s"; };
    reasons.push_back(fromTo("time to shut down", words(now.shutdownDeadline), words(wanted.shutdownDeadline)));
  }
  if (now.lossGrace != wanted.lossGrace) {
    reasons.push_back(causes.because(fromTo("on_host_loss", lossWords(now.lossGrace), lossWords(wanted.lossGrace)),
                                     causes.origins.hostLoss));
  }
  if (now.drift != wanted.drift) {
    reasons.push_back(causes.because(fromTo("drift", std::string(str(now.drift)), std::string(str(wanted.drift))),
                                     causes.origins.drift));
  }
  return reasons;
}

}  // namespace

std::optional<std::size_t> Comparison::addDetail(const Blueprint& now, const Blueprint& wanted) {
  if (details_.size() == kMostDetails) return std::nullopt;
  std::set<std::string> secret;
  if (wanted.origins != nullptr) secret = wanted.origins->secret;
  const auto before = former_.secret.find(now.pool);
  if (before != former_.secret.end()) secret.insert(before->second.begin(), before->second.end());
  if (former_.isAllSecret) {
    for (const auto& [part, text] : node::partsOf(now.ignition)) secret.insert(part.first);
  }
  Detail detail = detailOf(now.ignition, wanted.ignition, secret);
  if (detail.empty()) return std::nullopt;
  details_.push_back(std::move(detail));
  return details_.size() - 1;
}

Difference Comparison::compare(const Blueprint& now, const Blueprint& wanted) {
  static const node::Origins kNone;
  const Causes causes{wanted.origins == nullptr ? kNone : *wanted.origins, changed_};
  Difference difference;
  const auto add = [&](Depth depth, const std::vector<std::string>& reasons) {
    if (!reasons.empty()) difference.depth = std::max(difference.depth, depth);
    difference.reasons.insert(difference.reasons.end(), reasons.begin(), reasons.end());
  };
  add(Depth::machine, machineReasons(now, wanted, causes));
  add(Depth::nextBoot, sizeReasons(now, wanted, causes));
  if (now.ignition != wanted.ignition) {
    const auto [known, isNew] = known_.try_emplace(differenceKey(now, wanted));
    if (isNew) known->second = {configReasons(now, wanted, causes), addDetail(now, wanted)};
    add(Depth::machine, known->second.reasons);
    difference.detail = known->second.detail;
  }
  // Beside a new machine, what it is called and how it is watched go without saying.
  if (difference.depth != Depth::machine) add(Depth::live, liveReasons(now, wanted, causes));
  shorten(difference.reasons);
  return difference;
}

}  // namespace berth::change
