// SPDX-License-Identifier: Apache-2.0
//
// Each call asks what is there, and does only what is missing. Between the asking and the doing a person may do
// something with virsh: libvirt then refuses, and the next pass sees why.
#include "agent/hypervisor/libvirt.h"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <optional>

#include "agent/hypervisor/backup.h"
#include "agent/hypervisor/event_loop.h"
#include "agent/hypervisor/handles.h"
#include "agent/hypervisor/hardware.h"
#include "agent/hypervisor/link.h"
#include "agent/hypervisor/power.h"
#include "agent/hypervisor/reservation.h"
#include "agent/hypervisor/storage_pool.h"
#include "agent/hypervisor/trial.h"
#include "agent/hypervisor/watch.h"
#include "words/name.h"

namespace berth::hypervisor {
namespace {

class Libvirt final : public Hypervisor {
public:
  Libvirt(LibvirtOptions options, Listener listener)
      : options_(std::move(options)), link_(options_.uri), watch_(options_.uri, options_.fleet, std::move(listener)) {}

  Result<std::vector<Domain>> list() override {
    return link_.with<std::vector<Domain>>("listing", "domains", [this](virConnect* c) { return listOn(c); });
  }
  Result<> define(const Definition& definition) override {
    return link_.with<Ok>("defining", definition.mark.instance.node.str(),
                          [&](virConnect* c) { return defineOn(c, definition); });
  }
  Result<> start(const Uuid& instance) override {
    return onDomain("starting", instance, Missing::refused, [](virDomain* domain) { return startDomain(domain); });
  }
  Result<> shutdown(const Uuid& instance) override {
    return onDomain("shutting down", instance, Missing::ok, [](virDomain* domain) {
      if (virDomainIsActive(domain) == 0) return true;
      return virDomainShutdownFlags(domain, VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN) == 0 || virDomainIsActive(domain) == 0;
    });
  }
  Result<> powerOff(const Uuid& instance) override {
    return onDomain("powering off", instance, Missing::ok, [](virDomain* domain) {
      return virDomainIsActive(domain) == 0 || virDomainDestroy(domain) == 0 || virDomainIsActive(domain) == 0;
    });
  }
  Result<> undefine(const Uuid& instance) override {
    return link_.with<Ok>("undefining", instance.str(), [&](virConnect* c) { return undefineOn(c, instance); });
  }
  Result<Growth> grow(const Uuid& instance, const std::string& file, Bytes size) override {
    return link_.with<Growth>("growing", file, [&](virConnect* c) { return growOn(c, instance, file, size); });
  }
  Result<std::optional<User>> userOf(const std::string& file) override {
    return link_.with<std::optional<User>>("looking for who has", file, [&](virConnect* c) { return userOn(c, file); });
  }
  Result<Copying> backUp(const std::string& file, const std::string& target, const std::stop_token& stop) override {
    return link_.with<Copying>("copying", file, [&](virConnect* c) { return backUpOn(c, file, target, stop); });
  }
  Result<message::Capacity> capacity() override {
    return link_.with<message::Capacity>("asking", "the host's capacity", capacityOn);
  }
  bool kvm() const override {
    return std::holds_alternative<Ok>(link_.with<Ok>("trying", "KVM", [this](virConnect* c) -> Result<> {
      return accelerationOn(c) == Acceleration::kvm ? Result<>(Ok{}) : error("trying", "KVM", "it does not work");
    }));
  }
  Result<> checkAttachment(const message::Nic& nic) override;
  void reserve(const message::Nic& nic, const NodeName& node) override;
  void release(const NodeName& node) override;
  Result<std::optional<StoragePool>> storagePool(const std::string& name) override;
  void refreshStoragePool(const std::string& name) override;

private:
  enum class Missing : std::uint8_t { ok, refused };

  [[nodiscard]] static Error error(std::string attempted, std::string object, std::string reason,
                                   Error::Kind kind = Error::Kind::refused) {
    return {kind, std::move(attempted), std::move(object), std::move(reason)};
  }

  [[nodiscard]] bool isOurs(const std::optional<FoundMark>& mark) const {
    return mark && mark->mark.fleet == options_.fleet;
  }

  [[nodiscard]] Acceleration accelerationOn(virConnect* connection) const {
    const std::lock_guard lock(trialMutex_);
    // A trial that a dying libvirtd spoilt is not remembered.
    if (acceleration_) return *acceleration_;
    const Acceleration found = tryAcceleration(connection);
    if (virConnectIsAlive(connection) == 1) acceleration_ = found;
    return found;
  }

