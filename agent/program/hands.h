// SPDX-License-Identifier: Apache-2.0
//
// Does what the reconciler wants done on this host: libvirt, disks, images, probes. Each effect goes to a worker and
// comes back as an event on the loop; nothing is decided here. An effect that cannot even be queued comes back as
// failed, so that the reconciler is never left waiting.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>

#include "agent/disks/overlay.h"
#include "agent/disks/paths.h"
#include "agent/hypervisor/hypervisor.h"
#include "agent/images/cache.h"
#include "agent/peers/exchange.h"
#include "agent/program/operations.h"
#include "agent/reconcile/effect.h"
#include "agent/reconcile/event.h"
#include "agent/state/directory.h"
#include "protocol/transport/loop.h"
#include "protocol/transport/workers.h"

namespace berth::program {

class Hands {
public:
  struct Tools {
    transport::Loop& loop;
    hypervisor::Hypervisor& hypervisor;
    images::Cache& images;
    state::Directory& state;
    disks::Layout layout;
    disks::QemuImg qemuImg;
    Uuid fleet;
    /// Of this agent, by which others know it; outlives the hands.
    const identity::KeyPair& key;
    volumes::Layout volumes;
    /// What its pool offers, as far as it is known.
    Bytes poolRoom{};
  };
  /// Called on the loop.
  using Tell = std::function<void(const reconcile::Event&)>;
  using Measured = std::function<void(const message::Capacity& machine, bool kvm)>;

  Hands(Tools tools, Tell tell, Measured measured);
  /// Waits for what is under way.
  ~Hands();
  Hands(const Hands&) = delete;
  Hands& operator=(const Hands&) = delete;

  /// All effects but NeedSpecs, Happened and Publish, which are the session's. On the loop.
  void perform(const reconcile::Effect& effect);
  /// Keeps specs that came from the controller, those of them that have a digest that is wanted.
  void keepSpecs(const message::Specs& specs, std::vector<Digest> wanted);
  /// Reads from a console; `answer` is called on the loop.
  void readConsole(const message::ReadConsole& what, const std::function<void(const message::Console&)>& answer);
  /// Where other agents may ask for volumes from now on, when they are let; nothing: nowhere.
  void comeIn(std::optional<identity::Endpoint> at);
  /// Keeps what was told, for the next process.
  void keepTold(state::Told told);

private:
  void perform(const reconcile::effect::KeepManifest& effect);
  void perform(const reconcile::effect::ForgetOtherSpecs& effect);
  void perform(const reconcile::effect::LookAtHost& effect);
  void perform(const reconcile::effect::Act& effect);
  void perform(const reconcile::effect::CarryOut& effect);
  void perform(const reconcile::effect::DropRetired& effect);
  void perform(const reconcile::effect::TakeVolume& effect);
  void perform(const reconcile::effect::LeaveVolume& effect);
  void perform(const reconcile::effect::GiveVolumes& effect);
  void perform(const reconcile::effect::FetchImage& effect);
  void perform(const reconcile::effect::FetchArtifacts& effect);
  void perform(const reconcile::effect::CollectImages& effect);
  void perform(const reconcile::effect::Probe& effect);
  void perform(const reconcile::effect::ReadConsole& effect);
  void perform(const reconcile::effect::CallHook& effect);

  using Fetch = std::function<std::optional<images::Error>(const std::function<void(images::Progress)>& progress,
                                                           const std::stop_token& stop)>;
  /// Brings something into the cache, and tells of it under `id`.
  void fetch(const Digest& id, Fetch fetch);

  [[nodiscard]] Workbench bench() const;
  /// What the pool that volumes lie in offers; while it is away, what it did before.
  [[nodiscard]] Bytes poolRoom();
  /// Made when it is first needed: most agents never move a volume.
  peers::Exchange& exchange();
  /// Runs `job` on a worker and tells its event on the loop; `otherwise` when the queue is full.
  void run(transport::Workers& workers, std::function<reconcile::Event(const std::stop_token&)> job,
           reconcile::Event otherwise);

  Tools tools_;
  Tell tell_;
  Measured measured_;
  std::atomic<std::uint64_t> poolRoom_;
  // Apart from each other, so that a download, a guest that answers no probe and a libvirt that hangs do not keep each
  // other waiting.
  transport::Workers host_;
  transport::Workers disk_;
  transport::Workers fetch_;
  transport::Workers copy_;
  transport::Workers probe_;
  transport::Workers hook_;
  std::optional<identity::Endpoint> peersAt_;
  std::unique_ptr<peers::Exchange> exchange_;
};

}  // namespace berth::program
