// SPDX-License-Identifier: Apache-2.0
//
// `inline` and `local` become data URLs, `contents_local` becomes text, and keys are read from files.
#include "planner/butane/translation.h"
#include "planner/ignition/data_url.h"
#include "planner/ignition/resource.h"

namespace berth::butane {
namespace {

using ignition::ShapeId;
using ignition::Value;

void embedText(Translation& translation, Value& resource, const std::string& bytes, const ignition::Origin& origin) {
  const std::string& legible = translation.options.legible;
  if (legible.empty() || bytes.find(legible) == std::string::npos) {
    return ignition::embed(resource, bytes, translation.dialect.target, origin);
  }
  if (translation.dialect.target != ignition::SpecVersion::v3_0 && resource.textOr("compression").empty()) {
    resource.put("compression", Value::ofText("", origin));
  }
  resource.put("source", Value::ofText(ignition::escapedDataUrl(bytes), origin));
}

void embedResource(Translation& translation, Value& resource) {
  if (const Value* local = resource.find("local")) {
    ignition::Origin origin = local->origin();
    if (auto bytes = translation.readLocal(local->text(), origin)) {
      embedText(translation, resource, *bytes, origin);
    }
  } else if (const Value* text = resource.find("inline")) {
    ignition::Origin origin = text->origin();
    embedText(translation, resource, std::string(text->text()), origin);
  }
  resource.remove("local");
  resource.remove("inline");
}

void readContents(Translation& translation, Value& unit) {
  const Value* local = unit.find("contents_local");
  if (local != nullptr && !local->text().empty()) {
    ignition::Origin origin = local->origin();
    if (auto bytes = translation.readLocal(local->text(), origin)) {
      unit.put("contents", Value::ofText(std::move(*bytes), origin));
    }
  }
  unit.remove("contents_local");
}

/// One key a line; only empty lines are left out.
void addKeys(Value& keys, std::string_view text, const ignition::Origin& origin) {
  while (!text.empty()) {
    std::size_t end = text.find('\n');
    bool isBroken = end != std::string_view::npos;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(isBroken ? end + 1 : text.size());
    // Only before a line feed is a carriage return part of the line's end.
    if (isBroken && line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) keys.items().push_back(Value::ofText(std::string(line), origin));
  }
}

void readKeys(Translation& translation, Value& user) {
  const Value* files = user.find("ssh_authorized_keys_local");
  if (files == nullptr) return;
  std::vector<Value> names = files->items();
  ignition::Origin origin = files->origin();
  user.remove("ssh_authorized_keys_local");
  // Without a directory there is nothing to say of each.
  if (translation.options.files == nullptr && !names.empty()) {
    return translation.error(origin, std::string(kNoFilesDirectory));
  }
  for (const Value& each : names) {
    if (auto bytes = translation.readLocal(each.text(), each.origin())) {
      addKeys(user.ensure("sshAuthorizedKeys"), *bytes, each.origin());
    }
  }
}

void walk(Translation& translation, Value& value) {
  if (value.kind() == Value::Kind::list) {
    for (Value& each : value.items()) walk(translation, each);
  }
  if (value.kind() != Value::Kind::object) return;
  switch (value.shape().id) {
    case ShapeId::certificate:
    case ShapeId::resource:
    case ShapeId::configReference: embedResource(translation, value); break;
    case ShapeId::unit:
    case ShapeId::dropin: readContents(translation, value); break;
    case ShapeId::passwdUser: readKeys(translation, value); break;
    // Their dropins are files of another kind; they are looked after on their own.
    case ShapeId::quadlet: return;
    default: break;
  }
  for (const Value::Member& each : value.members()) walk(translation, *value.find(each.field->name));
}

}  // namespace

void embedResources(Translation& translation) { walk(translation, translation.config.root()); }

}  // namespace berth::butane
