// SPDX-License-Identifier: Apache-2.0
//
// What is there, as the agents say it, and what each of them is told. Leases run on the monotonic clock and begin anew
// with the controller, since absence of news is not death: a host that has not been heard is unknown at first, and lost
// only after a full lease.
//
//   fleet.hear(host, message.header, message.body, moment, outbox);   // a message came
//   fleet.tick(moment);                                                // leases
//   store.commit(ledger.settle());
//   fleet.push(outbox);                                                // manifests that rose; then send the outbox
//
// A host that has seen a higher epoch or generation than the ledger has is not driven, until a person decides: the
// store is an old copy, and what it lacks must not be taken for an order (I11). An agent speaks for its own instances
// only; what it says of others is counted and otherwise ignored.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "controller/fleet/ledger.h"
#include "protocol/message/envelope.h"

namespace berth::fleet {

struct Timing {
  std::chrono::milliseconds heartbeat{2000};
  /// Five heartbeats: two or three may be lost on a bad network without a host being called lost.
  std::chrono::milliseconds lease{10000};
  /// When more than so many of a hundred hosts are lost it is taken for the controller that is cut off, and nothing is
  /// replaced for it (I11).
  std::uint32_t lostShare = 50;
};

/// A message for one host. Losing it does no harm.
struct Send {
  HostName host;
  message::ToAgent body;
};
/// Node specs that a host asked for and may have; the shell reads them from the store.
struct SendSpecs {
  HostName host;
  std::vector<Digest> digests;
};
using Outbox = std::vector<std::variant<Send, SendSpecs>>;

/// How far a node's instance in force is known to be.
struct Standing {
  /// The last status that was reported; of phase `pending` when there was none.
  message::InstanceStatus status;
  /// True when the host is heard and has reported in this session: the status is what is there now.
  bool known = false;

  [[nodiscard]] bool isReady() const { return known && status.phase == message::Phase::ready; }
  /// And so is its part of the stack.
  [[nodiscard]] bool isServing() const { return isReady() && message::troubleOf(status.tools).empty(); }
};

/// The volumes of a node that are on their way to its host, all together.
struct Moving {
  HostName from;
  std::uint64_t copied = 0;
  std::uint64_t compared = 0;
  /// 0 when not known.
  std::uint64_t total = 0;
  /// Why the last try did not get further; empty when none failed.
  std::string failure{};

  bool operator==(const Moving&) const = default;
};
/// "copying 3.1 of 50.0 GiB from vh1", "comparing …", and why it does not get on.
[[nodiscard]] std::string inWords(const Moving& moving);

class Fleet {
public:
  /// `ledger` outlives it. `start`: when this controller began to listen.
  Fleet(Ledger& ledger, Timing timing, TimePoint start);

  void hear(const HostName& host, const message::Header& header, const message::FromAgent& body, const Moment& moment,
            Outbox& outbox);
  /// While nothing can be kept, nothing is taken either; but an agent is told that its controller is there, so that it
  /// does not take a full disk for a lost one. It says everything again to the next Welcome.
  void reassure(const HostName& host, const message::FromAgent& body, Outbox& outbox) const;
  /// Sees which leases have run out, and which instances on lost hosts have been fenced by that.
  void tick(const Moment& moment);
  /// This controller did not run for a while, or its machine did not: it has heard nobody, whoever spoke. All leases
  /// begin anew.
  void wake(const Moment& moment) { listensSince_ = moment.now; }
  /// Manifests that have risen since they were last sent, for hosts that are heard. Only after the ledger was settled:
  /// in the middle of a turn a manifest has new content and the old generation.
  void push(Outbox& outbox);
  /// The host has been removed.
  void forget(const HostName& host);