  /// Its next start may take something else than what runs; a config that is only forgotten since is nothing.
  static bool takesOther(const FoundMark& defined, const FoundMark& running) {
    Mark was = running.mark;
    was.withoutConfig = defined.mark.withoutConfig;
    return defined.shape != running.shape && defined.mark != was;
  }

  [[nodiscard]] Result<std::vector<Domain>> listOn(virConnect* connection) const {
    virDomainPtr* found = nullptr;
    const int count = virConnectListAllDomains(connection, &found, 0);
    if (count < 0) return error("listing", "domains", lastReason());
    std::vector<Domain> domains;
    for (int i = 0; i < count; ++i) {
      const Handle<virDomain> domain(found[i]);
      const auto mark = markOf(domain.get());
      const auto state = isOurs(mark) ? powerOf(domain.get()) : std::nullopt;
      if (!state) continue;
      Domain& each = domains.emplace_back(Domain{mark->mark, state->power, state->reason});
      if (const auto running = runningMarkOf(domain.get()); running && takesOther(*mark, *running))
        each.outdated = hardwareOf(domain.get());
    }
    ::free(static_cast<void*>(found));  // NOLINT: libvirt's list is malloc'ed
    // Half a list would look as if domains were gone.
    if (virConnectIsAlive(connection) != 1) return error("listing", "domains", "the connection broke");
    return domains;
  }

  [[nodiscard]] Result<> defineOn(virConnect* connection, const Definition& definition) {
    const std::string& name = definition.mark.instance.node.str();
    if (auto conflict = findConflict(connection, definition)) return *conflict;
    const DomainShape shape{accelerationOn(connection), options_.cache};
    if (const auto domain = lookUp(connection, definition.mark.instance.uuid)) {
      const auto mark = markOf(domain.get());
      // Defining it once more would change nothing but wake everybody who listens.
      if (mark && mark->shape == shapeOf(definition, shape) && virDomainIsPersistent(domain.get()) == 1) return Ok{};
    } else if (definition.isThere) {
      return error("defining", name, "somebody has removed it");
    }
    const Handle<virDomain> defined(virDomainDefineXML(connection, domainXml(definition, shape).c_str()));
    if (!defined) return error("defining", name, lastReason());
    return Ok{};
  }

  /// A domain in the way: with this name and another UUID, or with this UUID and not ours.
  [[nodiscard]] std::optional<Error> findConflict(virConnect* connection, const Definition& definition) const {
    const auto& [node, uuid] = definition.mark.instance;
    const Handle<virDomain> named(virDomainLookupByName(connection, node.str().c_str()));
    if (named && uuidOf(named.get()) != uuid) {
      const std::string other = uuidOf(named.get()).str();
      return error("defining", node.str(),
                   isOurs(markOf(named.get())) ? "instance " + other + " of this node is still defined"
                                               : "a domain that is not Berth's has this name (" + other + ")",
                   Error::Kind::conflict);
    }
    const Handle<virDomain> same = lookUp(connection, uuid);
    if (same && !isOurs(markOf(same.get()))) {
      return error(
          "defining", node.str(),
          "a domain that is not Berth's has the UUID " + uuid.str() + " (" + hypervisor::nameOf(same.get()) + ")",
          Error::Kind::conflict);
    }
    return std::nullopt;
  }

  /// Does `act` to a domain of ours; `act` returns whether it is done.
  template <class Act>
  [[nodiscard]] Result<> onDomain(const char* attempted, const Uuid& instance, Missing missing, Act act) {
    return link_.with<Ok>(attempted, instance.str(), [&](virConnect* connection) -> Result<> {
      const Handle<virDomain> domain = lookUp(connection, instance);
      if (!domain) {
        if (lastCode() != VIR_ERR_NO_DOMAIN) return error(attempted, instance.str(), lastReason());
        if (missing == Missing::ok) return Ok{};
        return error(attempted, instance.str(), "there is no such domain");
      }
      if (!isOurs(markOf(domain.get()))) {
        return error(attempted, instance.str(), "the domain is not Berth's", Error::Kind::conflict);
      }
      if (!act(domain.get())) return error(attempted, hypervisor::nameOf(domain.get()), lastReason());
      return Ok{};
    });
  }

  [[nodiscard]] static bool startDomain(virDomain* domain) {
    const auto state = powerOf(domain);
    if (!state) return false;
    if (state->power == Power::running) return true;
    if (state->power == Power::paused) return virDomainResume(domain) == 0;
    return virDomainCreate(domain) == 0 || virDomainIsActive(domain) == 1;
  }

