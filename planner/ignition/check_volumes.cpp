// SPDX-License-Identifier: Apache-2.0
//
// What lies on disks: arrays, encrypted volumes, filesystems.
#include <algorithm>
#include <array>

#include "planner/ignition/check.h"
#include "planner/ignition/json_text.h"
#include "planner/ignition/url.h"

namespace berth::ignition {
namespace {

constexpr std::size_t kLongestLuksLabel = 47;

bool isStriped(std::string_view level) {
  return level == "linear" || level == "raid0" || level == "0" || level == "stripe";
}

bool isRaidLevel(std::string_view level) {
  constexpr std::array<std::string_view, 11> kMore = {"raid1", "1",     "mirror", "raid4",  "4", "raid5",
                                                      "5",     "raid6", "6",      "raid10", "10"};
  return isStriped(level) || std::find(kMore.begin(), kMore.end(), level) != kMore.end();
}

struct Format {
  std::string_view name;
  /// In bytes; 0 for any.
  std::size_t longestLabel;
  SpecVersion since;
};

constexpr std::array kFormats = {
    Format{"ext4", 16, SpecVersion::v3_0},
    Format{"btrfs", 256, SpecVersion::v3_0},
    Format{"xfs", 12, SpecVersion::v3_0},
    Format{"swap", 15, SpecVersion::v3_0},
    Format{"vfat", 11, SpecVersion::v3_0},
    Format{"none", 0, SpecVersion::v3_3},
    Format{"virtiofs", 0, SpecVersion::v3_7_experimental},
};

const Format* formatOf(const Checker& checker, std::string_view name) {
  auto found = std::find_if(kFormats.begin(), kFormats.end(), [&](const Format& each) { return each.name == name; });
  if (found == kFormats.end() || !checker.isSince(found->since)) return nullptr;
  if (name == "virtiofs" && checker.rules() == Rules::v2_26) return nullptr;
  return &*found;
}

void checkRequiredDevice(Checker& checker, const Place& place) {
  std::string_view device = place.value.textOr("device");
  std::string_view wrong = device.empty() ? "disk device is required" : wrongWithPath(device);
  if (!wrong.empty()) checker.error(place, "device", std::string(wrong));
}

bool needsFormat(const Value& filesystem) {
  bool described = std::any_of(filesystem.members().begin(), filesystem.members().end(), [](const auto& member) {
    std::string_view name = member.field->name;
    if (name == "path" || name == "label" || name == "uuid") return !member.value.text().empty();
    if (name == "options" || name == "mountOptions") return !member.value.items().empty();
    return name == "wipeFilesystem" && member.value.boolean();
  });
  return described;
}

void checkFormat(Checker& checker, const Place& place) {
  std::string_view format = place.value.textOr("format");
  if (format.empty()) {
    if (!needsFormat(place.value)) return;
    return checker.error(place, "format",
                         "format cannot be empty when path, label, uuid, wipeFilesystem, options, or mountOptions is "
                         "specified");
  }
  if (formatOf(checker, format) == nullptr) checker.error(place, "format", "invalid filesystem format");
}

void checkLabel(Checker& checker, const Place& place) {
  std::string_view label = place.value.textOr("label");
  std::string_view name = place.value.textOr("format");
  if (label.empty()) return;
  if (name.empty()) return checker.error(place, "label", "filesystem must specify format if label is specified");
  const Format* format = formatOf(checker, name);
  if (format == nullptr || format->longestLabel == 0 || label.size() <= format->longestLabel) return;
  checker.error(place, "label",
                "filesystem labels cannot be longer than " + std::to_string(format->longestLabel) +
                    " characters when using " + std::string(name));
}

/// Whether clevis is to do anything but run a pin of the user's own.
bool bindsByItself(const Value& clevis) {
  return clevis.isTrue("tpm2") || !itemsOf(clevis.find("tang")).empty() || clevis.integerOr("threshold", 0) != 0;
}

}  // namespace

void checkRaid(Checker& checker, const Place& place) {
  std::string_view level = place.value.textOr("level");
  if (level.empty() && checker.isSince(SpecVersion::v3_3)) {
    checker.error(place, "level", "raid level is required");
  } else if (!isRaidLevel(level)) {
    checker.error(place, "level", "unrecognized raid level");
  } else if (isStriped(level) && place.value.integerOr("spares", 0) != 0) {
    checker.error(place, "level", "spares unsupported for linear and raid0 arrays");
  }
  const Value* devices = place.value.find("devices");
  if (itemsOf(devices).empty()) return checker.error(place, "devices", "raid devices required");
  Place list{*devices, &place, place.value.shape().field("devices")};
  for (std::size_t i = 0; i < devices->items().size(); ++i) {
    const Value& device = devices->items()[i];
    std::string_view wrong = wrongWithPath(device.text());
    if (!wrong.empty()) checker.error(Place{device, &list, list.field, i, true}, std::string(wrong));
  }
}

void checkFilesystem(Checker& checker, const Place& place) {
  std::string_view path = place.value.textOr("path");
  if (!path.empty() && !wrongWithPath(path).empty()) checker.error(place, "path", std::string(wrongWithPath(path)));
  std::string_view device = wrongWithPath(place.value.textOr("device"));
  if (!device.empty()) checker.error(place, "device", std::string(device));
  checkFormat(checker, place);
  checkLabel(checker, place);
}

void checkLuks(Checker& checker, const Place& place) {
  const Value& luks = place.value;
  if (luks.textOr("name").find('/') != std::string_view::npos) {
    checker.error(place, "name", "device names cannot contain slashes");
  }
  if (luks.textOr("label").size() > kLongestLuksLabel) {
    checker.error(place, "label", "luks device labels cannot be longer than 47 characters");
  }
  checkRequiredDevice(checker, place);
  const Value* key = luks.find("keyFile");
  if (key != nullptr && key->hasContent() && !isRightSource(checker, key->textOr("source"))) {
    checker.error(place, "keys", "invalid key-file source");
  }
  const Value* cex = luks.find("cex");
  if (cex == nullptr || !cex->isTrue("enabled")) return;
  const Value* clevis = luks.find("clevis");
  const Value* pin = clevis == nullptr ? nullptr : clevis->at("custom", "pin");
  bool hasPin = pin != nullptr && !pin->text().empty();
  if (hasPin || (clevis != nullptr && bindsByItself(*clevis)))
    checker.error(place, "cex", "cannot use cex with clevis");
  if (key != nullptr && !key->textOr("source").empty()) checker.error(place, "cex", "cannot use key file with cex");
}

void checkClevis(Checker& checker, const Place& place) {
  const Value* custom = place.value.find("custom");
  bool hasPin = custom != nullptr && (checker.isSince(SpecVersion::v3_3) ? !custom->textOr("pin").empty() : true);
  if (hasPin && bindsByItself(place.value)) {
    checker.error(place, "cannot use custom clevis config with tpm2, tang, or threshold");
  }
}

void checkClevisCustom(Checker& checker, const Place& place) {
  std::string_view pin = place.value.textOr("pin");
  std::string_view config = place.value.textOr("config");
  if (pin.empty() && config.empty() && !place.value.isTrue("needsNetwork")) return;
  bool isKnown = pin == "tpm2" || pin == "tang" || pin == "sss";
  if (pin.empty() && checker.isSince(SpecVersion::v3_3)) {
    checker.error(place, "pin", "missing required custom clevis pin");
  } else if (!isKnown && !checker.isSince(SpecVersion::v3_6)) {
    checker.error(place, "pin", "unsupported clevis pin");
  }
  if (config.empty()) checker.error(place, "config", "missing required custom clevis config");
}

void checkTang(Checker& checker, const Place& place) {
  auto url = parseUrl(place.value.textOr("url"));
  if (!url) {
    checker.error(place, "url", "unable to parse url");
  } else if (url->scheme != "http" && url->scheme != "https") {
    checker.error(place, "url", "invalid url scheme");
  }
  if (place.value.textOr("thumbprint").empty()) checker.error(place, "thumbprint", "thumbprint is required");
  std::string_view advertisement = place.value.textOr("advertisement");
  if (!advertisement.empty() && readJson(advertisement).root() == nullptr) {
    checker.error(place, "advertisement", "advertisement is not valid JSON");
  }
}

}  // namespace berth::ignition
