// SPDX-License-Identifier: Apache-2.0
//
// What goes wrong with a host, and what a person sees of one.
#include "protocol/message/words.h"
#include "tests/simulation/host.h"

namespace berth::simulation {
namespace {

using namespace std::chrono_literals;
using hypervisor::Power;
using std::chrono::milliseconds;

/// The longest back-off of a restart and the time that the restart takes.
constexpr auto kRestartBound = 90s;

}  // namespace

/// What keeps a host from switching off what runs on it. That lasts no longer than half of a grace: it is the bound
/// that I1 is promised within (docs/layout.md), so one such fault at a time, and half a minute between two.
bool Host::impairs(const Happening& happening) {
  switch (happening.kind) {
    case Kind::agentDown:
    case Kind::hypervisorDown:
    case Kind::hypervisorHangs:
    case Kind::operationsFail: break;
    default: return true;
  }
  const auto present = ground_.agenda.now();
  if (present < impairedUntil_ + 30s) return false;
  impairedUntil_ = present + happening.lasts;
  return true;
}

void Host::suffer(const Happening& happening) {
  if (!impairs(happening)) return;
  const auto until = ground_.agenda.now() + happening.lasts;
  // Guests that do not reach each other keep nothing from their host.
  if (happening.kind != Kind::guestsCutOff) illUntil_ = std::max(illUntil_, until);
  model_.setTime(now());
  switch (happening.kind) {
    case Kind::agentCrash:
    case Kind::agentDown: {
      if (!power_) return;
      stopAgent();
      ground_.agenda.after(happening.lasts, [this, process = process_] {
        if (process != process_ || !power_) return;
        say("the agent starts");
        startAgent();
      });
      break;
    }
    case Kind::reboot: {
      if (!power_) return;
      power_ = false;
      stopAgent();
      model_.losePower();
      ground_.agenda.after(happening.lasts, [this, process = process_] {
        if (process != process_) return;
        say("has power again");
        power_ = true;
        ++boots_;
        startAgent();
      });
      break;
    }
    case Kind::guestCrash:
    case Kind::guestDies:
    case Kind::guestStopped:
    case Kind::guestUndefined: meddle(happening.kind, happening.dice); break;
    case Kind::hypervisorDown: lasting(hypervisorDown_, happening.lasts); break;
    case Kind::hypervisorHangs: lasting(hangs_, happening.lasts); break;
    case Kind::operationsFail: lasting(operationsFail_, happening.lasts); break;
    case Kind::imagesFail: lasting(imagesFail_, happening.lasts); break;
    case Kind::diskFull: lasting(diskFull_, happening.lasts); break;
    case Kind::slow: lasting(slow_, happening.lasts); break;
    case Kind::deafGuests: lasting(deaf_, happening.lasts); break;
    case Kind::guestsCutOff: lasting(guestsCutOff_, happening.lasts); break;
    case Kind::wallClockJumps:
      wallOffsetMs_ += static_cast<std::int64_t>(happening.dice % 7'200'000) - 3'600'000;
      break;
    default: break;
  }
  minded();
}

void Host::lasting(int& count, milliseconds lasts) {
  const auto apply = [this] {
    model_.hypervisorDown = hypervisorDown_ > 0;
    model_.diskFull = diskFull_ > 0;
    model_.deaf = deaf_ > 0;
    model_.setGuestsCutOff(guestsCutOff_ > 0);
  };
  ++count;
  apply();
  ground_.agenda.after(lasts, [&count, apply] {
    if (count > 0) --count;
    apply();
  });
}

/// By hand, or by itself: something happens to one of its guests.
void Host::meddle(Kind kind, std::uint64_t choice) {
  std::vector<Uuid> running;
  for (const auto& [uuid, guest] : model_.guests)
    if (guest.domain.power == Power::running) running.push_back(uuid);
  if (running.empty()) return;
  const Uuid victim = running[choice % running.size()];
  say(model_.guests.at(victim).domain.mark.instance.node.str() + ": " + rowOf(kind).name);
  if (kind == Kind::guestUndefined) return model_.undefine(victim);
  // Only another instance mends that.
  if (kind == Kind::guestDies) model_.guests.at(victim).fate = Fate::dies;
  const bool crashes = kind != Kind::guestStopped;
  model_.kill(victim, crashes ? Power::crashed : Power::shutOff, crashes ? "crashed" : "destroyed");
  watchRestart(victim);
}

/// I7: what stops by itself is started again, whether or not there is a controller.
void Host::watchRestart(const Uuid& instance) {
  const auto boot = model_.guests.at(instance).boot;
  const auto before = illUntil_;
  ground_.agenda.after(kRestartBound, [this, instance, boot, before, process = process_] {
    const auto guest = model_.guests.find(instance);
    const bool disturbed = process != process_ || illUntil_ > before || before > ground_.agenda.now() - kRestartBound;
    if (disturbed || guest == model_.guests.end() || guest->second.boot != boot || !model_.kept) return;
    const auto& entries = model_.kept->manifest.entries;
    // What may be made elsewhere is switched off while there is no controller.
    const auto isWanted = std::ranges::any_of(entries, [&](const auto& each) {
      const auto spec = model_.keptSpecs.find(each.spec);
      const bool waits = spec != model_.keptSpecs.end() && spec->second.lossGrace.count() == 0;
      // What somebody stopped may have to be left so.
      const bool isHand = guest->second.domain.reason == "destroyed";
      if (isHand && spec != model_.keptSpecs.end() && spec->second.drift != message::Drift::heal) return false;
      return each.instance.uuid == instance && !each.halted && waits;
    });
    if (isWanted && guest->second.fate == Fate::well && guest->second.domain.power != Power::running)
      ground_.truth.violate("I7", guest->second.domain.mark.instance.node.str() + " on " + name_.str() +
                                      " went down by itself and was not started again");
  });
}

void Host::rebootGuest(const Uuid& instance, After after) {
  say(model_.guests.at(instance).domain.mark.instance.node.str() + " reboots into a new release" +
      (after == After::dies ? ", in which it does not come up" : ""));
  // Only another instance mends that.
  if (after == After::dies) model_.guests.at(instance).fate = Fate::dies;
  model_.reboot(instance);
  minded();
}

void Host::heal() {
  hypervisorDown_ = hangs_ = operationsFail_ = imagesFail_ = diskFull_ = slow_ = deaf_ = guestsCutOff_ = 0;
  model_.setGuestsCutOff(false);
  model_.hypervisorDown = model_.diskFull = model_.deaf = false;
  illUntil_ = std::max(illUntil_, ground_.agenda.now());
  if (!power_) {
    power_ = true;
    ++boots_;
  }
  if (!model_.agentRuns()) startAgent();
}

std::optional<TimePoint> Host::wellSince() const {
  if (ground_.agenda.now() < illUntil_ || !model_.agentRuns() || !connected_) return std::nullopt;
  return illUntil_;
}

std::string Host::describe() const {
  std::string text = name_.str() + (power_ ? "" : ", without power") + (model_.agentRuns() ? "" : ", without agent") +
                     (connected_ ? "" : ", not connected") + ", generation " +
                     std::to_string(model_.kept ? model_.kept->manifest.generation.value() : 0) + ":";
  if (!model_.agentRuns()) return text;
  for (const auto& status : model_.mind().instances())
    text += " " + status.instance.node.str() + " " + std::string(message::toString(status.phase)) +
            (status.reason.empty() ? "" : " (" + status.reason + ")");
  for (const auto& condition : model_.mind().conditions()) text += "; " + condition;
  return text;
}

}  // namespace berth::simulation
