// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/rules.h"

#include <algorithm>
#include <array>
#include <set>
#include <variant>

#include "planner/spec/address_rules.h"
#include "planner/spec/fetched.h"
#include "planner/spec/placing_rules.h"
#include "planner/spec/probe_url.h"
#include "planner/spec/scalar.h"
#include "planner/spec/stack_rules.h"

namespace berth::spec {

using source::error;
using source::Findings;

namespace {

constexpr std::uint64_t kMaxNodes = 100'000;

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

bool onlyOf(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

// ---- image ------------------------------------------------------------------------------------------------------

/// Four numbers: 44.20260707.3.1
bool isVersion(std::string_view text) {
  int dots = 0;
  bool digit = false;
  for (const char c : text) {
    if (c == '.' && !digit) return false;
    if (c == '.') ++dots;
    digit = c >= '0' && c <= '9';
    if (!digit && c != '.') return false;
  }
  return digit && dots == 3 && text.size() <= 40;
}

void checkStream(const StreamImage& image, const source::Mark& where, Findings& findings) {
  if (!image.stream.mark.known() && !image.version) {
    findings.push_back(error(where, R"(one of "stream", "version", "url" or "file" is missing in "image")",
                             "such as { stream: stable }"));
    return;
  }
  if (image.stream.mark.known() && !onlyOf(image.stream.value, "abcdefghijklmnopqrstuvwxyz0123456789-")) {
    findings.push_back(error(image.stream.mark, quoted(image.stream.value) + " is not a stream",
                             "the streams of Fedora CoreOS are stable, testing and next"));
  }
  if (image.version && !isVersion(image.version->value)) {
    findings.push_back(error(image.version->mark, quoted(image.version->value) + " is not a version of Fedora CoreOS",
                             "four numbers with dots, such as 44.20260707.3.1"));
  }
}

void checkFile(const FileImage& image, Findings& findings) {
  const std::string& path = image.path.value;
  const bool leadsUp = path.find("/../") != std::string::npos || path.ends_with("/..");
  if (!path.starts_with('/') || path.ends_with('/') || leadsUp) {
    findings.push_back(error(image.path.mark, quoted(path) + " is not the absolute path of a file",
                             "the hosts open it, so it must name the same file wherever one stands"));
  }
}

// ---- operating system -------------------------------------------------------------------------------------------

void checkOsUpdates(const OsUpdates& updates, Findings& findings) {
  using Strategy = OsUpdates::Strategy;
  const source::Mark& where = updates.strategy.mark;
  if (*updates.strategy == Strategy::periodic && updates.windows.empty()) {
    findings.push_back(error(where, "periodic updates need windows to happen in",
                             "such as windows: [{ days: [sat, sun], start: \"22:30\", length: 1h }]"));
  }
  const bool hasWindows = *updates.strategy == Strategy::periodic || updates.asksFirst();
  if (!hasWindows && !updates.windows.empty()) {
    findings.push_back(error(where, "windows make sense only with strategy: periodic or fleet_lock", "remove them"));
  }
  // The controller opens the windows of fleet_lock, and not the node.
  if (updates.asksFirst() && updates.timeZone == "localtime") {
    findings.push_back(error(where, "with fleet_lock the windows need a time zone that does not depend on a machine",
                             "such as time_zone: Europe/Warsaw"));
  }
  if (const auto& group = updates.group) {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    if ((*group)->find_first_not_of(kLetters) != std::string::npos) {
      findings.push_back(error(group->mark, quoted(**group) + " is not a group that Zincati takes",
                               "use letters, digits, . and - only"));
    }
  }
}

// ---- pools ------------------------------------------------------------------------------------------------------

constexpr const char* kNoAddress = "the address of a node is not known under dhcp: true, so nothing can ask there";
constexpr const char* kStaticAddress = "use static addresses, or leave it at systemd: running";

void checkName(const Spec& spec, const Pool& pool, Findings& findings) {
  if (!spec.cluster.mark.known() || !pool.count.mark.known()) return;
  const std::uint32_t most = pool.count.value + pool.maxSurge.value;
  const std::uint32_t last = most == 0 ? 0 : most - 1;
  const std::string longest = spec.cluster->str() + "-" + pool.name->str() + "-" + std::to_string(last);
  if (longest.size() <= kNameMaxLength) return;
  findings.push_back(error(pool.name.mark,
                           "the node name " + quoted(longest) + " has " + std::to_string(longest.size()) +
                               " characters, and host names end at " + std::to_string(kNameMaxLength),
                           "shorten the name of the cluster or of the pool"));
}

/// What a host asks a service in a guest must be an address, and one that is known.
void checkCall(const HttpProbe& http, bool byDhcp, Findings& findings) {
  const auto& byNode = http.urlByNode;
  const std::optional<std::string> url = byNode ? byNode->sample : http.url.value;
  const auto problem = url ? probeUrlProblem(*url) : std::nullopt;
  if (problem) {
    findings.push_back(error(http.url.mark, *problem, "such as http://${{ node.address }}:8080/"));
  } else if (byDhcp && byNode && byNode->members.contains("address")) {
    findings.push_back(error(http.url.mark, kNoAddress, kStaticAddress));
  }
}

void checkProbes(const Spec& spec, Addressed addressed, const Pool& pool, Findings& findings) {
  const bool byDhcp = addressed == Addressed::known && !spec.network().addressing;
  for (const Probe& probe : pool.health.probes) {
    const auto* tcp = std::get_if<TcpProbe>(&probe);
    if (tcp == nullptr) {
      checkCall(std::get<HttpProbe>(probe), byDhcp, findings);
    } else if (byDhcp) {
      findings.push_back(error(tcp->port.mark, kNoAddress, kStaticAddress));
    }
  }
  std::chrono::seconds all{0};
  for (const StopHook& hook : pool.beforeStop) {
    checkCall(hook.call, byDhcp, findings);
    all += hook.deadline;
  }
  // What a rollout gives a node that stops must be enough for all of it.
  const auto time =
      std::max<std::chrono::seconds>(spec.update.healthyDeadline, std::chrono::minutes(5)) - std::chrono::minutes(2);
  if (all > time) {
    findings.push_back(error(pool.beforeStop.front().call.url.mark,
                             "the deadlines of before_stop are " + std::to_string(all.count()) +
                                 "s together, and a rollout waits no longer than " + std::to_string(time.count()) +
                                 "s for them",
                             "shorten them, or make update.healthy_deadline longer"));
  }
}

void checkButane(const Pool& pool, const source::Files& files, std::set<std::string>& unreadable, Findings& findings) {
  std::set<std::string> seen;
  for (const auto& path : pool.butane) {
    if (!seen.insert(path.value).second) {
      findings.push_back(error(path.mark, quoted(path.value) + " is already in the list"));
      continue;
    }
    const auto content = files.read(path.value);
    const auto* failure = std::get_if<source::Unreadable>(&content);
    if (failure == nullptr || !unreadable.insert(path.value).second) continue;
    findings.push_back(error(path.mark, failure->reason, "paths are relative to the directory of the spec"));
  }
}

bool isWithin(const std::string& path, const std::string& above) { return path.starts_with(above + "/"); }

/// On Fedora CoreOS only /var and /etc can be written to, and systemd mounts nothing at a path that leads through a
/// link: /srv is one.
void checkMount(const Located<std::string>& mount, const std::string& volume, Findings& findings) {
  const std::string& path = *mount;
  if (path == "/var" || isWithin(path, "/var")) return;
  constexpr std::array kLinks{std::pair{"/home", "/var/home"},     std::pair{"/srv", "/var/srv"},
                              std::pair{"/opt", "/var/opt"},       std::pair{"/mnt", "/var/mnt"},
                              std::pair{"/root", "/var/roothome"}, std::pair{"/usr/local", "/var/usrlocal"}};
  std::string hint = "what belongs to a node lies below /var, such as /var/lib/" + volume;
  for (const auto& [link, target] : kLinks) {
    if (path == link || isWithin(path, link)) hint = "write " + (target + path.substr(std::string(link).size()));
  }
  findings.push_back(error(mount.mark, quoted(path) + " cannot be mounted on Fedora CoreOS", std::move(hint)));
}

void checkMounts(const Pool& pool, Findings& findings) {
  for (auto volume = pool.volumes.begin(); volume != pool.volumes.end(); ++volume) {
    if (!volume->mount) continue;
    checkMount(*volume->mount, volume->name->str(), findings);
    for (auto other = pool.volumes.begin(); other != volume; ++other) {
      if (!other->mount || other->mount->value != volume->mount->value) continue;
      findings.push_back(error(volume->mount->mark, "volume " + quoted(other->name->str()) + " is already mounted at " +
                                                        other->mount->value + " on line " +
                                                        std::to_string(other->mount->mark.line)));
    }
  }
}

void checkVolumes(const Pool& pool, Findings& findings) {
  for (const Volume& volume : pool.volumes) {
    if (volume.name->str() == "ignition") {
      findings.push_back(error(volume.name.mark, "a volume cannot be called \"ignition\"",
                               "a disk with that serial number is where some machines read their config from"));
    }
    if (volume.name->str() == "berth-artifacts") {
      findings.push_back(error(volume.name.mark, "a volume cannot be called \"berth-artifacts\"",
                               "a disk with that serial number hands releases to the node"));
    }
    if (volume.filesystem == Filesystem::btrfs && volume.size.mark.known() && *volume.size < 256_MiB) {
      findings.push_back(error(volume.size.mark, "btrfs needs at least 256MiB", "use xfs or ext4"));
    }
    if (volume.filesystem == Filesystem::xfs && volume.mount && volume.size.mark.known() && *volume.size < 300_MiB) {
      findings.push_back(error(volume.size.mark, "xfs needs at least 300MiB", "use filesystem: ext4"));
    }
  }
  checkMounts(pool, findings);
}

void checkHostLoss(const Pool& pool, Findings& findings) {
  const OnHostLoss& loss = pool.onHostLoss;
  if (*loss.action != OnHostLoss::Action::replace) {
    if (!loss.grace.mark.known()) return;
    findings.push_back(error(loss.grace.mark, "host_loss_grace makes sense only with on_host_loss: replace",
                             "add on_host_loss: replace, or remove this"));
    return;
  }
  if (pool.volumes.empty()) return;
  findings.push_back(error(loss.action.mark,
                           "the nodes have volumes, which are on their hosts and nowhere else: made elsewhere, they "
                           "would begin with empty ones",
                           "on_host_loss: wait, or move volumes to a pool of their own"));
}

/// A node that stands in begins with nothing of its own, and goes again.
void checkSurge(const Pool& pool, Findings& findings) {
  if (*pool.maxSurge == 0) return;
  const auto refuse = [&](const std::string& why) {
    findings.push_back(error(pool.maxSurge.mark, "pool " + quoted(pool.name->str()) + " cannot have max_surge: " + why,
                             "write max_surge: 0 in that pool"));
  };
  if (!pool.volumes.empty()) return refuse("its nodes have volumes, and one that stands in has none of their data");
  if (pool.quorum) return refuse("it lives by its majority, which nodes that come and go would change");
  const auto isPlaced = [](const auto& each) { return each.second.host.has_value(); };
  const auto placed = std::ranges::count_if(pool.nodes, isPlaced);
  if (pool.count.value != 0 && placed >= static_cast<std::ptrdiff_t>(pool.count.value))
    refuse("each of its nodes is put on a host by name, and one that stands in has no line that says where");
}

void checkNodes(const Pool& pool, Findings& findings) {
  if (!pool.count.mark.known()) return;
  for (const auto& [index, own] : pool.nodes) {
    if (index < pool.count.value) continue;
    findings.push_back(error(own.mark,
                             "pool " + quoted(pool.name->str()) + " has no node " + std::to_string(index) +
                                 ": count is " + std::to_string(pool.count.value),
                             pool.count.value == 0 ? "raise count, or remove this"
                                                   : "its nodes are 0 to " + std::to_string(pool.count.value - 1)));
  }
}

}  // namespace

void checkRules(const Bound& bound, const std::vector<Addressed>& addressed, const source::Files& files,
                Findings& findings) {
  const Spec& spec = bound.spec;
  if (spec.image.mark.known()) {
    if (const auto* stream = std::get_if<StreamImage>(&spec.image.from); stream != nullptr && !bound.imageUnclear)
      checkStream(*stream, spec.image.mark, findings);
    if (const auto* url = std::get_if<UrlImage>(&spec.image.from))
      checkFetched(url->url, "an image on the hosts themselves goes under file:", findings);
    if (const auto* file = std::get_if<FileImage>(&spec.image.from)) checkFile(*file, findings);
  }
  checkNetworks(spec, addressed, findings);
  checkAddresses(bound, addressed, findings);
  if (spec.osUpdates) checkOsUpdates(*spec.osUpdates, findings);
  std::set<std::string> unreadable;
  for (const Pool& pool : spec.pools) {
    checkName(spec, pool, findings);
    checkProbes(spec, addressed.front(), pool, findings);
    checkVolumes(pool, findings);
    checkHostLoss(pool, findings);
    checkSurge(pool, findings);
    checkNodes(pool, findings);
    checkPlacing(spec, pool, findings);
    checkButane(pool, files, unreadable, findings);
  }
  checkNearness(spec, findings);
  checkStack(spec, addressed.front() == Addressed::known && !spec.network().addressing, findings);
  if (spec.nodeCount() > kMaxNodes) {
    findings.push_back(error(spec.cluster.mark, "the cluster has " + std::to_string(spec.nodeCount()) +
                                                    " nodes, at most " + std::to_string(kMaxNodes) + " are allowed"));
  }
}

}  // namespace berth::spec
