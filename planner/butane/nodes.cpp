// SPDX-License-Identifier: Apache-2.0
#include "planner/butane/nodes.h"

namespace berth::butane {
namespace {

using Kind = FilesystemNodes::Kind;

std::string_view nameOf(Kind kind) {
  return kind == Kind::file ? "files" : kind == Kind::directory ? "directories" : "links";
}

}  // namespace

FilesystemNodes::FilesystemNodes(ignition::Config& config) : config_(config) {
  for (Kind kind : {Kind::directory, Kind::file, Kind::link}) {
    const auto& entries = config.entries("storage", nameOf(kind));
    for (std::size_t i = 0; i < entries.size(); ++i) slots_.emplace(entries[i].textOr("path"), Slot{kind, i});
  }
}

std::optional<Kind> FilesystemNodes::kindOf(const std::string& path) const {
  auto found = slots_.find(path);
  if (found == slots_.end()) return std::nullopt;
  return found->second.kind;
}

ignition::Value& FilesystemNodes::at(const std::string& path) {
  const Slot& slot = slots_.at(path);
  return listOf(slot.kind)[slot.index];
}

ignition::Value& FilesystemNodes::add(Kind kind, const std::string& path, const ignition::Origin& origin) {
  auto& list = listOf(kind);
  const ignition::Shape& shape = *config_.root().find("storage")->shape().field(nameOf(kind))->shape;
  ignition::Value& entry = list.emplace_back(ignition::Value::object(shape, origin));
  entry.put("path", ignition::Value::ofText(path, origin));
  slots_.emplace(path, Slot{kind, list.size() - 1});
  return entry;
}

std::vector<ignition::Value>& FilesystemNodes::listOf(Kind kind) {
  return config_.root().ensure("storage").ensure(nameOf(kind)).items();
}

}  // namespace berth::butane
