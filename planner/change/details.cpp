// SPDX-License-Identifier: Apache-2.0
#include "planner/change/details.h"

#include <algorithm>

#include "planner/ignition/diff.h"
#include "planner/ignition/read.h"
#include "planner/ignition/text_diff.h"
#include "words/digest.h"

namespace berth::change {

using ignition::Config;
using ignition::Difference;
using ignition::Value;

namespace {

/// Shorter than a digest, long enough to tell two apart.
constexpr std::size_t kDigestShown = 12;
constexpr std::string_view kFile = "file ";

/// What group and others may not read on the node is not for the eyes of whoever looks at a plan.
bool isHidden(const Config& config, std::string_view path) {
  constexpr std::int64_t kReadableByOthers = 044;
  for (const Value& file : config.entries("storage", "files")) {
    if (file.textOr("path") == path) return (file.integerOr("mode", 0644) & kReadableByOthers) == 0;
  }
  return false;
}

std::string binaryNote(const Difference::Contents& contents) {
  return "binary, " + std::to_string(contents.before.size()) + " → " + std::to_string(contents.after.size()) +
         " bytes, sha256 " + Digest::of(contents.before).hex().substr(0, kDigestShown) + " → " +
         Digest::of(contents.after).hex().substr(0, kDigestShown);
}

Part partOf(const Difference& difference, const Config& now, const Config& wanted) {
  Part part{difference.subject, {}, {}};
  if (difference.subject.starts_with(kFile)) {
    const std::string_view path = std::string_view(difference.subject).substr(kFile.size());
    if (isHidden(now, path) || isHidden(wanted, path)) {
      part.note = "secret, not shown";
      return part;
    }
  }
  if (!ignition::isText(difference.contents->before) || !ignition::isText(difference.contents->after)) {
    part.note = binaryNote(*difference.contents);
    return part;
  }
  for (const auto& hunk : ignition::textDiff(difference.contents->before, difference.contents->after)) {
    part.diff += ignition::unified(hunk);
  }
  return part;
}

/// A subject is "file /etc/motd" or "unit a.service dropin 10.conf" where the part is "/etc/motd" or "unit a.service".
bool isIn(const std::set<std::string>& parts, std::string_view subject) {
  if (subject.starts_with(kFile)) subject.remove_prefix(kFile.size());
  return std::ranges::any_of(parts, [&](const std::string& part) {
    return subject.starts_with(part) && (subject.size() == part.size() || subject[part.size()] == ' ');
  });
}

/// What a difference says after its subject: "mode 0644 → 0600".
std::string noteOf(const Difference& difference) {
  const std::string head = difference.subject + ": ";
  return difference.line.starts_with(head) ? difference.line.substr(head.size()) : difference.line;
}

}  // namespace

Detail detailOf(std::string_view ignitionNow, std::string_view ignitionWanted, const std::set<std::string>& secret) {
  const auto now = ignition::parse(ignitionNow);
  const auto wanted = ignition::parse(ignitionWanted);
  Detail detail;
  if (!now.config || !wanted.config) return detail;
  for (const Difference& each : ignition::diff(*now.config, *wanted.config)) {
    if (each.kind != Difference::Kind::changed) continue;
    if (each.isSecret || isIn(secret, each.subject)) {
      detail.push_back({each.subject, "secret, not shown", {}});
    } else if (each.contents) {
      detail.push_back(partOf(each, *now.config, *wanted.config));
    } else {
      detail.push_back({each.subject, noteOf(each), {}});
    }
  }
  return detail;
}

}  // namespace berth::change
