// SPDX-License-Identifier: Apache-2.0
//
// The controller's shell: three doors on one loop. What comes in is decoded and authorised by the key it came with,
// handed to the core, and what the core may say once its turn is on disk goes out. Everything but planning runs on the
// loop's thread.
//
//   auto opened = Service::open(settings, key, store, loop, context, clock);
//   loop.run();
#pragma once

#include <atomic>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "controller/server/answer.h"
#include "controller/server/core.h"
#include "controller/server/lock_desk.h"
#include "controller/server/planning.h"
#include "controller/server/settings.h"
#include "controller/server/vault.h"
#include "protocol/identity/keys.h"
#include "protocol/message/envelope.h"
#include "protocol/transport/admission.h"
#include "protocol/transport/context.h"
#include "protocol/transport/loop.h"
#include "protocol/transport/server.h"
#include "protocol/transport/workers.h"
#include "words/clock.h"

namespace berth::server {

class Service {
public:
  /// What it stands on; all of it outlives the service.
  struct Ground {
    transport::Loop& loop;
    transport::Context& context;
    const identity::KeyPair& key;
    const secrets::MasterKey& masterKey;
    store::Store& store;
    const Clock& clock;
  };

  /// Raises the epoch, binds the doors and begins to serve; or says what failed, and what to do.
  [[nodiscard]] static std::variant<std::unique_ptr<Service>, std::string> open(const Settings& settings,
                                                                                const Ground& ground);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// What others are told; known once the doors are bound.
  [[nodiscard]] const identity::Endpoint& agentEndpoint() const { return *agentEndpoint_; }
  [[nodiscard]] const identity::Endpoint& operatorEndpoint() const { return *operatorEndpoint_; }
  [[nodiscard]] const identity::Endpoint& enrolmentEndpoint() const { return premises_.enrolment.front(); }
  /// Where nodes ask before they reboot; empty where nobody answers them.
  [[nodiscard]] std::string lockUrl() const { return core_->lockServer() ? core_->lockServer()->url : std::string(); }
  [[nodiscard]] const Core& core() const { return *core_; }
  /// Why the loop was stopped by the service itself: the store failed in a way that only a new beginning can mend.
  [[nodiscard]] const std::optional<std::string>& fatal() const { return fatal_; }

private:
  /// Whom a reply goes to.
  struct Asker {
    identity::PublicKey key;
    transport::RoutingId peer;
    std::uint64_t correlation = 0;
  };
  struct PlanJob {
    /// Nobody, when the controller itself plans a way back.
    std::optional<Asker> asker;
    Planning planning;
    int attempts = 0;
  };
  struct Relayed {
    Asker asker;
    HostName host;
    TimePoint deadline;
  };
  struct Pending {
    Asker asker;
    message::Reply reply;
  };

  /// Whom an answer over HTTP goes to, and what it is once this turn is on disk.
  struct LockAnswer {
    std::shared_ptr<std::promise<http::Response>> asker;
    http::Response response;
  };

  explicit Service(const Ground& ground);
  [[nodiscard]] std::optional<std::string> start(const Settings& settings);
  [[nodiscard]] fleet::Moment moment() const;

  void onAgents();
  void onOperators();
  void onEnrolment();
  void onTick();
  void hearAgent(const transport::Received& received, const fleet::Moment& moment);
  void hearConsole(const HostName& host, const message::Header& header, const message::Console& console);
  void hearOperator(const transport::Received& received, const fleet::Moment& moment);
  void hearStranger(const transport::Received& received, const fleet::Moment& moment);

  // service_locks.cpp
  [[nodiscard]] std::optional<std::string> openHttp(const HttpDoor& door);
  /// On a thread of the listener.
  [[nodiscard]] http::Response onHttp(const http::Request& request);
  void hearLock(const LockCall& call, std::shared_ptr<std::promise<http::Response>> asker);

  void plan(std::shared_ptr<PlanJob> job);
  void planFor(const std::shared_ptr<PlanJob>& job, const ClusterName& cluster);
  void conclude(const std::shared_ptr<PlanJob>& job, Proposal proposal, const World& world);
  void explainFor(const std::shared_ptr<PlanJob>& job, const std::shared_ptr<World>& world);
  void conclude(const PlanJob& job, message::Reply reply);
  /// Plans the way back of each rollout that wants one and has none yet.
  void revert();
  /// Plans for the nodes of lost and of draining hosts that are to be made elsewhere.
  void relocate();
  /// Plans what nobody asked for, from a revision that was accepted before.
  void planOwn(Planning planning, const ClusterName& cluster, const message::RevisionChoice& choice);
  /// The end of a plan that nobody asked for: there was nothing to do, or it could not be made.
  void concludeOwn(const PlanJob& job, const message::Reply& reply);
  void foresee(const Asker& asker, Foresight question);
  /// Takes away the secrets that nobody needs any more, when anything has changed.
  void sweep(const fleet::Moment& moment);
  void relay(const Asker& asker, const Relay& relay, const fleet::Moment& moment);
  void expireRelays(const fleet::Moment& moment);

  void reply(const Asker& asker, message::Reply reply) { replies_.push_back({asker, std::move(reply)}); }
  /// Commits, then says what may be said.
  void finish(const fleet::Moment& moment);
  void fail(const store::Failure& failure);
  void tell(const fleet::Outbox& outbox);
  /// Lets in whom the ledger knows, and nobody else.
  void syncKeys();
  void send(const HostName& host, const message::ToAgent& body, std::uint64_t correlation = 0);
  void sendSpecs(const fleet::SendSpecs& specs);
  void sendReply(const Pending& pending);
  void logNews();

  Ground ground_;
  transport::KeyRing hosts_;
  transport::KeyRing people_;
  transport::AnyKey anybody_;
  /// The ledger's keys that are let in; empty when they have to be looked at whatever it says.
  std::optional<std::uint64_t> keysVersion_;
  std::vector<identity::PublicKey> hostKeys_;
  std::vector<identity::PublicKey> peopleKeys_;
  std::unique_ptr<Core> core_;
  std::optional<Vault> vault_;
  /// The ledger as it was when secrets were last swept.
  std::uint64_t sweptAt_ = 0;
  std::unique_ptr<transport::Server> agents_;
  std::unique_ptr<transport::Server> operators_;
  std::unique_ptr<transport::Server> enrolment_;
  std::optional<identity::Endpoint> agentEndpoint_;
  std::optional<identity::Endpoint> operatorEndpoint_;
  Premises premises_;
  std::map<HostName, transport::RoutingId> routes_;
  /// Rollouts whose way back is being planned.
  std::set<RolloutId> reverting_;
  Relocator relocator_;
  /// Clusters whose nodes are being planned elsewhere.
  std::set<ClusterName> relocating_;
  std::map<std::uint64_t, Relayed> relays_;
  std::uint64_t nextRelay_ = 1;
  Sequence sequence_;
  std::deque<Pending> replies_;
  std::deque<std::pair<transport::RoutingId, message::Joined>> joined_;
  LockDesk locks_;
  std::deque<LockAnswer> lockAnswers_;
  std::vector<transport::Watch> watches_;
  std::optional<transport::Watch> wake_;
  bool saidBroken_ = false;
  std::optional<std::string> fatal_;
  /// Last, so that its threads end before what they report to.
  std::unique_ptr<transport::Workers> workers_;
  std::string lockKey_;
  std::atomic<bool> closing_{false};
  /// What is posted to the loop runs only while this is there.
  std::shared_ptr<int> here_ = std::make_shared<int>(0);
  std::unique_ptr<http::Listener> http_;
};

}  // namespace berth::server
