// SPDX-License-Identifier: Apache-2.0
//
// systemd's units and their dropins.
#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "planner/ignition/check.h"
#include "planner/ignition/unit_text.h"

namespace berth::ignition {
namespace {

constexpr std::array<std::string_view, 12> kUnitExtensions = {".service",   ".socket",   ".device", ".mount",
                                                              ".automount", ".swap",     ".target", ".path",
                                                              ".timer",     ".snapshot", ".slice",  ".scope"};

/// From the last dot of the last segment on; empty without one.
std::string_view extensionOf(std::string_view name) {
  std::size_t dot = name.rfind('.');
  std::size_t slash = name.rfind('/');
  if (dot == std::string_view::npos || (slash != std::string_view::npos && slash > dot)) return {};
  return name.substr(dot);
}

bool isUnitName(std::string_view name) {
  std::string_view extension = extensionOf(name);
  return std::find(kUnitExtensions.begin(), kUnitExtensions.end(), extension) != kUnitExtensions.end();
}

/// "a@.service" for "a@b.service"; nothing for what is no instance of a service.
std::optional<std::string> templateOf(std::string_view name) {
  constexpr std::string_view kExtension = ".service";
  std::size_t at = name.find('@', 1);
  bool isInstance = name.ends_with(kExtension) && at != std::string_view::npos &&
                    at + 1 + kExtension.size() < name.size() && name.find('\n') == std::string_view::npos;
  if (!isInstance) return std::nullopt;
  return std::string(name.substr(0, at + 1)) + std::string(kExtension);
}

/// Reads the contents, if there are any; reports what is unreadable.
std::optional<UnitText> checkContents(Checker& checker, const Place& place) {
  const Value* contents = place.value.find("contents");
  if (contents == nullptr) return std::nullopt;
  auto read = readUnit(contents->text());
  if (auto* wrong = std::get_if<UnreadableUnit>(&read)) {
    checker.error(place, "contents", "invalid unit content: " + wrong->reason);
    return std::nullopt;
  }
  return std::get<UnitText>(read);
}

}  // namespace

void checkUnit(Checker& checker, const Place& place) {
  std::string name(place.value.textOr("name"));
  if (!isUnitName(name)) checker.error(place, "name", "invalid systemd unit extension");
  auto text = checkContents(checker, place);
  bool hasText = !place.value.textOr("contents").empty();
  bool installs = text && text->installs;
  if (hasText && !installs && place.value.isTrue("enabled")) {
    checker.warning(place, "contents",
                    "unit \"" + name + "\" is enabled, but has no install section so enable does nothing");
  }
}

void checkDropin(Checker& checker, const Place& place) {
  if (extensionOf(place.value.textOr("name")) != ".conf") {
    checker.error(place, "name", "invalid systemd drop-in extension");
  }
  (void)checkContents(checker, place);
}

void checkTemplates(Checker& checker, const Place& systemd) {
  const Value* units = systemd.value.find("units");
  if (units == nullptr) return;
  std::unordered_map<std::string, const Value*> byName;
  for (const Value& each : units->items()) byName.emplace(each.textOr("name"), &each);
  // A template is read once, however many instances it has.
  std::unordered_map<std::string, bool> cannotInstall;
  auto isFruitless = [&](const std::string& pattern) {
    auto [known, fresh] = cannotInstall.try_emplace(pattern, false);
    auto found = fresh ? byName.find(pattern) : byName.end();
    if (found != byName.end() && !found->second->textOr("contents").empty()) {
      auto text = readUnit(found->second->textOr("contents"));
      auto* readable = std::get_if<UnitText>(&text);
      known->second = readable != nullptr && !readable->installs;
    }
    return known->second;
  };
  Place list{*units, &systemd, systemd.value.shape().field("units")};
  for (std::size_t i = 0; i < units->items().size(); ++i) {
    const Value& unit = units->items()[i];
    auto pattern = templateOf(unit.textOr("name"));
    if (!pattern || !unit.isTrue("enabled") || !isFruitless(*pattern)) continue;
    checker.warning(Place{unit, &list, list.field, i, true}, "contents",
                    "template unit \"" + *pattern + "\" for \"" + std::string(unit.textOr("name")) +
                        "\" doesn't have Install section");
  }
}

}  // namespace berth::ignition
