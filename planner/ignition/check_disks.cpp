// SPDX-License-Identifier: Apache-2.0
//
// Disks and their partitions.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "planner/ignition/check.h"

namespace berth::ignition {
namespace {

/// What a GPT entry holds.
constexpr std::size_t kLongestLabel = 36;
/// Beyond this, only one of the partitions that overlap is looked for, not the first in the order of the text.
constexpr std::size_t kFewPartitions = 1000;

struct Extent {
  std::int64_t first;
  std::int64_t last;
  std::size_t index;

  [[nodiscard]] bool intersects(const Extent& other) const { return first <= other.last && other.first <= last; }
};

/// The partitions whose place is fixed: a start or size that is left to Ignition says nothing.
std::vector<Extent> extentsOf(const std::vector<Value>& partitions) {
  std::vector<Extent> extents;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const Value* size = partitions[i].find("sizeMiB");
    std::int64_t start = partitions[i].integerOr("startMiB", 0);
    if (start == 0 || size == nullptr) continue;
    // Sizes come from outside: the end must not overflow.
    std::int64_t reach = std::clamp<std::int64_t>(size->integer() - 1, 0, INT64_MAX / 4);
    start = std::clamp<std::int64_t>(start, INT64_MIN / 4, INT64_MAX / 4);
    extents.push_back({start, start + reach, i});
  }
  return extents;
}

/// The index of a partition that another one reaches into.
std::optional<std::size_t> findOverlap(const std::vector<Extent>& extents) {
  std::vector<Extent> sorted = extents;
  std::sort(sorted.begin(), sorted.end(), [](const Extent& a, const Extent& b) { return a.first < b.first; });
  std::optional<std::size_t> found;
  for (std::size_t i = 1; i < sorted.size() && !found; ++i) {
    if (sorted[i].first <= sorted[i - 1].last) found = std::max(sorted[i].index, sorted[i - 1].index);
  }
  if (!found || extents.size() > kFewPartitions) return found;
  for (const Extent& each : extents) {
    for (const Extent& other : extents) {
      if (each.index != other.index && each.intersects(other)) return other.index;
    }
  }
  return found;
}

bool isGuid(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (text.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool isHex = std::string_view("0123456789abcdefABCDEF").find(text[i]) != std::string_view::npos;
    if (kForm[i] == '-' ? text[i] != '-' : !isHex) return false;
  }
  return true;
}

/// The first partition whose number is taken already.
std::optional<std::size_t> findTakenNumber(const std::vector<Value>& partitions) {
  std::unordered_set<std::int64_t> numbers;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    std::int64_t number = partitions[i].integerOr("number", 0);
    if (number != 0 && !numbers.insert(number).second) return i;
  }
  return std::nullopt;
}

/// The first partition whose label is taken already. An empty label is one, too.
std::optional<std::size_t> findTakenLabel(const std::vector<Value>& partitions) {
  std::unordered_set<std::string> labels;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const Value* label = partitions[i].find("label");
    if (label != nullptr && !labels.insert(label->text()).second) return i;
  }
  return std::nullopt;
}

/// Deleting a partition while others are put where there is room: nobody can tell where they would end up. Later
/// versions look at numbers no more.
bool mixesDeletionAndAnyPlace(const std::vector<Value>& partitions) {
  bool deletes = false;
  bool anywhere = false;
  for (const Value& each : partitions) {
    const Value* shouldExist = each.find("shouldExist");
    deletes = deletes || (shouldExist != nullptr && !shouldExist->boolean());
    anywhere = anywhere || each.integerOr("number", 0) == 0;
  }
  return deletes && anywhere;
}

}  // namespace

void checkDisk(Checker& checker, const Place& place) {
  std::string_view device = place.value.textOr("device");
  // Nobody looks at the partitions of what is no disk.
  if (device.empty()) return checker.error(place, "device", "disk device is required");
  std::string_view wrong = wrongWithPath(device);
  if (!wrong.empty()) checker.error(place, "device", std::string(wrong));
  const Value* partitions = place.value.find("partitions");
  if (partitions == nullptr) return;
  Place list{*partitions, &place, place.value.shape().field("partitions")};
  auto report = [&](std::optional<std::size_t> index, std::string message) {
    if (!index) return;
    checker.error(Place{partitions->items()[*index], &list, list.field, *index, true}, std::move(message));
  };
  report(findTakenNumber(partitions->items()), "partition numbers collide");
  report(findOverlap(extentsOf(partitions->items())), "partitions overlap");
  if (checker.rules() == Rules::v2_26 && mixesDeletionAndAnyPlace(partitions->items())) {
    checker.error(place, "partitions",
                  "shouldExist is false for a partition and other partition(s) has start or size 0");
  }
  report(findTakenLabel(partitions->items()), "cannot use the same partition label twice");
}

void checkPartition(Checker& checker, const Place& place) {
  const Value& partition = place.value;
  const Value* shouldExist = partition.find("shouldExist");
  std::string_view label = partition.textOr("label");
  bool isDeleted = shouldExist != nullptr && !shouldExist->boolean();
  bool isDescribed = partition.find("label") != nullptr || partition.find("sizeMiB") != nullptr ||
                     partition.find("startMiB") != nullptr || !partition.textOr("guid").empty() ||
                     !partition.textOr("typeGuid").empty();
  if (isDeleted && isDescribed) {
    checker.error(place, "shouldExist specified false with other options also specified");
  }
  if (partition.integerOr("number", 0) == 0 && partition.find("label") == nullptr) {
    checker.error(place, "a partition number >= 1 or a label must be specified");
  }
  if (label.size() > kLongestLabel) {
    checker.error(place, "label", "partition labels may not exceed 36 characters");
  }
  if (label.find(':') != std::string_view::npos) {
    checker.error(place, "label", "partition label will be truncated to text before the colon");
  }
  for (std::string_view field : {"guid", "typeGuid"}) {
    std::string_view guid = partition.textOr(field);
    if (!guid.empty() && !isGuid(guid)) {
      checker.error(place, field, "doesn't match the form \"01234567-89AB-CDEF-EDCB-A98765432101\"");
    }
  }
}

}  // namespace berth::ignition
