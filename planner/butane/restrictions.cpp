// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "planner/butane/translation.h"

namespace berth::butane {
namespace {

using ignition::Value;

constexpr std::string_view kUnsupported = " is not supported in this spec version";

void checkFiot(Translation& translation) {
  const Value* arguments = translation.config.root().find("kernelArguments");
  if (arguments != nullptr && arguments->hasContent()) {
    translation.error(arguments->origin(), "kernel argument customization" + std::string(kUnsupported));
  }
  constexpr std::pair<std::string_view, std::string_view> kLists[] = {
      {"disks", "disk customization"}, {"filesystems", "filesystem customization"}, {"luks", "luks"}, {"raid", "raid"}};
  for (auto [list, name] : kLists) {
    const Value* entries = translation.config.root().at("storage", list);
    if (entries == nullptr || entries->items().empty()) continue;
    translation.error(entries->origin(), std::string(name) + std::string(kUnsupported));
  }
}

void checkFlatcar(Translation& translation) {
  for (const Value& luks : translation.config.entries("storage", "luks")) {
    const Value* clevis = luks.find("clevis");
    if (clevis != nullptr && clevis->hasContent()) {
      translation.error(clevis->origin(), "clevis" + std::string(kUnsupported));
    }
  }
}

}  // namespace

void checkRestrictions(Translation& translation) {
  switch (translation.dialect.variant) {
    case Variant::fiot: return checkFiot(translation);
    case Variant::flatcar: return checkFlatcar(translation);
    case Variant::fcos: return;
  }
}

}  // namespace berth::butane
