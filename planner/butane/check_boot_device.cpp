// SPDX-License-Identifier: Apache-2.0
//
// What `boot_device` has to fulfil.
#include "planner/butane/boot_layout.h"
#include "planner/butane/translation.h"

namespace berth::butane {
namespace {

using ignition::Value;

constexpr std::string_view kOldLayouts = "aarch64, ppc64le, x86_64";
constexpr std::string_view kLayouts = "aarch64, ppc64le, s390x-eckd, s390x-virt, s390x-zfcp, x86_64";
constexpr int kKnowsS390x = 6;
constexpr int kDemandsLayout = 7;

/// /dev/sda, but not /dev/sda1 or /dev/sdaa.
bool endsInDisk(std::string_view device, std::string_view prefix) {
  std::size_t at = device.rfind(prefix);
  if (at == std::string_view::npos || at + prefix.size() + 1 != device.size()) return false;
  return device.back() >= 'a' && device.back() <= 'z';
}

bool isRightDisk(const BootLayout& layout, std::string_view device) {
  return endsInDisk(device, layout.name == "s390x-eckd" ? "/dev/dasd" : "/dev/sd");
}

class BootDeviceCheck {
public:
  BootDeviceCheck(Translation& translation, const Value& section)
      : translation_(translation),
        section_(section),
        given_(section.textOr("layout")),
        layout_(bootLayoutOf(section.find("layout") == nullptr ? "x86_64" : given_)),
        luks_(section.find("luks")),
        devices_(ignition::itemsOf(section.at("mirror", "devices"))) {}

  void run() {
    checkLayout();
    checkMirror();
    if (translation_.dialect.isFcosSince(kKnowsS390x)) {
      checkDisk();
      checkCex();
    }
    bool needsMethod = translation_.dialect.isFcosSince(kDemandsLayout) && luks_ != nullptr && !hasMethod();
    if (needsMethod && !luks_->textOr("device").empty()) {
      // Butane names the section twice on the way.
      translation_.errorAt(*luks_, "luks", "no method specified for luks");
    }
  }

private:
  void checkLayout() {
    bool knowsS390x = translation_.dialect.isFcosSince(kKnowsS390x);
    if (layout_ != nullptr && (!layout_->isS390x || knowsS390x)) return;
    translation_.errorAt(section_, "layout",
                         "layout must be one of: " + std::string(knowsS390x ? kLayouts : kOldLayouts));
    layout_ = nullptr;
  }

  void checkMirror() {
    if (devices_.empty()) return;
    const Value& mirror = *section_.find("mirror");
    // Two checks of Butane find this, and both say so.
    for (int time = 0; devices_.size() == 1 && time < 2; ++time) {
      translation_.errorAt(mirror, "devices", "mirroring requires at least two devices");
    }
    if (given_.empty()) {
      std::string message = "boot_device.layout should be specified when boot_device.mirror is specified";
      if (translation_.dialect.isFcosSince(kDemandsLayout)) {
        translation_.error(mirror.origin(), std::move(message));
      } else {
        translation_.warning(mirror.origin(), std::move(message));
      }
    }
    if (layout_ != nullptr && layout_->isS390x) {
      translation_.errorAt(section_, "layout",
                           "mirroring not supported on layouts: s390x-eckd, s390x-zfcp, s390x-virt");
    }
  }

  void checkDisk() {
    if (layout_ == nullptr || layout_->rootSuffix.empty()) return;
    std::string_view device = luks_ == nullptr ? std::string_view() : luks_->textOr("device");
    if (device.empty()) {
      translation_.errorAt(section_, "layout", "device is required for layouts: s390x-eckd, s390x-zfcp");
    } else if (!isRightDisk(*layout_, device)) {
      translation_.errorAt(
          section_, "layout",
          "device name must start with /dev/dasd on s390x-eckd layout or /dev/sd on s390x-zfcp layout");
    }
  }

  void checkCex() {
    const Value* cex = luks_ == nullptr ? nullptr : luks_->find("cex");
    if (cex == nullptr || !cex->isTrue("enabled")) return;
    if (layout_ == nullptr || !layout_->isS390x) {
      translation_.error(cex->origin(), "when using cex the targeted architecture must match s390x");
    }
    if (luks_->isTrue("tpm2") || !ignition::itemsOf(luks_->find("tang")).empty()) {
      translation_.error(cex->origin(), "cannot use cex with clevis");
    }
  }

  [[nodiscard]] bool hasMethod() const {
    const Value* cex = luks_->find("cex");
    return luks_->isTrue("tpm2") || !ignition::itemsOf(luks_->find("tang")).empty() ||
           (cex != nullptr && cex->isTrue("enabled"));
  }

  Translation& translation_;
  const Value& section_;
  std::string_view given_;
  const BootLayout* layout_;
  const Value* luks_;
  const std::vector<Value>& devices_;
};

}  // namespace

void checkBootDevice(Translation& translation, const Value& bootDevice) {
  BootDeviceCheck(translation, bootDevice).run();
}

}  // namespace berth::butane
