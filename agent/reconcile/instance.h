// SPDX-License-Identifier: Apache-2.0
//
// All that the agent knows of one instance: what should be, what it last saw, what is under way, how its guest does.
// Beliefs are only acted on while they are fresh: from the moment an operation begins until a look that began after
// its end, the instance is in doubt and nothing is done to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/health/console.h"
#include "agent/health/verdict.h"
#include "agent/reconcile/backoff.h"
#include "agent/reconcile/event.h"
#include "agent/reconcile/step.h"

namespace berth::reconcile {

/// A guest that ran this long before it stopped is no crash loop: the back-off begins anew.
inline constexpr std::chrono::minutes kSteadyRun{5};
/// So often in a row, without a steady run in between, a guest that goes down is started again; then it is left off.
/// With the back-off that takes about five minutes and the time that the guest runs: long enough for what it may wait
/// for to come back, short enough that a guest which can never run is not booted for ever.
inline constexpr std::uint32_t kMostRestarts = 10;
/// Between what its console says of a guest that is left off and how often it went down.
inline constexpr std::string_view kWentDownAgain = "; it went down ";
/// A guest that has not got far enough in its boot does not hear the power button, so it is pressed again.
inline constexpr std::chrono::seconds kAskAgain{5};
/// Failures of one step in a row after which the node's phase says failed. Five take half a minute; it is tried on.
inline constexpr std::uint32_t kFailuresShown = 5;
/// What only a person can mend is looked at again this often.
inline constexpr std::chrono::seconds kPermanentRetry{60};

class Instance {
public:
  explicit Instance(message::InstanceId id) { status_.instance = std::move(id); }

  [[nodiscard]] const message::InstanceId& id() const { return status_.instance; }
  /// A directory alone does not say of which node it is; a domain or the manifest does later.
  void name(const message::InstanceId& id) { status_.instance = id; }

  // ---- what should be
  Belonging belonging = Belonging::unexplained;
  /// The spec of its entry (wanted) or the one its domain was made from.
  std::optional<Digest> spec;
  /// It is to be there and switched off.
  bool halted = false;
  void halt(bool to);
  /// What its spec says of what is done to it by hand; as known when it is seen.
  message::Drift drift = message::Drift::heal;
  /// Somebody stopped or removed it by hand, and it is left so.
  bool leftAsIs = false;
  /// Somebody wants it otherwise than before: all that was tried in vain is tried anew.
  void beginAnew();
  /// As last told (reconciler_fence.cpp).
  bool wasFenced = false;

  // ---- what was last seen
  bool files = false;
  bool rootDisk = false;
  bool configFile = false;
  /// The manifest and a domain give this UUID to different nodes: nothing is done about either.
  bool mistaken = false;
  std::optional<hypervisor::Domain> domain;
  /// The first look that may be believed about this instance.
  std::uint64_t inDoubtUntil = 0;

  // ---- what is under way
  Step busy = Step::none;
  /// It is removed, and its root disk stays; or it is made from the one that was kept of this instance.
  bool retiring = false;
  std::optional<Uuid> revives;
  bool probing = false;
  bool readingConsole = false;
  /// The step that failed last, why, and when it may be tried again.
  Step failedStep = Step::none;
  Failure failure;
  Backoff retry;

  // ---- running
  std::uint32_t restarts = 0;
  bool ran = false;
  TimePoint runningSince;
  Backoff restart;

  // ---- stopping
  /// What its services are asked before (NodeSpec::beforeStop). A new process of the agent begins with the first again.
  struct Farewell {
    std::size_t next = 0;
    std::optional<TimePoint> since{};
    std::optional<TimePoint> calledAt{};
    bool calling = false;
  };
  Farewell farewell;
  std::optional<TimePoint> askedAt;
  TimePoint askedLast;

  // ---- the guest
  health::Guest guest;
  health::ConsoleWatch console;
  std::optional<std::uint64_t> consoleOffset;
  /// As remembered from before the agent's own restart; a signal or a start disproves it.
  std::optional<health::Finding> rememberedTrouble;
  std::optional<TimePoint> probedAt;
  std::optional<TimePoint> consoleReadAt;

  /// Sets what a look has seen; `at` is when.
  void see(std::optional<hypervisor::Domain> seen, bool hasFiles, bool hasRootDisk, TimePoint at);
  /// The domain has just been started: whatever the last boot said is void.
  void beginBoot(TimePoint at, std::uint64_t consoleEnd);
  /// Takes up what was known before the agent's restart, for a domain that still runs.
  void remember(const message::InstanceStatus& last, const health::Wants& wants, TimePoint at);
  /// Likewise, as far as that counts where there is no domain either.
  void recall(const message::InstanceStatus& last, TimePoint at);

  [[nodiscard]] bool running() const { return domain && domain->power == hypervisor::Power::running; }
  [[nodiscard]] bool off() const;
  /// Its first boot is over, and the Ignition config is still here: in its directory, or in what its next start takes.
  [[nodiscard]] bool configLeft() const;
  /// Somebody on the host cut its power or removed its domain; of one that does not run and was not to stop.
  [[nodiscard]] bool downByHand() const;
  /// It went down so often in a row that it is not started again.
  [[nodiscard]] bool givenUp() const { return restart.failures() > kMostRestarts; }
  [[nodiscard]] bool believable(std::uint64_t look) const { return busy == Step::none && look >= inDoubtUntil; }
  /// What its console says went wrong, while the guest itself says nothing better.
  [[nodiscard]] std::optional<health::Finding> trouble(TimePoint at) const;
  /// Ignition failed: starting again ends in the same place.
  [[nodiscard]] bool hopeless(TimePoint at) const;

  // ---- what is told
  [[nodiscard]] const message::InstanceStatus& status() const { return status_; }
  /// Takes phase, reason and the like; true when anything that is told changed.
  [[nodiscard]] bool tell(message::InstanceStatus next, std::int64_t wallMs);

private:
  /// It is to run, and its going down is nobody's order.
  [[nodiscard]] bool isMeantToRun() const { return belonging == Belonging::wanted && !halted && !wasFenced; }
  void wentDown(TimePoint at);

  message::InstanceStatus status_;
};

}  // namespace berth::reconcile
