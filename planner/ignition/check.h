// SPDX-License-Identifier: Apache-2.0
//
// What the checks of the single sections share: a Place is a value together with the way to it, and a Checker takes
// findings about a place or about a field of it, whether that field is there or not.
#pragma once

#include <string>
#include <string_view>

#include "planner/ignition/validate.h"

namespace berth::ignition {

/// A value on its way down from the root. Lives on the stack of the walk.
struct Place {
  const Value& value;
  const Place* parent = nullptr;
  const Field* field = nullptr;
  /// In a list.
  std::size_t index = 0;
  bool isElement = false;
};

class Checker {
public:
  Checker(const Config& config, Naming naming, Rules rules) : config_(config), naming_(naming), rules_(rules) {}

  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] Rules rules() const { return rules_; }
  [[nodiscard]] bool isSince(SpecVersion version) const { return config_.version() >= version; }

  void error(const Place& place, std::string message) { report(place, source::Severity::error, std::move(message)); }
  /// About a field, by Ignition's name; one that the schema has not is named as it is given.
  void error(const Place& place, std::string_view field, std::string message) {
    report(place, field, source::Severity::error, std::move(message));
  }
  void warning(const Place& place, std::string_view field, std::string message) {
    report(place, field, source::Severity::warning, std::move(message));
  }

  [[nodiscard]] Findings take() { return std::move(findings_); }

private:
  void report(const Place& place, source::Severity severity, std::string message);
  void report(const Place& place, std::string_view field, source::Severity severity, std::string message);
  /// The way through the config itself, for what was written nowhere.
  [[nodiscard]] std::string wayTo(const Place& place) const;
  [[nodiscard]] std::string nameOf(const Shape& shape, std::string_view field) const;

  const Config& config_;
  Naming naming_;
  Rules rules_;
  Findings findings_;
};

// Each checks one kind of object by itself.
void checkResource(Checker& checker, const Place& place);
void checkConfigReference(Checker& checker, const Place& place);
void checkVerification(Checker& checker, const Place& place);
void checkHttpHeader(Checker& checker, const Place& place);
void checkProxy(Checker& checker, const Place& place);
void checkOwner(Checker& checker, const Place& place);
void checkDirectory(Checker& checker, const Place& place);
void checkFile(Checker& checker, const Place& place);
void checkLink(Checker& checker, const Place& place);
void checkDisk(Checker& checker, const Place& place);
void checkPartition(Checker& checker, const Place& place);
void checkRaid(Checker& checker, const Place& place);
void checkFilesystem(Checker& checker, const Place& place);
void checkLuks(Checker& checker, const Place& place);
void checkClevis(Checker& checker, const Place& place);
void checkClevisCustom(Checker& checker, const Place& place);
void checkTang(Checker& checker, const Place& place);
void checkUnit(Checker& checker, const Place& place);
void checkDropin(Checker& checker, const Place& place);

// And these, what belongs together.
/// Paths below links, hard links to directories, filesystems on partitioned disks.
void checkStorage(Checker& checker, const Place& storage);
/// Instances of templates that cannot be enabled.
void checkTemplates(Checker& checker, const Place& systemd);
/// Files at the paths of units.
void checkUnitPaths(Checker& checker, const Place& config);

/// Whether a resource may have this source.
[[nodiscard]] bool isRightSource(const Checker& checker, std::string_view source);
/// What is wrong with an absolute path; empty when nothing is.
[[nodiscard]] std::string_view wrongWithPath(std::string_view path);
/// `path` without `.`, `..`, doubled and trailing slashes; "." for nothing.
[[nodiscard]] std::string cleaned(std::string_view path);

}  // namespace berth::ignition
