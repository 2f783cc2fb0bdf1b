// SPDX-License-Identifier: Apache-2.0
//
// Quadlets are containers described in the manner of units. They become files where Podman's generator looks for them.
#include <algorithm>
#include <array>

#include "planner/butane/nodes.h"
#include "planner/butane/translation.h"
#include "planner/ignition/resource.h"

namespace berth::butane {
namespace {

using ignition::Value;
using Kind = FilesystemNodes::Kind;

constexpr std::string_view kConflict = "matching filesystem node has existing contents or different type";

std::string_view extensionOf(std::string_view name) {
  std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot);
}

/// "a@.container" for "a@b.container"; nothing for what is no instance.
std::optional<std::string> templateOf(std::string_view name) {
  std::size_t at = name.find('@');
  std::string_view extension = extensionOf(name);
  if (at == std::string_view::npos || at + 1 + extension.size() >= name.size()) return std::nullopt;
  return std::string(name.substr(0, at + 1)) + std::string(extension);
}

bool isQuadletName(std::string_view name) {
  constexpr std::array<std::string_view, 8> kExtensions = {".container", ".volume", ".network", ".kube",
                                                           ".image",     ".build",  ".pod",     ".artifact"};
  return std::find(kExtensions.begin(), kExtensions.end(), extensionOf(name)) != kExtensions.end();
}

void checkOneContent(Translation& translation, const Value& object) {
  const Value* local = object.find("contents_local");
  if (object.find("contents") == nullptr || local == nullptr) return;
  translation.error(local->origin(), "only one of the following can be set: contents, contents_local");
}

/// The text of a quadlet or dropin; nothing when it has none, or when its file cannot be had.
std::optional<std::pair<std::string, ignition::Origin>> textOf(Translation& translation, const Value& object) {
  if (const Value* text = object.find("contents")) return std::pair(text->text(), text->origin());
  const Value* local = object.find("contents_local");
  if (local == nullptr || local->text().empty()) return std::nullopt;
  auto bytes = translation.readLocal(local->text(), local->origin());
  if (!bytes) return std::nullopt;
  return std::pair(std::move(*bytes), local->origin());
}

class QuadletFiles {
public:
  explicit QuadletFiles(Translation& translation) : translation_(translation), nodes_(translation.config) {}

  void add(const Value& quadlet) {
    std::string folder = quadlet.isTrue("rootful") ? "/etc/containers/systemd/" : "/etc/containers/systemd/users/";
    std::string name(quadlet.textOr("name"));
    if (auto pattern = templateOf(name)) {
      if (Value* link = node(Kind::link, folder + name, quadlet.origin())) {
        link->put("target", Value::ofText(*pattern, quadlet.origin()));
      }
    } else if (auto text = textOf(translation_, quadlet)) {
      file(folder + name, text->first, text->second);
    }
    for (const Value& dropin : ignition::itemsOf(quadlet.find("dropins"))) {
      if (auto text = textOf(translation_, dropin)) {
        file(folder + name + ".d/" + std::string(dropin.textOr("name")), text->first, text->second);
      }
    }
  }

private:
  Value* node(Kind kind, const std::string& path, const ignition::Origin& origin) {
    if (!nodes_.kindOf(path)) return &nodes_.add(kind, path, origin);
    translation_.error(origin, std::string(kConflict));
    return nullptr;
  }

  void file(const std::string& path, const std::string& text, const ignition::Origin& origin) {
    Value* file = node(Kind::file, path, origin);
    if (file == nullptr) return;
    ignition::embed(file->ensure("contents"), text, translation_.dialect.target, origin);
    file->put("mode", Value::ofInteger(0644, origin));
  }

  Translation& translation_;
  FilesystemNodes nodes_;
};

}  // namespace

void checkQuadlets(Translation& translation, const Value& quadlets) {
  for (const Value& each : quadlets.items()) {
    if (!isQuadletName(each.textOr("name"))) {
      translation.errorAt(each, "name",
                          "unsupported file extension for quadlet: must be one of .container, .volume, .network, "
                          ".kube, .image, .build, .pod, or .artifact");
    }
    checkOneContent(translation, each);
    for (std::string_view field : {"contents", "contents_local"}) {
      const Value* content = each.find(field);
      if (content == nullptr || !templateOf(each.textOr("name"))) continue;
      translation.error(content->origin(), "template instances cannot have contents or contents_local");
    }
    for (const Value& dropin : ignition::itemsOf(each.find("dropins"))) checkOneContent(translation, dropin);
  }
}

void addQuadlets(Translation& translation) {
  Value* systemd = translation.config.root().find("systemd");
  const Value* list = systemd == nullptr ? nullptr : systemd->find("quadlets");
  if (list == nullptr) return;
  std::vector<Value> quadlets = list->items();
  systemd->remove("quadlets");
  QuadletFiles files(translation);
  for (const Value& each : quadlets) files.add(each);
}

}  // namespace berth::butane
