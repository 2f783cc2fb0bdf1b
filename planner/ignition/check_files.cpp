// SPDX-License-Identifier: Apache-2.0
//
// Files, directories and links, each by itself.
#include <vector>

#include "planner/ignition/check.h"

namespace berth::ignition {
namespace {

constexpr std::int64_t kAllModeBits = 07777;
constexpr std::int64_t kSpecialModeBits = 07000;

void checkPath(Checker& checker, const Place& place) {
  std::string_view wrong = wrongWithPath(place.value.textOr("path"));
  if (!wrong.empty()) checker.error(place, "path", std::string(wrong));
}

void checkMode(Checker& checker, const Place& place) {
  const Value* mode = place.value.find("mode");
  if (mode == nullptr) return;
  if (mode->integer() < 0 || mode->integer() > kAllModeBits) checker.error(place, "mode", "illegal file mode");
  if (!checker.isSince(SpecVersion::v3_6) && (mode->integer() & kSpecialModeBits) != 0) {
    checker.warning(place, "mode",
                    "setuid/setgid/sticky bits are not supported or functional in spec versions older than 3.6.0");
  }
}

}  // namespace

std::string cleaned(std::string_view path) {
  bool rooted = path.starts_with('/');
  std::vector<std::string_view> kept;
  while (!path.empty()) {
    std::size_t end = std::min(path.find('/'), path.size());
    std::string_view segment = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (segment.empty() || segment == ".") continue;
    bool climbs = segment == "..";
    if (climbs && !kept.empty() && kept.back() != "..") {
      kept.pop_back();
    } else if (!climbs || !rooted) {
      kept.push_back(segment);
    }
  }
  std::string out = rooted ? "/" : "";
  for (std::string_view segment : kept) {
    if (!out.empty() && out != "/") out += '/';
    out += segment;
  }
  return out.empty() ? "." : out;
}

std::string_view wrongWithPath(std::string_view path) {
  if (path.empty()) return "path not specified";
  if (!path.starts_with('/')) return "path not absolute";
  return cleaned(path) == path ? "" : "path is not fully simplified";
}

void checkOwner(Checker& checker, const Place& place) {
  if (place.value.find("id") != nullptr && !place.value.textOr("name").empty()) {
    checker.error(place, "cannot set both id and name");
  }
}

void checkDirectory(Checker& checker, const Place& place) {
  checkPath(checker, place);
  checkMode(checker, place);
}

void checkFile(Checker& checker, const Place& place) {
  const Value* contents = place.value.find("contents");
  bool hasSource = contents != nullptr && contents->find("source") != nullptr;
  checkPath(checker, place);
  checkMode(checker, place);
  if (place.value.isTrue("overwrite") && !hasSource) {
    checker.error(place, "overwrite", "overwrite must be false if source is unspecified");
  }
}

void checkLink(Checker& checker, const Place& place) {
  checkPath(checker, place);
  if (checker.isSince(SpecVersion::v3_3) && place.value.textOr("target").empty()) {
    checker.error(place, "target", "link target is required");
  }
  if (!place.value.isTrue("hard")) return;
  for (std::string_view owner : {"user", "group"}) {
    const Value* value = place.value.find(owner);
    if (value == nullptr) continue;
    Place below{*value, &place, place.value.shape().field(owner)};
    for (std::string_view field : {"id", "name"}) {
      if (value->find(field) != nullptr) checker.warning(below, field, "user/group ignored for hard link");
    }
  }
}

}  // namespace berth::ignition
