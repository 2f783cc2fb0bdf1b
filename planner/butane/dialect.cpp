// SPDX-License-Identifier: Apache-2.0
#include "planner/butane/dialect.h"

#include <array>

namespace berth::butane {
namespace {

using enum ignition::SpecVersion;

constexpr std::array kDialects = {
    Dialect{"fcos", "1.0.0", Variant::fcos, 0, v3_0, "v0_1", "v1_0"},
    Dialect{"fcos", "1.1.0", Variant::fcos, 1, v3_1, "v0_2", "v1_1"},
    Dialect{"fcos", "1.2.0", Variant::fcos, 2, v3_2, "v0_3", "v1_2"},
    Dialect{"fcos", "1.3.0", Variant::fcos, 3, v3_2, "v0_3", "v1_3"},
    Dialect{"fcos", "1.4.0", Variant::fcos, 4, v3_3, "v0_4", "v1_4"},
    Dialect{"fcos", "1.5.0", Variant::fcos, 5, v3_4, "v0_5", "v1_5"},
    Dialect{"fcos", "1.6.0", Variant::fcos, 6, v3_5, "v0_6", "v1_6"},
    Dialect{"fcos", "1.7.0", Variant::fcos, 7, v3_6, "v0_7", "v1_7"},
    Dialect{"fcos", "1.8.0-experimental", Variant::fcos, 8, v3_7_experimental, "v0_8_exp", "v1_8_exp"},
    Dialect{"flatcar", "1.0.0", Variant::flatcar, 0, v3_3, "v0_4", "v1_0"},
    Dialect{"flatcar", "1.1.0", Variant::flatcar, 1, v3_4, "v0_5", "v1_1"},
    Dialect{"fiot", "1.0.0", Variant::fiot, 0, v3_4, "v0_5", "v1_0"},
};

}  // namespace

bool Dialect::knows(const ignition::Field& field) const {
  if (field.home == ignition::Home::ignition || !ignition::knows(target, field)) return false;
  if (field.name == "boot_device") return isFcosSince(3);
  if (field.name == "grub") return isFcosSince(5);
  return true;
}

std::variant<const Dialect*, NoDialect> findDialect(std::string_view variant, std::string_view version) {
  if (variant.empty()) return NoDialect{"error parsing variant; must be specified"};
  auto normalised = ignition::normalisedVersion(version);
  if (!normalised) return NoDialect{"error parsing version; must be a valid semver"};
  for (const Dialect& each : kDialects) {
    if (each.name == variant && each.version == *normalised) return &each;
  }
  if (variant == "rhcos" && *normalised == "0.1.0") {
    return NoDialect{
        "rhcos variant has been removed; use openshift variant instead: "
        "https://coreos.github.io/butane/upgrading-openshift/"};
  }
  return NoDialect{"No translator exists for variant " + std::string(variant) + " with version " + *normalised};
}

}  // namespace berth::butane
