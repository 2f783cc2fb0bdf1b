// SPDX-License-Identifier: Apache-2.0
//
// What a node becomes on its first boot: an Ignition config (https://coreos.github.io/ignition/specs/).
//
//   auto base = ignition::Config(SpecVersion::v3_4);
//   base.addFile("/etc/hostname", "prod-server-0\n", 0644);
//   base.addUnit("berth-ready.service", text, UnitState::enabled);
//   std::string json = write(merge(base, butane::translate(text, options).config));
//
// Reading is in read.h, checking in validate.h, writing in write.h, comparing in diff.h. Values are immutable in
// spirit: every operation here makes a new config or adds to one that is being built.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/ignition/spec_version.h"
#include "planner/ignition/value.h"

namespace berth::ignition {

enum class UnitState { asPreset, enabled, disabled };

class Config {
public:
  /// An empty config of a version.
  explicit Config(SpecVersion version);
  /// `root` has the shape of configShape(), and states `version`.
  Config(SpecVersion version, Value root) : version_(version), root_(std::move(root)) {}

  [[nodiscard]] SpecVersion version() const { return version_; }
  [[nodiscard]] const Value& root() const { return root_; }
  [[nodiscard]] Value& root() { return root_; }

  /// The entries of storage.files and so on; none when the section is absent.
  [[nodiscard]] const std::vector<Value>& entries(std::string_view section, std::string_view list) const;

  // Building. Each adds an entry with `origin` as its source; what is there already is not looked for: merge() is the
  // way to lay one config over another.
  Value& addFile(std::string_view path, std::string_view contents, std::int64_t mode, const Origin& origin = {});
  /// One that is meant to be there whatever the image brings along. Embedded unpacked, so that tokens in it stay whole.
  Value& addFileOver(std::string_view path, std::string_view contents, std::int64_t mode);
  Value& addDirectory(std::string_view path, std::int64_t mode, const Origin& origin = {});
  Value& addLink(std::string_view path, std::string_view target, const Origin& origin = {});
  Value& addFilesystem(std::string_view device, const Origin& origin = {});
  /// Empty `contents` mean a unit that the image brings along.
  Value& addUnit(std::string_view name, std::string_view contents, UnitState state, const Origin& origin = {});
  Value& addUser(std::string_view name, const std::vector<std::string>& sshAuthorizedKeys, const Origin& origin = {});

private:
  Value& addEntry(std::string_view section, std::string_view list, const Origin& origin);

  SpecVersion version_;
  Value root_;
};

/// `child` laid over `parent` by Ignition's rules: the child's scalars win, lists of named entries are merged entry by
/// entry (the parent's first), a path that the child uses for another kind of node displaces the parent's. The result
/// has the higher of the two versions.
[[nodiscard]] Config merge(const Config& parent, const Config& child);

/// The same config in a later version. Nothing when `version` is older than its own.
[[nodiscard]] std::optional<Config> convert(const Config& config, SpecVersion version);

}  // namespace berth::ignition
