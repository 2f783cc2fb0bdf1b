// SPDX-License-Identifier: Apache-2.0
#include "agent/disks/retired.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include "agent/disks/file.h"
#include "agent/disks/instance_files.h"

namespace berth::disks {
namespace {

namespace fs = std::filesystem;

/// A label of ours has some 300 bytes; no more is read of what somebody put in its place.
constexpr std::size_t kLabelMax = 4096;
constexpr std::array<std::string_view, 7> kWords{"fleet", "node", "instance", "image", "machine", "size", "since"};

std::optional<std::uint64_t> parseNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The values of the lines "WORD value", when these are exactly the lines.
std::optional<std::array<std::string_view, kWords.size()>> valuesIn(std::string_view text) {
  std::array<std::string_view, kWords.size()> values;
  for (std::size_t at = 0; at < kWords.size(); ++at) {
    const auto end = text.find('\n');
    const auto word = kWords.at(at);
    if (end == std::string_view::npos || end <= word.size() || !text.starts_with(word) || text[word.size()] != ' ')
      return std::nullopt;
    values.at(at) = text.substr(word.size() + 1, end - word.size() - 1);
    text.remove_prefix(end + 1);
  }
  return text.empty() ? std::optional(values) : std::nullopt;
}

Result<bool> isPresent(const fs::path& path) {
  std::error_code error;
  const bool found = fs::exists(path, error);
  if (error) return Error::fromErrno("looking for", path, error.value());
  return found;
}

/// Durable in both directories when it returns.
Result<> move(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return Error::fromErrno("moving", from, errno);
  if (auto failed = failure(syncDirectory(to.parent_path()))) return *failed;
  return syncDirectory(from.parent_path());
}

std::string readLabelAt(const fs::path& path) {
  std::ifstream file(path);
  std::string text(kLabelMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace

std::string write(const RetiredDisk& disk) {
  const std::array<std::string, kWords.size()> values{disk.fleet.str(),
                                                      disk.node.str(),
                                                      disk.instance.str(),
                                                      disk.image.hex(),
                                                      disk.machine.hex(),
                                                      std::to_string(disk.size.count()),
                                                      std::to_string(disk.sinceMs)};
  std::string text;
  for (std::size_t at = 0; at < kWords.size(); ++at)
    text.append(kWords.at(at)).append(" ").append(values.at(at)) += '\n';
  return text;
}

std::optional<RetiredDisk> readRetired(std::string_view text) {
  const auto values = text.size() <= kLabelMax ? valuesIn(text) : std::nullopt;
  if (!values) return std::nullopt;
  const auto fleet = Uuid::parse(values->at(0));
  const auto node = NodeName::parse(values->at(1));
  const auto instance = Uuid::parse(values->at(2));
  const auto image = Digest::parse(values->at(3));
  const auto machine = Digest::parse(values->at(4));
  const auto size = parseNumber(values->at(5));
  const auto since = parseNumber(values->at(6));
  if (!fleet || !node || !instance || !image || !machine || !size || !since) return std::nullopt;
  if (*since > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return RetiredDisk{*fleet, *node, *instance, *image, *machine, Bytes(*size), static_cast<std::int64_t>(*since)};
}

Result<> retire(const Layout& layout, const RetiredDisk& disk) {
  const fs::path from = layout.instance(disk.instance).rootDisk;
  const RetiredPaths to = layout.retired(disk.instance);
  const auto isLeft = isPresent(from);
  if (auto failed = failure(isLeft)) return *failed;
  if (!std::get<bool>(isLeft)) return Ok{};
  if (auto failed = failure(removeIgnition(layout, disk.instance))) return *failed;
  const auto isLabelled = isPresent(to.label);
  if (auto failed = failure(isLabelled)) return *failed;
  if (!std::get<bool>(isLabelled)) {
    const fs::path fresh = halfMade(to.directory);
    if (auto failed = failure(makePassage(layout.retired()))) return *failed;
    if (auto failed = failure(makePassage(fresh))) return *failed;
    if (auto failed = failure(writeWhole(fresh / to.label.filename(), write(disk), FileMode::shared))) return *failed;
    if (auto failed = failure(move(fresh, to.directory))) return *failed;
  }
  return move(from, to.rootDisk);
}

Result<> revive(const Layout& layout, const Uuid& instance, const Uuid& heir) {
  const fs::path from = layout.retired(instance).rootDisk;
  const fs::path to = layout.instance(heir).rootDisk;
  const auto hasOne = isPresent(to);
  if (auto failed = failure(hasOne)) return *failed;
  if (std::get<bool>(hasOne)) return Ok{};
  const auto isThere = isPresent(from);
  if (auto failed = failure(isThere)) return *failed;
  if (!std::get<bool>(isThere)) return Error{Error::Kind::temporary, "taking over", from, "it is not there any more"};
  return move(from, to);
}

Result<> dropRetired(const Layout& layout, const Uuid& instance) {
  return removeAll(layout, layout.retired(instance).directory, layout.gone(instance));
}

Result<std::vector<RetiredDisk>> listRetired(const Layout& layout, const Uuid& fleet) {
  const auto found = uuidsIn(layout.retired());
  if (auto failed = failure(found)) return *failed;
  std::vector<RetiredDisk> disks;
  for (const Uuid& uuid : std::get<std::vector<Uuid>>(found)) {
    const RetiredPaths paths = layout.retired(uuid);
    auto disk = readRetired(readLabelAt(paths.label));
    if (!disk || disk->fleet != fleet || disk->instance != uuid) continue;
    const auto isThere = isPresent(paths.rootDisk);
    if (auto failed = failure(isThere)) return *failed;
    disk->isThere = std::get<bool>(isThere);
    disks.push_back(*std::move(disk));
  }
  return disks;
}

}  // namespace berth::disks
