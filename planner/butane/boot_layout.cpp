// SPDX-License-Identifier: Apache-2.0
#include "planner/butane/boot_layout.h"

#include <array>

namespace berth::butane {
namespace {

constexpr std::string_view kBiosBoot = "21686148-6449-6E6F-744E-656564454649";
constexpr std::string_view kEsp = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
constexpr std::string_view kReserved = "8DA63339-0007-60C0-C436-083AC8230908";
constexpr std::string_view kPrep = "9E1A2D38-C612-4316-AA26-8B49521E5A8B";

constexpr BootPartition kX86[] = {{"bios", 1, kBiosBoot}, {"esp", 127, kEsp}, {"boot", 384, {}}, {"root", 0, {}}};
constexpr BootPartition kAarch64[] = {
    {"reserved", 1, kReserved}, {"esp", 127, kEsp}, {"boot", 384, {}}, {"root", 0, {}}};
constexpr BootPartition kPpc64le[] = {
    {"prep", 4, kPrep}, {"reserved", 1, kReserved}, {"boot", 384, {}}, {"root", 0, {}}};

constexpr std::array kLayouts = {
    BootLayout{"x86_64", kX86, true, {}, false},       BootLayout{"aarch64", kAarch64, true, {}, false},
    BootLayout{"ppc64le", kPpc64le, false, {}, false}, BootLayout{"s390x-eckd", {}, false, "2", true},
    BootLayout{"s390x-zfcp", {}, false, "4", true},    BootLayout{"s390x-virt", {}, false, {}, true},
};

}  // namespace

const BootLayout* bootLayoutOf(std::string_view name) {
  for (const BootLayout& each : kLayouts) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

}  // namespace berth::butane
