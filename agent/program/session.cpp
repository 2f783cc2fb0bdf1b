// SPDX-License-Identifier: Apache-2.0
#include "agent/program/session.h"

#include <algorithm>

namespace berth::program {
namespace {

using message::Status;

/// Hello waits this long for the machine's capacity: to offer none is worse than to be late.
constexpr std::chrono::seconds kMeasureWait{5};
constexpr std::chrono::milliseconds kShortestInterval{100};

/// Worth a new hello. The size of a disk that is shared with others (ZFS, btrfs) is never quite the same twice: only a
/// fiftieth of it counts.
bool isOther(const message::Capacity& told, const message::Capacity& now) {
  if (told.vcpus != now.vcpus || told.memory != now.memory) return true;
  const auto differ = [](Bytes was, Bytes is) {
    const auto [less, more] = std::minmax({was.count(), is.count()});
    return more - less > was.count() / 50;
  };
  return differ(told.disk, now.disk) || differ(told.volumes, now.volumes);
}

Sequence beatAt(TimePoint now) {
  const auto time = std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch());
  return Sequence(static_cast<std::uint64_t>(time.count()));
}

}  // namespace

Outcome Session::measured(const message::Capacity& capacity, bool kvm, const Picture& picture, TimePoint now) {
  Outcome out;
  const bool news = !measured_ || isOther(self_.capacity, capacity) || self_.kvm != kvm;
  if (!news) return out;
  measured_ = true;
  self_.capacity = capacity;
  self_.kvm = kvm;
  if (state_ != State::away && state_ != State::refused) greet(picture, now, out);
  return out;
}

Outcome Session::connected(const Picture& picture, TimePoint now) {
  Outcome out;
  state_ = State::greeted;
  connectedAt_ = heardAt_ = now;
  epochHeard_ = Epoch();
  if (measured_)
    greet(picture, now, out);
  else
    saidAt_ = now - kHelloRetry + kMeasureWait;
  return out;
}

void Session::disconnected() { state_ = State::away; }

void Session::greet(const Picture& picture, TimePoint now, Outcome& out) {
  state_ = State::greeted;
  saidAt_ = now;
  auto hello = self_;
  hello.epoch = picture.epoch;
  hello.observed = picture.observed;
  hello.reached = picture.reached;
  out.say.push_back({std::move(hello), 0});
}

void Session::refuse(const std::string& why, Outcome& out) {
  ++refused_;
  if (why != lastComplaint_) out.log.push_back(why);
  lastComplaint_ = why;
}

void Session::welcomed(const message::Welcome& welcome, Outcome& out) {
  state_ = State::welcomed;
  interval_ = std::max(welcome.heartbeatInterval, kShortestInterval);
  owesFull_ = true;
  sequence_ = Sequence();
  sentEvent_ = Sequence();
  lastComplaint_.clear();
  out.log.push_back("the controller knows this host as " + welcome.host.str());
  out.events.emplace_back(reconcile::event::SessionBegan{});
}

void Session::confirm(const message::HeartbeatAck& ack, TimePoint now, Outcome& out) {
  const TimePoint said{std::chrono::nanoseconds(static_cast<std::int64_t>(ack.beat.value()))};
  // Older controllers repeat nothing; what was said in the future was not said by us.
  if (ack.beat == Sequence() || ack.beat > beatAt(now)) return;
  out.events.emplace_back(reconcile::event::Confirmed{said, ack.generation});
}

Outcome Session::heard(const message::Message<message::ToAgent>& message, const Picture& picture,
                       const state::Events& events, TimePoint now) {
  Outcome out;
  const auto& body = message.body;
  if (const auto* refusal = std::get_if<message::Refusal>(&body)) {
    heardAt_ = now;
    saidAt_ = now;
    state_ = State::refused;
    refuse("the controller refuses this host: " + refusal->reason, out);
    return out;
  }
  epochHeard_ = std::max({epochHeard_, message.header.epoch, picture.epoch});
  if (message.header.epoch < epochHeard_) {
    refuse("refused a message of epoch " + std::to_string(message.header.epoch.value()) + ": a controller of epoch " +
               std::to_string(epochHeard_.value()) + " has been seen",
           out);
    return out;
  }
  if (const auto* welcome = std::get_if<message::Welcome>(&body)) {
    if (!self_.fleet.isNil() && welcome->fleet != self_.fleet) {
      state_ = State::refused;
      saidAt_ = now;
      refuse("refused a controller of fleet " + welcome->fleet.str() + ": this host belongs to " + self_.fleet.str(),
             out);
      return out;
    }
    heardAt_ = now;
    out.events.emplace_back(reconcile::event::EpochSeen{message.header.epoch});
    welcomed(*welcome, out);
    report(Status::Extent::full, picture, events, out);
    return out;
  }
  // Nothing is obeyed before it is known which fleet speaks.
  if (state_ != State::welcomed) return refuse("refused a message that came before the welcome", out), out;
  heardAt_ = now;
  if (const auto* ack = std::get_if<message::HeartbeatAck>(&body)) {
    out.acknowledged = ack->event;
    confirm(*ack, now, out);
  } else if (const auto* manifest = std::get_if<message::Manifest>(&body)) {
    out.events.emplace_back(reconcile::event::ManifestCame{message.header.epoch, *manifest});
  } else if (const auto* specs = std::get_if<message::Specs>(&body)) {
    out.specs.push_back(*specs);
  } else if (std::holds_alternative<message::ReportFully>(body)) {
    owesFull_ = true;
    // What was said may have been lost with the rest.
    sentEvent_ = Sequence();
    report(Status::Extent::full, picture, events, out);
  } else if (const auto* read = std::get_if<message::ReadConsole>(&body)) {
    out.questions.push_back({*read, message.header.correlation});
  }
  return out;
}

