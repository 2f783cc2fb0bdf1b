// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/watch.h"

#include <utility>

namespace berth::hypervisor {
namespace {

using namespace std::chrono_literals;

/// How soon a libvirtd that is away is tried again. It takes 80 ms to come back; trying costs next to nothing.
constexpr std::chrono::milliseconds kTryAgain{250};
/// How often ports that could not be opened are tried again, and budgets are renewed.
constexpr std::chrono::milliseconds kLookAgain{1000};

using SharedInbox = std::shared_ptr<Inbox>;

void dropInbox(void* inbox) { delete static_cast<SharedInbox*>(inbox); }
Inbox& inboxOf(void* opaque) { return **static_cast<SharedInbox*>(opaque); }

int onLifecycle(virConnectPtr, virDomainPtr domain, int, int, void* inbox) {
  inboxOf(inbox).put(note::DomainChanged{uuidOf(domain)});
  return 0;
}

/// Reboots, and disks that are full or broken: both leave the domain running or paused without a change of lifecycle.
void onReboot(virConnectPtr, virDomainPtr domain, void* inbox) {
  inboxOf(inbox).put(note::DomainChanged{uuidOf(domain)});
}
void onDiskError(virConnectPtr, virDomainPtr domain, const char*, const char*, int, void* inbox) {
  inboxOf(inbox).put(note::DomainChanged{uuidOf(domain)});
}

void onClose(virConnectPtr, int, void* inbox) { inboxOf(inbox).put(note::ConnectionBroke{}); }

int registerEvent(virConnect* connection, int event, virConnectDomainEventGenericCallback callback,
                  const SharedInbox& inbox) {
  auto owned = std::make_unique<SharedInbox>(inbox);
  const int id = virConnectDomainEventRegisterAny(connection, nullptr, event, callback, owned.get(), dropInbox);
  if (id >= 0) (void)owned.release();
  return id;
}

bool runs(virDomain* domain) { return virDomainIsActive(domain) == 1; }

}  // namespace

Watch::Watch(std::string uri, const Uuid& fleet, Listener listener)
    : uri_(std::move(uri)), fleet_(fleet), listener_(std::move(listener)) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Watch::~Watch() {
  thread_.request_stop();
  thread_.join();
}

void Watch::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!connection_ && connect() && listener_.reconnected) listener_.reconnected();
    for (const note::Note& note : inbox_->take(connection_ ? kLookAgain : kTryAgain, stop)) {
      if (stop.stop_requested()) break;
      read(note);
    }
    if (!connection_) continue;
    for (auto& [instance, open] : ports_) open.port->renew();
    openMissingPorts();
  }
  disconnect();
}

bool Watch::connect() {
  connection_ = openConnection(uri_, nullptr);
  if (!connection_) return false;
  auto closing = std::make_unique<SharedInbox>(inbox_);
  if (virConnectRegisterCloseCallback(connection_.get(), onClose, closing.get(), dropInbox) == 0) {
    (void)closing.release();
  }
  const std::pair<int, virConnectDomainEventGenericCallback> events[] = {
      {VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(onLifecycle)},
      {VIR_DOMAIN_EVENT_ID_REBOOT, VIR_DOMAIN_EVENT_CALLBACK(onReboot)},
      {VIR_DOMAIN_EVENT_ID_IO_ERROR, VIR_DOMAIN_EVENT_CALLBACK(onDiskError)},
  };
  for (const auto& [event, callback] : events) {
    const int id = registerEvent(connection_.get(), event, callback, inbox_);
    if (id >= 0) callbacks_.push_back(id);
  }
  if (callbacks_.size() != std::size(events)) {
    disconnect();
    return false;
  }
  takeStock();
  return true;
}

void Watch::disconnect() {
  while (!ports_.empty()) closePort(ports_.begin()->first);
  wanted_.clear();
  ours_.clear();
  if (!connection_) return;
  for (const int id : callbacks_) virConnectDomainEventDeregisterAny(connection_.get(), id);
  callbacks_.clear();
  virConnectUnregisterCloseCallback(connection_.get(), onClose);
  connection_.reset();
}

/// Registered first, looked second: what changes in between is noted.
void Watch::takeStock() {
  virDomainPtr* found = nullptr;
  const int count = virConnectListAllDomains(connection_.get(), &found, 0);
  for (int i = 0; i < count; ++i) {
    const Handle<virDomain> domain(found[i]);
    const auto mark = markOf(domain.get());
    if (!mark || mark->mark.fleet != fleet_) continue;
    ours_.insert(mark->mark.instance.uuid);
    if (runs(domain.get())) wanted_.insert(mark->mark.instance.uuid);
  }
  ::free(static_cast<void*>(found));  // NOLINT: libvirt's list is malloc'ed
  openMissingPorts();
}

Handle<virDomain> Watch::findOurs(const Uuid& instance) {
  Handle<virDomain> domain = lookUp(connection_.get(), instance);
  if (!domain) return nullptr;
  const auto mark = markOf(domain.get());
  if (!mark || mark->mark.fleet != fleet_) return nullptr;
  ours_.insert(instance);
  return domain;
}

void Watch::read(const note::Note& note) {
  if (const auto* said = std::get_if<note::Said>(&note)) {
    if (listener_.said) listener_.said(said->instance, said->line);
  } else if (const auto* changed = std::get_if<note::DomainChanged>(&note)) {
    if (connection_) domainChanged(changed->instance);
  } else if (const auto* ended = std::get_if<note::PortEnded>(&note)) {
    if (connection_) portEnded(*ended);
  } else {
    // Either way something may have passed us by: begin anew.
    if (!connection_) return;
    disconnect();
    if (listener_.reconnected) listener_.reconnected();
  }
}

void Watch::domainChanged(const Uuid& instance) {
  const bool wasOurs = ours_.contains(instance);
  const Handle<virDomain> domain = findOurs(instance);
  if (!domain && !wasOurs) return;
  if (domain && runs(domain.get())) {
    if (!ports_.contains(instance)) wanted_.insert(instance);
  } else {
    closePort(instance);
    wanted_.erase(instance);
  }
  if (!domain) ours_.erase(instance);
  openMissingPorts();
  if (listener_.changed) listener_.changed(instance);
}

void Watch::portEnded(const note::PortEnded& ended) {
  const auto open = ports_.find(ended.instance);
  if (open == ports_.end() || open->second.serial != ended.serial) return;
  closePort(ended.instance);
  wanted_.insert(ended.instance);  // where the guest has ended, the next look finds out
}

void Watch::closePort(const Uuid& instance) {
  const auto open = ports_.find(instance);
  if (open == ports_.end()) return;
  open->second.port->close();
  ports_.erase(open);
}

void Watch::openMissingPorts() {
  const std::set<Uuid> missing = std::exchange(wanted_, {});
  for (const Uuid& instance : missing) {
    const Handle<virDomain> domain = findOurs(instance);
    if (!domain || !runs(domain.get())) continue;
    const std::uint64_t serial = ++serial_;
    const Port::Sink sink{[inbox = inbox_, instance](std::string line) {
                            inbox->put(note::Said{instance, std::move(line)});
                          },
                          [inbox = inbox_, instance, serial] {
                            inbox->put(note::PortEnded{instance, serial});
                          }};
    if (auto port = Port::open(connection_.get(), domain.get(), sink)) {
      ports_[instance] = {std::move(port), serial};
    } else {
      wanted_.insert(instance);
    }
  }
}

}  // namespace berth::hypervisor
