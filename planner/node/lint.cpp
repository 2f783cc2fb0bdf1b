// SPDX-License-Identifier: Apache-2.0
#include "planner/node/lint.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "planner/ignition/resource.h"
#include "planner/node/lint_units.h"

namespace berth::node {

using ignition::Config;
using ignition::Value;
using source::Findings;
using source::warning;

namespace {

/// Larger files are not looked into.
constexpr std::size_t kLookedInto = std::size_t{1} << 20;
/// Ignition's, when a file says nothing.
constexpr std::int64_t kDefaultMode = 0644;
constexpr std::int64_t kOthersMayRead = 0004;

const source::Mark& markOf(const Value& entry, std::string_view member) {
  const Value* value = entry.find(member);
  return value != nullptr && value->origin().mark.known() ? value->origin().mark : entry.origin().mark;
}

void lintSecrets(const Config& user, Findings& findings) {
  for (const Value& file : user.entries("storage", "files")) {
    if ((file.integerOr("mode", kDefaultMode) & kOthersMayRead) == 0) continue;
    const Value* contents = file.find("contents");
    const auto bytes = contents == nullptr ? std::nullopt : ignition::embedded(*contents, kLookedInto);
    if (!bytes || bytes->find("PRIVATE KEY-----") == std::string::npos) continue;
    findings.push_back(warning(markOf(file, "mode"),
                               std::string(file.textOr("path")) + " holds a private key, and everybody may read it",
                               "mode: 0600, or 0640 with a group of its own"));
  }
}

/// Hashes begin with their kind between dollar signs; ! and * stand for no password at all.
void lintPasswords(const Config& user, Findings& findings) {
  for (const Value& each : user.entries("passwd", "users")) {
    const std::string_view hash = each.textOr("passwordHash");
    if (hash.empty() || hash.front() == '$' || hash.front() == '!' || hash.front() == '*') continue;
    findings.push_back(warning(markOf(each, "passwordHash"),
                               "password_hash of user " + std::string(each.textOr("name")) +
                                   " is no hash: the password stands there in clear, and nobody can log in with it",
                               "make one with: mkpasswd --method=yescrypt"));
  }
}

bool isWord(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// The disk of /dev/vdb and /dev/vdb1: "vdb". Empty for what is no name that the kernel gives in turn.
std::string_view kernelDisk(std::string_view device) {
  constexpr std::string_view kDev = "/dev/";
  if (!device.starts_with(kDev)) return {};
  device.remove_prefix(kDev.size());
  if (device.size() < 3 || !(device.starts_with("vd") || device.starts_with("sd"))) return {};
  if (!std::ranges::all_of(device, isWord)) return {};
  return device.substr(0, 3);
}

/// Devices that a pool's volumes may be meant by.
void lintDevices(const Config& user, const spec::Pool& pool, Findings& findings) {
  constexpr std::string_view kBySerial = "/dev/disk/by-id/virtio-";
  std::vector<std::string> known;
  for (const spec::Volume& volume : pool.volumes) known.push_back(volume.name->str());
  for (const std::string_view list : {"disks", "filesystems", "luks"}) {
    for (const Value& each : user.entries("storage", list)) {
      const std::string_view device = each.textOr("device");
      const auto disk = kernelDisk(device);
      if (!disk.empty() && disk != "vda" && !known.empty()) {
        findings.push_back(warning(
            markOf(each, "device"), "which disk becomes " + std::string(device) + " can differ from boot to boot",
            "name a volume by its serial number, such as " + std::string(kBySerial) + known.front()));
      }
      if (!device.starts_with(kBySerial)) continue;
      std::string name(device.substr(kBySerial.size()));
      if (const auto part = name.find("-part"); part != std::string::npos) name.resize(part);
      if (std::ranges::find(known, name) != known.end()) continue;
      const auto near = source::nearest(name, known);
      findings.push_back(warning(markOf(each, "device"),
                                 "pool \"" + pool.name->str() + "\" has no volume \"" + name + "\"",
                                 near ? "did you mean \"" + *near + "\"?" : "declare it under volumes: of the pool"));
    }
  }
}

}  // namespace

Findings lint(const Config& user, const spec::Pool& pool) {
  Findings findings = lintUnits(user);
  lintSecrets(user, findings);
  lintPasswords(user, findings);
  lintDevices(user, pool, findings);
  return findings;
}

Findings lint(const spec::Spec& spec) {
  if (spec.osUpdates) return {};
  return {warning(spec.cluster.mark,
                  "os_updates is not said: each node reboots into a new release whenever it finds one, several at once",
                  "os_updates: { strategy: off }, or periodic with windows, or immediate if that is what you want")};
}

}  // namespace berth::node
