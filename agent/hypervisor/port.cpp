// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/port.h"

#include <array>
#include <utility>

namespace berth::hypervisor {
namespace {

constexpr int kEvents = VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP;
/// What virStreamRecv() returns when there is nothing to read yet.
constexpr int kWouldBlock = -2;

using Shared = std::shared_ptr<Port>;

/// Lets go of a callback's share on the event loop's thread, where that callback cannot be running. libvirt would do
/// so by itself, but 9.0 forgets to when the callback is removed (virNetClientStreamEventRemoveCallback).
void letGo(Shared* shared) {
  const auto once = [](int timer, void*) { virEventRemoveTimeout(timer); };
  virEventAddTimeout(0, once, shared, [](void* opaque) { delete static_cast<Shared*>(opaque); });
}

}  // namespace

Port::Port(Handle<virStream> stream, Sink sink) : stream_(std::move(stream)), sink_(std::move(sink)) {}

std::shared_ptr<Port> Port::open(virConnect* connection, virDomain* domain, Sink sink) {
  Handle<virStream> stream(virStreamNew(connection, VIR_STREAM_NONBLOCK));
  if (!stream) return nullptr;
  if (virDomainOpenChannel(domain, kReadinessPort, stream.get(), VIR_DOMAIN_CHANNEL_FORCE) != 0) return nullptr;
  auto port = std::make_shared<Port>(std::move(stream), std::move(sink));
  auto shared = std::make_unique<Shared>(port);
  if (virStreamEventAddCallback(port->stream_.get(), kEvents, &Port::onEvent, shared.get(), nullptr) != 0) {
    virStreamAbort(port->stream_.get());
    return nullptr;
  }
  port->shared_ = shared.release();
  return port;
}

void Port::close() {
  {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  virStreamEventRemoveCallback(stream_.get());
  virStreamAbort(stream_.get());
  letGo(std::exchange(shared_, nullptr));
}

void Port::renew() {
  const std::lock_guard lock(mutex_);
  spent_ = 0;
}

void Port::onEvent(virStreamPtr, int events, void* self) {
  const Shared port = *static_cast<Shared*>(self);
  port->ready(events);
}

void Port::ready(int events) {
  const bool more = (events & VIR_STREAM_EVENT_READABLE) != 0 ? readPiece() : false;
  const bool broken = (events & (VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP)) != 0;
  if (more && !broken) return;
  virStreamEventUpdateCallback(stream_.get(), 0);  // it would be called again and again
  {
    const std::lock_guard lock(mutex_);
    if (!open_) return;
    open_ = false;
  }
  sink_.ended();
}

bool Port::readPiece() {
  std::array<char, 4096> piece{};
  const int count = virStreamRecv(stream_.get(), piece.data(), piece.size());
  if (count == kWouldBlock) return true;
  if (count <= 0) return false;
  std::vector<std::string> said;
  {
    const std::lock_guard lock(mutex_);
    if (!open_) return false;
    spent_ += static_cast<std::size_t>(count);
    if (spent_ > kPortBudget) return false;
    said = lines_.feed({piece.data(), static_cast<std::size_t>(count)});
  }
  for (std::string& line : said) sink_.said(std::move(line));
  return true;
}

}  // namespace berth::hypervisor
