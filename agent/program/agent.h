// SPDX-License-Identifier: Apache-2.0
//
// The running agent: one loop, on which the mind (reconcile), the talk with the controller (session) and what hands
// bring back meet. Whatever blocks is on a worker; whatever decides is in a room of its own; this only connects them.
//
//                     effects                    jobs
//        Reconciler ──────────▶ Agent ──▶ Hands ──────▶ libvirt, disks, images, probes
//             ▲       events      │ ▲       │   events
//             └───────────────────┘ └───────┘
//                                 │ ▲
//                                 ▼ │  Session ◀──▶ Client ◀──▶ controller
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>

#include "agent/hypervisor/hypervisor.h"
#include "agent/images/cache.h"
#include "agent/program/config.h"
#include "agent/program/hands.h"
#include "agent/program/session.h"
#include "agent/program/volume_pool.h"
#include "agent/reconcile/reconciler.h"
#include "agent/state/directory.h"
#include "agent/state/events.h"
#include "protocol/identity/keys.h"
#include "protocol/transport/client.h"
#include "protocol/transport/loop.h"

namespace berth::program {

class Agent {
public:
  using Connect = std::function<std::unique_ptr<hypervisor::Hypervisor>(hypervisor::Listener)>;

  /// All references outlive the agent; the loop is run by the caller, and only once the agent is there.
  struct Parts {
    transport::Loop& loop;
    const Clock& clock;
    state::Directory& state;
    images::Cache& images;
    const identity::KeyPair& key;
    state::Identity identity;
    Config config;
    disks::Layout layout;
    disks::QemuImg qemuImg;
    /// Of the host's kernel.
    std::string bootId;
    std::string version;
    /// Where volumes lie, if not in the state directory.
    TakenPool volumePool{};
  };

  Agent(Parts parts, const Connect& connect);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  /// One line for `systemctl status`.
  [[nodiscard]] std::string summary() const;

private:
  /// What comes from the hypervisor's own thread, collapsed: however much a guest writes, one line of each waits.
  class Inbox;

  void feed(const reconcile::Event& event);
  void perform(const reconcile::Effect& effect);
  void drainInbox();
  void publishSoon();
  void publish();
  void rememberTold();

  void openClient();
  void closeClient();
  void listen();
  void hear(const std::vector<std::uint8_t>& bytes);
  void follow(const Outcome& outcome);
  void say(const message::FromAgent& body, std::uint64_t correlation);
  void tick();

  [[nodiscard]] reconcile::Now now() const;
  /// Without instances, which cost more and are only needed to publish.
  [[nodiscard]] Picture outline() const;
  [[nodiscard]] Picture picture() const;

  Parts parts_;
  state::Told told_;
  state::Events events_;
  reconcile::Reconciler mind_;
  Session session_;
  std::vector<Digest> wantedSpecs_;

  transport::Drops drops_;
  transport::Context context_;
  std::unique_ptr<transport::Client> client_;
  transport::Watch clientWatch_{};
  std::uint64_t clientSession_ = 0;
  bool linkUp_ = false;
  Sequence sequence_;
  std::minstd_rand jitter_;

  bool publishing_ = false;
  bool toldStale_ = false;
  std::vector<transport::Watch> timers_;

  std::unique_ptr<Inbox> inbox_;
  std::unique_ptr<hypervisor::Hypervisor> hypervisor_;
  std::unique_ptr<Hands> hands_;
};

}  // namespace berth::program