Outcome Session::tick(const Picture& picture, TimePoint now) {
  Outcome out;
  switch (state_) {
    case State::away: break;
    case State::greeted:
      if (now - heardAt_ >= kSilence)
        out.reconnect = true;
      else if (now - saidAt_ >= kHelloRetry)
        greet(picture, now, out);
      break;
    case State::refused:
      if (now - saidAt_ >= kRefusedRetry) {
        heardAt_ = now;
        greet(picture, now, out);
      }
      break;
    case State::welcomed:
      if (now - heardAt_ >= std::max<std::chrono::milliseconds>(kSilence, 3 * interval_)) {
        out.reconnect = true;
      } else if (now - saidAt_ >= interval_) {
        saidAt_ = now;
        out.say.push_back({message::Heartbeat{picture.observed, picture.reached, sequence_, beatAt(now)}, 0});
      }
      break;
  }
  if (out.reconnect) {
    state_ = State::away;
    out.log.emplace_back("the controller does not answer; connecting anew");
  }
  return out;
}

Outcome Session::publish(const Picture& picture, const state::Events& events) {
  Outcome out;
  if (state_ == State::welcomed) report(owesFull_ ? Status::Extent::full : Status::Extent::delta, picture, events, out);
  return out;
}

void Session::report(Status::Extent extent, const Picture& picture, const state::Events& events, Outcome& out) {
  // Before the first look only conditions can be told: an empty full status would say that nothing is here.
  if (!picture.known) extent = Status::Extent::delta;
  Status status;
  std::map<Uuid, message::InstanceStatus> now;
  if (picture.known)
    for (const auto& instance : picture.instances) now.emplace(instance.instance.uuid, instance);
  // A delta has no way to say that an instance is there no longer.
  const bool vanished =
      std::any_of(sent_.begin(), sent_.end(), [&](const auto& old) { return !now.contains(old.first); });
  if (picture.known && vanished) extent = Status::Extent::full;

  for (const auto& [uuid, instance] : now) {
    const auto old = sent_.find(uuid);
    if (extent == Status::Extent::full || old == sent_.end() || !(old->second == instance))
      status.instances.push_back(instance);
  }
  status.events = events.after(sentEvent_);
  const bool volumesChanged = picture.known && picture.volumes != sentVolumes_;
  if (picture.known && (extent == Status::Extent::full || volumesChanged)) status.volumes = picture.volumes;
  if (picture.known) status.carriedOut = picture.carriedOut;
  if (picture.known) status.volumeMoves = picture.volumeMoves;
  const bool news = extent == Status::Extent::full || !status.instances.empty() || !status.events.empty() ||
                    volumesChanged || status.carriedOut != sentCarriedOut_ || status.volumeMoves != sentMoves_ ||
                    picture.conditions != sentConditions_ || picture.observed != sentObserved_ ||
                    picture.reached != sentReached_;
  if (!news) return;

  sequence_ = sequence_.next();
  status.sequence = sequence_;
  status.extent = extent;
  status.observed = sentObserved_ = picture.observed;
  status.reached = sentReached_ = picture.reached;
  status.conditions = sentConditions_ = picture.conditions;
  if (!status.events.empty()) sentEvent_ = status.events.back().sequence;
  if (extent == Status::Extent::full) owesFull_ = false;
  if (status.volumes) sentVolumes_ = *status.volumes;
  sentCarriedOut_ = status.carriedOut;
  sentMoves_ = status.volumeMoves;
  sent_ = std::move(now);
  out.say.push_back({std::move(status), 0});
}

}  // namespace berth::program
