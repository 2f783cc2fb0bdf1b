// SPDX-License-Identifier: Apache-2.0
//
// The hand on the host's virtual machines. Everything here names instances by the UUID that Berth derived for them;
// only domains that bear our mark in their metadata are ever listed, changed or removed.
//
// Calls block (libvirt answers in 1 ms to seconds) and may be made from any thread, but not from a Listener.
// Each is idempotent: defining what is defined, starting what runs, stopping what is stopped and removing what is
// gone succeed. Implementations: libvirt (libvirt.h) and, for the simulation, a model.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "protocol/message/fleet.h"
#include "protocol/message/node.h"
#include "words/counter.h"
#include "words/quantity.h"
#include "words/uuid.h"

namespace berth::hypervisor {

/// What Berth writes into a domain's metadata, and by which it knows its own.
struct Mark {
  Uuid fleet;
  ClusterName cluster;
  message::InstanceId instance;
  /// The generation that brought the instance here.
  Generation generation;
  /// Of the node spec it was made from.
  Digest spec;
  /// Of all that takes another instance when it changes; empty in domains of an agent that did not write it yet.
  std::optional<Digest> machine{};
  /// Its first boot is over, and the definition hands out no Ignition config any more.
  bool withoutConfig = false;

  bool operator==(const Mark&) const = default;
};

/// What a disk is kept on. It is a qcow2 in either case.
enum class Medium : std::uint8_t { file, device };

/// A volume as a disk of a domain: the guest finds it as /dev/disk/by-id/virtio-<name>.
struct Disk {
  VolumeName name;
  std::string file;  ///< absolute path of the qcow2 file, or of the block device
  Medium medium = Medium::file;
  bool operator==(const Disk&) const = default;
};

/// All that a domain is made of.
struct Definition {
  Mark mark;
  std::uint32_t vcpus = 1;
  Bytes memory;
  std::string rootDisk;      ///< absolute path of the qcow2 overlay
  std::string baseImage;     ///< absolute path of the image under it; empty lets libvirt find it out
  std::string ignitionFile;  ///< absolute path; empty leaves the fw_cfg entry out
  std::string consoleLog;    ///< absolute path that the serial console is appended to
  std::vector<message::Nic> nics;
  std::vector<Disk> volumes{};
  /// Absolute path of the tar file of its artifacts, which others may use as well; empty when it has none.
  std::string artifacts{};
  /// It changes a domain that is there: one that somebody has removed meanwhile is not brought back by it.
  bool isThere = false;
};

/// What a guest has got that can change while it stays the same instance.
struct Hardware {
  std::uint32_t vcpus = 0;
  Bytes memory;
  std::vector<Disk> volumes;
  bool operator==(const Hardware&) const = default;
};

enum class Power : std::uint8_t { running, paused, shutOff, crashed };

struct Domain {
  /// Of its definition: of what its next start takes.
  Mark mark;
  Power power = Power::shutOff;
  /// Why it is in that state, in libvirt's words: "shutdown", "crashed", "destroyed", "failed".
  std::string reason;
  /// What the guest has that runs, where it was started from an older definition; else empty.
  std::optional<Hardware> outdated{};
};

/// What was attempted, on which object, and why it failed.
struct Error {
  enum class Kind : std::uint8_t {
    unavailable,  ///< libvirt cannot be reached: try again later
    conflict,     ///< a foreign domain has this name or UUID: only a person can resolve it
    refused,      ///< libvirt or QEMU said no: `reason` has their words
  };
  Kind kind = Kind::refused;
  std::string attempted;
  std::string object;
  std::string reason;