  [[nodiscard]] Result<> undefineOn(virConnect* connection, const Uuid& instance) {
    const Handle<virDomain> domain = lookUp(connection, instance);
    if (!domain && lastCode() == VIR_ERR_NO_DOMAIN) return Ok{};
    if (!domain) return error("undefining", instance.str(), lastReason());
    const std::string name = hypervisor::nameOf(domain.get());
    if (!isOurs(markOf(domain.get()))) {
      return error("undefining", name, "the domain is not Berth's", Error::Kind::conflict);
    }
    // libvirt would let it run on without a definition, and nobody would know it any more.
    if (virDomainIsActive(domain.get()) == 1) return error("undefining", name, "it runs");
    constexpr unsigned kAllOfIt = VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
                                  VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_NVRAM;
    if (virDomainUndefineFlags(domain.get(), kAllOfIt) != 0 && lastCode() != VIR_ERR_NO_DOMAIN) {
      return error("undefining", name, lastReason());
    }
    return Ok{};
  }

  [[nodiscard]] Result<Growth> growOn(virConnect* connection, const Uuid& instance, const std::string& file,
                                      Bytes size) const {
    const Handle<virDomain> domain = lookUp(connection, instance);
    if (!domain && lastCode() == VIR_ERR_NO_DOMAIN) return Growth::notAttached;
    if (!domain) return error("growing", file, lastReason());
    if (!isOurs(markOf(domain.get())))
      return error("growing", file, "the domain is not Berth's", Error::Kind::conflict);
    if (virDomainIsActive(domain.get()) == 0) return Growth::notAttached;
    const auto hardware = hardwareOf(domain.get());
    if (!hardware) return error("growing", file, lastReason());
    if (std::ranges::find(hardware->volumes, file, &Disk::file) == hardware->volumes.end()) return Growth::notAttached;
    if (!growDisk(domain.get(), file, size)) return error("growing", file, lastReason());
    return Growth::done;
  }

  [[nodiscard]] static Result<std::optional<User>> userOn(virConnect* connection, const std::string& file) {
    virDomainPtr* found = nullptr;
    const int count = virConnectListAllDomains(connection, &found, 0);
    if (count < 0) return error("looking for who has", file, lastReason());
    std::optional<User> user;
    bool all = true;
    for (int i = 0; i < count; ++i) {
      const Handle<virDomain> domain(found[i]);
      const bool runs = virDomainIsActive(domain.get()) == 1;
      const Handle<char> running(virDomainGetXMLDesc(domain.get(), 0));
      const Handle<char> defined(virDomainGetXMLDesc(domain.get(), VIR_DOMAIN_XML_INACTIVE));
      all = all && running && defined;
      if (runs && running && hasDisk(running.get(), file))
        user = User{hypervisor::nameOf(domain.get()), User::Use::runs};
      else if (!user && defined && hasDisk(defined.get(), file))
        user = User{hypervisor::nameOf(domain.get()), User::Use::defined};
    }
    ::free(static_cast<void*>(found));  // NOLINT: libvirt's list is malloc'ed
    // One that came or went meanwhile may have been the one.
    if (!all || virConnectIsAlive(connection) != 1)
      return error("looking for who has", file, "not every domain could be asked");
    return user;
  }

