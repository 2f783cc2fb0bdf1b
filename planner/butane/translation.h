// SPDX-License-Identifier: Apache-2.0
//
// What the steps of a translation share: the config on its way from Butane to Ignition, what the caller gave, and the
// findings so far. Each step takes the fields that are its own out of the config and puts Ignition's in their place.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "planner/butane/dialect.h"
#include "planner/butane/translate.h"

namespace berth::butane {

class Translation {
public:
  Translation(const Dialect& spoken, const Options& given, ignition::Value root)
      : dialect(spoken), options(given), config(spoken.target, std::move(root)) {}

  const Dialect& dialect;
  const Options& options;
  ignition::Config config;
  ignition::Findings findings;

  void error(const ignition::Origin& at, std::string message) { add(source::Severity::error, at, std::move(message)); }
  void warning(const ignition::Origin& at, std::string message) {
    add(source::Severity::warning, at, std::move(message));
  }
  /// About a field of `object`, by Butane's name, whether it is there or not.
  void errorAt(const ignition::Value& object, std::string_view field, std::string message) {
    error(below(object, field), std::move(message));
  }

  /// The bytes of a file that `local` names; when it cannot be had, a finding at `at`.
  [[nodiscard]] std::optional<std::string> readLocal(std::string_view local, const ignition::Origin& at);

  [[nodiscard]] static ignition::Origin below(const ignition::Value& object, std::string_view field) {
    return {object.origin().path + "." + std::string(field), object.origin().mark};
  }

private:
  void add(source::Severity severity, const ignition::Origin& at, std::string message) {
    findings.push_back({severity, at.path, at.mark, std::move(message)});
  }
};

inline constexpr std::string_view kNoFilesDirectory =
    "local file paths are relative to a files directory that must be specified with -d/--files-dir";
inline constexpr std::string_view kOutsideFilesDirectory = "local file path traverses outside the files directory";

// The steps, in their order.
/// What the Butane text itself has to fulfil.
void checkSource(Translation& translation);
/// Contents of all kinds become sources; keys and units are read from files.
void embedResources(Translation& translation);
/// Filesystems that want a mount or swap unit get one.
void addMountUnits(Translation& translation);
void addTrees(Translation& translation);
void addQuadlets(Translation& translation);
void addBootDevice(Translation& translation);
void advisePartitions(Translation& translation);
void addGrub(Translation& translation);
/// What a variant does not take.
void checkRestrictions(Translation& translation);

/// boot_device's part of checkSource().
void checkBootDevice(Translation& translation, const ignition::Value& bootDevice);
/// The quadlets' part of it.
void checkQuadlets(Translation& translation, const ignition::Value& quadlets);
/// A config that is given inline, to be merged by the node.
void checkInlineConfig(Translation& translation, const ignition::Value& reference);

}  // namespace berth::butane