  [[nodiscard]] std::string str() const { return attempted + " " + object + ": " + reason; }
};

struct Ok {};
template <class T = Ok>
using Result = std::variant<T, Error>;

/// What an implementation tells without being asked. Called on a thread of its own; must return soon and must not
/// call back. Events may be lost: they say only that a full look is worth its while.
struct Listener {
  /// The power state of this instance changed, or a domain of ours came or went.
  std::function<void(const Uuid& instance)> changed;
  /// A line, without its end, that the guest wrote to its readiness port (at most kReadinessLineMax bytes). Hostile.
  std::function<void(const Uuid& instance, std::string line)> said;
  /// The connection broke or came back: everything may have changed.
  std::function<void()> reconnected;
};

inline constexpr std::size_t kReadinessLineMax = 4096;
/// The virtio-serial port that the guest's readiness unit writes to: /dev/virtio-ports/org.berth.ready.
inline constexpr const char* kReadinessPort = "org.berth.ready";

enum class Growth : std::uint8_t {
  done,
  notAttached,  ///< no guest has that disk: whoever grows the file may do so
};

/// Who has a disk.
struct User {
  enum class Use : std::uint8_t { defined, runs };
  std::string domain;
  Use use = Use::defined;
};

/// A storage pool of the host's.
struct StoragePool {
  /// In libvirt's words: "dir", "fs", "logical" and others.
  std::string type;
  bool isActive = false;
  /// Where its volumes are found: a directory, or /dev/GROUP.
  std::string target;
  /// Of a logical one.
  std::string group;
  bool operator==(const StoragePool&) const = default;
};

enum class Copying : std::uint8_t {
  done,
  notAttached,  ///< no guest of ours that runs has that disk: whoever copies the file may do so
};

class Hypervisor {
public:
  virtual ~Hypervisor() = default;

  /// All domains that bear the mark of this fleet.
  [[nodiscard]] virtual Result<std::vector<Domain>> list() = 0;
  /// A guest that runs goes on as it was started; the definition counts from its next start on.
  [[nodiscard]] virtual Result<> define(const Definition& definition) = 0;
  [[nodiscard]] virtual Result<> start(const Uuid& instance) = 0;
  /// Asks the guest to shut down (ACPI) and returns at once.
  [[nodiscard]] virtual Result<> shutdown(const Uuid& instance) = 0;
  /// Cuts the power.
  [[nodiscard]] virtual Result<> powerOff(const Uuid& instance) = 0;
  [[nodiscard]] virtual Result<> undefine(const Uuid& instance) = 0;
  /// Makes the disk that lies in `file` at least `size` large under the guest that has it, which sees it grow. A disk
  /// is never made smaller.
  [[nodiscard]] virtual Result<Growth> grow(const Uuid& instance, const std::string& file, Bytes size) = 0;
  /// The domain that has the disk in `file`: one that runs rather than one that is defined with it; any domain, also
  /// one that is not ours. Empty when none has.
  [[nodiscard]] virtual Result<std::optional<User>> userOf(const std::string& file) = 0;
  /// Copies the disk in `file` as it is at one point in time, under the guest that has it, into `target`: a qcow2 of
  /// the same size with nothing on it, in a file or on a device. Filesystems are frozen for that moment where the guest
  /// has an agent that can.
  [[nodiscard]] virtual Result<Copying> backUp(const std::string& file, const std::string& target,
                                               const std::stop_token& stop) = 0;
  /// What the machine has, before any policy of the agent.
  [[nodiscard]] virtual Result<message::Capacity> capacity() = 0;
  /// True where guests really run with KVM: found out by trying, since /dev/kvm alone proves nothing.
  [[nodiscard]] virtual bool kvm() const = 0;
  /// Whether a bridge, libvirt network or interface of that name is there to attach to.
  [[nodiscard]] virtual Result<> checkAttachment(const message::Nic& nic) = 0;
  /// Has the DHCP server of a libvirt network keep the nic's address for the node. Where there is no such server, or it
  /// may not be told, nothing happens: the guest has its address from its Ignition config in any case.
  virtual void reserve(const message::Nic& nic, const NodeName& node) = 0;
  /// Takes back what is reserved for the node on any network.
  virtual void release(const NodeName& node) = 0;
  /// Empty when the host has none of that name.
  [[nodiscard]] virtual Result<std::optional<StoragePool>> storagePool(const std::string& name) = 0;
  /// Has the pool's list of volumes read anew, for people who look at it.
  virtual void refreshStoragePool(const std::string& name) = 0;
};

}  // namespace berth::hypervisor