  [[nodiscard]] Result<Copying> backUpOn(virConnect* connection, const std::string& file, const std::string& target,
                                         const std::stop_token& stop) const {
    virDomainPtr* found = nullptr;
    const int count = virConnectListAllDomains(connection, &found, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
    if (count < 0) return error("copying", file, lastReason());
    std::vector<Handle<virDomain>> domains;
    for (int i = 0; i < count; ++i) domains.emplace_back(found[i]);
    ::free(static_cast<void*>(found));  // NOLINT: libvirt's list is malloc'ed
    for (const auto& domain : domains) {
      const Handle<char> xml(virDomainGetXMLDesc(domain.get(), 0));
      const auto disk = xml ? targetOf(xml.get(), file) : std::nullopt;
      if (!disk) continue;
      if (!isOurs(markOf(domain.get())))
        return error("copying", file, "a domain that is not Berth's has it: " + hypervisor::nameOf(domain.get()),
                     Error::Kind::conflict);
      if (auto failed = copyUnderGuest(domain.get(), *disk, target, stop))
        return error("copying", file, *std::move(failed));
      return Copying::done;
    }
    return Copying::notAttached;
  }

  [[nodiscard]] static Result<message::Capacity> capacityOn(virConnect* connection) {
    virNodeInfo info{};
    if (virNodeGetInfo(connection, &info) != 0) return error("asking", "the host's capacity", lastReason());
    return message::Capacity{info.cpus, Bytes(static_cast<std::uint64_t>(info.memory) << 10), Bytes(0)};
  }

  LibvirtOptions options_;
  EventLoop loop_;  ///< before the connections, and after them
  mutable Link link_;
  mutable std::mutex trialMutex_;
  mutable std::optional<Acceleration> acceleration_;  ///< once it has been tried
  Watch watch_;
};

/// What the kernel calls the interface may be in a file name: no path, and not too long (IFNAMSIZ).
bool isInterfaceName(const std::string& name) {
  return !name.empty() && name.size() < 16 && name != "." && name != ".." && name.find('/') == std::string::npos;
}

Result<> Libvirt::checkAttachment(const message::Nic& nic) {
  using Attachment = message::Nic::Attachment;
  if (nic.attachment == Attachment::libvirtNetwork) {
    return link_.with<Ok>("looking for network", nic.source, [&](virConnect* connection) -> Result<> {
      const Handle<virNetwork> network(virNetworkLookupByName(connection, nic.source.c_str()));
      if (!network) return error("looking for network", nic.source, lastReason());
      if (virNetworkIsActive(network.get()) != 1) return error("looking for network", nic.source, "it is not started");
      return Ok{};
    });
  }
  const char* attempted = nic.attachment == Attachment::bridge ? "looking for bridge" : "looking for interface";
  const std::filesystem::path place = std::filesystem::path("/sys/class/net") / nic.source;
  std::error_code ignored;
  if (!isInterfaceName(nic.source) || !std::filesystem::exists(place, ignored)) {
    return error(attempted, nic.source, "this host has none of that name");
  }
  if (nic.attachment == Attachment::bridge && !std::filesystem::exists(place / "bridge", ignored)) {
    return error(attempted, nic.source, "it is an interface, but not a bridge");
  }
  return Ok{};
}

std::string xmlOf(virNetwork* network) {
  const Handle<char> xml(virNetworkGetXMLDesc(network, 0));
  return xml ? xml.get() : "";
}

void Libvirt::reserve(const message::Nic& nic, const NodeName& node) {
  if (nic.attachment != message::Nic::Attachment::libvirtNetwork || nic.address.empty()) return;
  (void)link_.with<Ok>("reserving", nic.address, [&](virConnect* connection) -> Result<> {
    const Handle<virNetwork> network(virNetworkLookupByName(connection, nic.source.c_str()));
    if (network) (void)carryOut(network.get(), editsToReserve(xmlOf(network.get()), nic, node));
    return Ok{};
  });
}

void Libvirt::release(const NodeName& node) {
  (void)link_.with<Ok>("releasing", node.str(), [&](virConnect* connection) -> Result<> {
    virNetworkPtr* found = nullptr;
    const int count = virConnectListAllNetworks(connection, &found, VIR_CONNECT_LIST_NETWORKS_ACTIVE);
    for (int i = 0; i < count; ++i) {
      const Handle<virNetwork> network(found[i]);
      (void)carryOut(network.get(), editsToRelease(xmlOf(network.get()), node));
    }
    ::free(static_cast<void*>(found));  // NOLINT: libvirt's list is malloc'ed
    return Ok{};
  });
}

Result<std::optional<StoragePool>> Libvirt::storagePool(const std::string& name) {
  using Found = std::optional<StoragePool>;
  return link_.with<Found>("looking for storage pool", name, [&](virConnect* connection) -> Result<Found> {
    const Handle<virStoragePool> pool(virStoragePoolLookupByName(connection, name.c_str()));
    if (!pool && lastCode() == VIR_ERR_NO_STORAGE_POOL) return Found();
    if (!pool) return error("looking for storage pool", name, lastReason());
    const Handle<char> xml(virStoragePoolGetXMLDesc(pool.get(), 0));
    if (!xml) return error("looking for storage pool", name, lastReason());
    auto found = readStoragePool(xml.get());
    if (!found) return error("looking for storage pool", name, "libvirt describes it in a way that is not understood");
    found->isActive = virStoragePoolIsActive(pool.get()) == 1;
    return found;
  });
}

void Libvirt::refreshStoragePool(const std::string& name) {
  (void)link_.with<Ok>("refreshing storage pool", name, [&](virConnect* connection) -> Result<> {
    const Handle<virStoragePool> pool(virStoragePoolLookupByName(connection, name.c_str()));
    if (pool) (void)virStoragePoolRefresh(pool.get(), 0);
    return Ok{};
  });
}

}  // namespace

std::unique_ptr<Hypervisor> connectLibvirt(LibvirtOptions options, Listener listener) {
  return std::make_unique<Libvirt>(std::move(options), std::move(listener));
}

}  // namespace berth::hypervisor
