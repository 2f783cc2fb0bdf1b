// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/event_loop.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

namespace berth::hypervisor {
namespace {

/// What libvirt does not like is in the errors that we return; it need not print it on standard error as well.
void sayNothing(void*, virErrorPtr) {}

void prepareLibvirt() {
  static const bool once = [] {
    virSetErrorFunc(nullptr, sayNothing);
    return virInitialize() == 0 && virEventRegisterDefaultImpl() == 0;
  }();
  (void)once;
}

}  // namespace

EventLoop::EventLoop() {
  prepareLibvirt();
  wake_ = virEventAddTimeout(
      -1, [](int, void*) {}, nullptr, nullptr);
  thread_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      virEventRunDefaultImpl();
      virEventUpdateTimeout(wake_, -1);
    }
    // Once more for what connections that have just been closed left to do.
    virEventUpdateTimeout(wake_, 0);
    virEventRunDefaultImpl();
  });
}

EventLoop::~EventLoop() {
  thread_.request_stop();
  // The loop may just be on its way back to sleep and have undone the first call: it looks at the stop token after
  // that, so once is enough; the timer stays due until the loop has run.
  virEventUpdateTimeout(wake_, 0);
  thread_.join();
  virEventRemoveTimeout(wake_);
}

}  // namespace berth::hypervisor