  [[nodiscard]] message::HostState state(const HostName& host) const;
  /// Heard, and told what to do: new work may go there.
  [[nodiscard]] bool isDriven(const HostName& host) const;
  /// When an instance whose host is lost may be made elsewhere: its agent has cut its power by then, if nobody else has
  /// (I1). Empty while its host is not lost, where it is to wait for its host, and where its agent may not know better.
  [[nodiscard]] std::optional<TimePoint> fencedAt(const store::NodeRecord& node) const;
  /// How far off that was at the last tick; 0 when it is over.
  [[nodiscard]] std::optional<std::chrono::seconds> fencedIn(const store::NodeRecord& node) const;
  /// That time has come by the last tick, and the loss is not so large that it says more about the controller than
  /// about the hosts.
  [[nodiscard]] bool isFenced(const store::NodeRecord& node) const;
  /// More hosts are lost than is believed.
  [[nodiscard]] bool isCutOff() const;
  [[nodiscard]] Standing standing(const store::NodeRecord& node) const;
  /// Of an instance that is being removed.
  [[nodiscard]] Standing standing(const store::TombstoneRecord& tombstone) const;
  /// All but `reserved`, which depends on rollouts too.
  [[nodiscard]] message::HostRow describe(const HostName& host, TimePoint now) const;
  /// Every volume that a host was told to make or says that it has, in the order of their nodes.
  [[nodiscard]] std::vector<message::VolumeRow> volumes() const;
  /// How far the volumes of this node are on their way to it; nothing when none is.
  [[nodiscard]] std::optional<Moving> moving(const NodeName& node) const;
  [[nodiscard]] Timing timing() const { return timing_; }

private:
  struct Session {
    /// Heard within the lease.
    bool heard = false;
    /// Said Hello, or was taken up in the middle of its session.
    bool begun = false;
    /// A lease has run out since it was heard last, or since this controller began.
    bool lost = false;
    std::optional<TimePoint> lastHeard;
    Generation observed;
    Generation reached;
    /// The newest generation that was sent in this session.
    std::optional<Generation> pushed;
    /// The manifest is to be sent whatever was observed: to a new session, whose agent learns the epoch by it.
    bool owed = false;
    /// Of the last Status that was taken; empty until a full one came in this session of the agent.
    std::optional<Sequence> status;
    /// What the agent reported stands. An agent that says Hello again within its lease has not lost its nodes by that,
    /// and tells of them anew at once.
    bool told = false;
    Sequence event;
    std::map<Uuid, message::InstanceStatus> instances;
    std::vector<std::string> conditions;
    /// All that it last said to have; empty until it has told of them.
    std::optional<std::vector<message::VolumeStatus>> volumes;
    /// Of volumes that it takes from others.
    std::vector<message::VolumeMoveStatus> moves;
    /// Instances that the agent reports and the ledger does not know.
    std::vector<message::InstanceId> strangers;
  };

  void on(const HostName& host, Session& session, const message::Hello& hello, const Moment& moment, Outbox& outbox);
  void on(const HostName& host, Session& session, const message::Heartbeat& beat, const Moment& moment, Outbox& outbox);
  void on(const HostName& host, Session& session, const message::NeedSpecs& needs, const Moment& moment,
          Outbox& outbox);
  void on(const HostName& host, Session& session, const message::Status& status, const Moment& moment, Outbox& outbox);
  void on(const HostName& host, Session& session, const message::Console& console, const Moment& moment,
          Outbox& outbox);

  void greet(const HostName& host, Session& session, Outbox& outbox);
  void keepLease(const HostName& host, Session& session, const Moment& moment);
  /// Marks the host when it has seen more than the ledger has; true when it is not to be driven.
  bool checkAhead(const HostName& host, Epoch epoch, Generation generation, const Moment& moment);
  void take(const HostName& host, Session& session, const message::Status& status, const Moment& moment);
  void takeInstance(const HostName& host, Session& session, const message::InstanceStatus& status,
                    const Moment& moment);
  void takeMoves(const HostName& host, Session& session, const message::Status& status, const Moment& moment);
  [[nodiscard]] const message::VolumeMoveStatus* moveOf(const store::VolumeRecord& volume) const;
  void takeCarriedOut(const HostName& host, Session& session, const std::vector<message::VolumeOrder>& orders,
                      const Moment& moment);
  void takeEvents(const HostName& host, Session& session, const std::vector<message::HostEvent>& events,
                  const Moment& moment);
  /// The agent has all of its manifest on disk: from now on it fences what its specs say.
  void arm(const HostName& host, const Session& session);
  void lookAtFences(const Moment& moment);
  /// Since when nothing was heard of the host, as far as this controller has listened.
  [[nodiscard]] TimePoint silentSince(const Session& session) const;
  [[nodiscard]] bool belongs(const HostName& host, const message::InstanceId& instance) const;
  [[nodiscard]] Standing standing(const HostName& host, const message::InstanceId& instance) const;

  Ledger& ledger_;
  const Timing timing_;
  TimePoint listensSince_;
  std::map<HostName, Session> sessions_;
  TimePoint ticked_;
  /// Nodes in force that counted as fenced then.
  std::set<NodeName> fenced_;
  std::size_t introduced_ = 0;
  std::size_t lost_ = 0;
  /// Since push() was last called.
  std::set<HostName> heard_;
};

}  // namespace berth::fleet
