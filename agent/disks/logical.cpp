// SPDX-License-Identifier: Apache-2.0
#include "agent/disks/logical.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "agent/disks/file.h"
#include "agent/disks/program.h"

namespace berth::disks {
namespace {

/// It waits for others who change the same group.
constexpr std::chrono::seconds kLimit{60};
/// Some 20,000 logical volumes.
constexpr std::size_t kListMost = 4u << 20;
constexpr std::string_view kWholeTag = "berth-whole";
/// What the kernel takes of "group-logical", in which LVM doubles every hyphen of a name.
constexpr std::size_t kMapperNameMax = 127;

std::string_view trimmed(std::string_view line) {
  const auto first = line.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(' ') + 1 - first);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// The first thing that LVM says which is no warning.
std::string firstWord(std::string_view output) {
  for (const auto line : split(output, '\n'))
    if (const auto text = trimmed(line); !text.empty() && !text.starts_with("WARNING")) return std::string(text);
  return "it does not say why";
}

Result<std::string> run(const VolumeGroup& group, std::vector<std::string> arguments, const std::string& attempted,
                        const std::string& object) {
  arguments.insert(arguments.begin(), group.program);
  const auto ran = runProgram(arguments, kLimit, {}, kListMost);
  if (auto failed = failure(ran)) return *failed;
  const auto& [status, output] = std::get<Finished>(ran);
  if (status == 0) return output;
  return Error{Error::Kind::temporary, attempted, object, firstWord(output)};
}

Result<> change(const VolumeGroup& group, std::vector<std::string> arguments, const std::string& attempted,
                const std::string& name) {
  const auto ran = run(group, std::move(arguments), attempted, group.device(name));
  if (auto failed = failure(ran)) return *failed;
  return Ok{};
}

std::string nameIn(const VolumeGroup& group, const std::string& name) { return group.name + "/" + name; }
std::string inBytes(Bytes size) { return std::to_string(size.count()) + "b"; }

std::optional<Bytes> parseBytes(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return Bytes(number);
}

/// "  name,size,active,tag,tag"; empty when the line is something else, such as a warning.
std::optional<Logical> readLine(const VolumeGroup& group, std::string_view line) {
  constexpr std::size_t kBeforeTags = 3;
  const auto parts = split(trimmed(line), ',');
  const auto size = parts.size() > kBeforeTags ? parseBytes(parts[1]) : std::nullopt;
  if (!size) return std::nullopt;
  Logical found{std::string(parts[0]), *size, false, false, !parts[2].empty()};
  for (std::size_t at = kBeforeTags; at < parts.size(); ++at) {
    found.isOurs = found.isOurs || parts[at] == group.tag;
    found.isWhole = found.isWhole || parts[at] == kWholeTag;
  }
  return found;
}

std::size_t lengthInMapper(std::string_view name) {
  return name.size() + static_cast<std::size_t>(std::ranges::count(name, '-'));
}

}  // namespace

std::string ownerTag(const Uuid& fleet, const HostName& host) { return "berth-" + fleet.str() + "-" + host.str(); }

Result<std::vector<Logical>> listLogical(const VolumeGroup& group) {
  const auto told = run(group,
                        {"lvs", "--noheadings", "--nosuffix", "--units", "b", "--separator", ",", "--options",
                         "lv_name,lv_size,lv_active,lv_tags", group.name},
                        "looking into the volume group", group.name);
  if (auto failed = failure(told)) return *failed;
  std::vector<Logical> found;
  for (const auto line : split(std::get<std::string>(told), '\n'))
    if (auto logical = readLine(group, line)) found.push_back(*std::move(logical));
  return found;
}

Result<std::optional<Logical>> findLogical(const VolumeGroup& group, std::string_view name) {
  const auto all = listLogical(group);
  if (auto failed = failure(all)) return *failed;
  const auto& list = std::get<std::vector<Logical>>(all);
  const auto found = std::ranges::find(list, name, &Logical::name);
  if (found == list.end()) return std::optional<Logical>();
  if (!found->isOurs)
    return Error{Error::Kind::permanent, "looking at", group.device(name),
                 "it is not Berth's: it lacks the tag " + group.tag};
  // After a boot it may be there and asleep.
  if (!found->isActive) {
    auto woken = change(group, {"lvchange", "--activate", "y", nameIn(group, found->name)}, "activating", found->name);
    if (auto failed = failure(woken)) return *failed;
  }
  return std::optional(*found);
}

Result<> createLogical(const VolumeGroup& group, const std::string& name, Bytes size) {
  return change(group,
                {"lvcreate", "--yes", "--wipesignatures", "y", "--zero", "y", "--addtag", group.tag, "--size",
                 inBytes(size), "--name", name, group.name},
                "making", name);
}

Result<> extendLogical(const VolumeGroup& group, const std::string& name, Bytes size) {
  const auto found = findLogical(group, name);
  if (auto failed = failure(found)) return *failed;
  const auto& logical = std::get<std::optional<Logical>>(found);
  if (logical && logical->size >= size) return Ok{};
  return change(group, {"lvextend", "--size", inBytes(size), nameIn(group, name)}, "growing", name);
}

Result<> removeLogical(const VolumeGroup& group, const std::string& name) {
  const auto found = findLogical(group, name);
  if (auto failed = failure(found)) return *failed;
  if (!std::get<std::optional<Logical>>(found)) return Ok{};
  return change(group, {"lvremove", "--yes", nameIn(group, name)}, "removing", name);
}

Result<> renameLogical(const VolumeGroup& group, const std::string& from, const std::string& to) {
  return change(group, {"lvrename", group.name, from, to}, "renaming", from);
}

Result<> replaceLogical(const VolumeGroup& group, const std::string& from, const std::string& to) {
  const auto former = findLogical(group, to);
  if (auto failed = failure(former)) return *failed;
  if (!std::get<std::optional<Logical>>(former)) return renameLogical(group, from, to);
  auto said = change(group, {"lvchange", "--addtag", std::string(kWholeTag), nameIn(group, from)}, "marking", from);
  if (auto failed = failure(said)) return *failed;
  if (auto failed = failure(removeLogical(group, to))) return *failed;
  if (auto failed = failure(settleLogical(group, from, to))) return *failed;
  return Ok{};
}

Result<bool> settleLogical(const VolumeGroup& group, const std::string& from, const std::string& to) {
  const auto found = findLogical(group, from);
  if (auto failed = failure(found)) return *failed;
  const auto& whole = std::get<std::optional<Logical>>(found);
  if (!whole || !whole->isWhole) return false;
  if (auto failed = failure(renameLogical(group, from, to))) return *failed;
  auto said = change(group, {"lvchange", "--deltag", std::string(kWholeTag), nameIn(group, to)}, "marking", to);
  if (auto failed = failure(said)) return *failed;
  return true;
}

Result<Bytes> roomForOurs(const VolumeGroup& group) {
  const auto told =
      run(group, {"vgs", "--noheadings", "--nosuffix", "--units", "b", "--options", "vg_free", group.name},
          "looking into the volume group", group.name);
  if (auto failed = failure(told)) return *failed;
  const auto free = parseBytes(firstWord(std::get<std::string>(told)));
  if (!free)
    return Error{Error::Kind::temporary, "looking into the volume group", group.name, "it does not say its size"};
  const auto all = listLogical(group);
  if (auto failed = failure(all)) return *failed;
  Bytes room = *free;
  for (const Logical& each : std::get<std::vector<Logical>>(all))
    if (each.isOurs) room += each.size;
  return room;
}

std::optional<std::string> objectionToLogical(const VolumeGroup& group, std::string_view name,
                                              std::string_view longest) {
  constexpr std::array<std::string_view, 2> kReserved{"snapshot", "pvmove"};
  for (const auto prefix : kReserved)
    if (name.starts_with(prefix))
      return "LVM takes no name that begins with " + std::string(prefix) + ": " + std::string(name);
  const auto length = lengthInMapper(group.name) + 1 + lengthInMapper(name) + longest.size();
  if (length <= kMapperNameMax) return std::nullopt;
  return "its name is too long for LVM, which has " + std::to_string(kMapperNameMax) + " characters for the names of " +
         group.name + " and " + std::string(name) + " with each hyphen counted twice, and " +
         std::to_string(longest.size()) + " more: give the cluster, the pool or the volume a shorter name";
}

}  // namespace berth::disks
