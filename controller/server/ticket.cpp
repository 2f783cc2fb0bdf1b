// SPDX-License-Identifier: Apache-2.0
#include "controller/server/ticket.h"

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/identity/seal.h"
#include "protocol/message/envelope.h"
#include "protocol/message/words.h"

namespace berth::server {

namespace {

/// Another form of a ticket gets another purpose, and an old one is then none of ours.
constexpr std::string_view kPurpose = "saved plan 1";

std::string_view wordOf(change::Health health) {
  switch (health) {
    case change::Health::ready: return "ready";
    case change::Health::notReady: return "not ready";
    case change::Health::unknown: return "unknown";
  }
  return "unknown";
}

std::string_view wordOf(layout::HostState state) {
  switch (state) {
    case layout::HostState::ready: return "ready";
    case layout::HostState::cordoned: return "cordoned";
    case layout::HostState::draining: return "draining";
    case layout::HostState::lost: return "lost";
  }
  return "unknown";
}

std::string inWords(const layout::Amount& amount) {
  return std::to_string(amount.vcpus) + " vcpus, " + amount.memory.str() + " of memory, " + amount.disk.str() +
         " of disk" + (amount.volumes == Bytes() ? "" : ", " + amount.volumes.str() + " of volumes");
}

/// Texts one after the other, each behind its length.
class Texts {
public:
  void add(std::string_view text) {
    for (int shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>(text.size() >> shift & 0xFF);
    bytes_ += text;
  }
  void add(const std::map<std::string, std::string>& facts) {
    add(std::to_string(facts.size()));
    for (const auto& [subject, fact] : facts) {
      add(subject);
      add(fact);
    }
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

private:
  std::string bytes_;
};

/// The same, backwards; what is not there is empty, and `isBroken` from then on.
class Reader {
public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}

  std::string_view next() {
    if (left_.size() < 8) return fail();
    std::uint64_t size = 0;
    for (int i = 0; i < 8; ++i) {
      size |= static_cast<std::uint64_t>(static_cast<unsigned char>(left_[static_cast<std::size_t>(i)])) << (8 * i);
    }
    left_.remove_prefix(8);
    if (size > left_.size()) return fail();
    const std::string_view text = left_.substr(0, size);
    left_.remove_prefix(size);
    return text;
  }
  std::map<std::string, std::string> facts() {
    std::map<std::string, std::string> facts;
    const std::string count(next());
    for (std::string at = "0"; at != count && !isBroken_; at = std::to_string(facts.size())) {
      const std::string subject(next());
      facts[subject] = next();
    }
    return facts;
  }
  [[nodiscard]] bool isWhole() const { return !isBroken_ && left_.empty(); }

private:
  std::string_view fail() {
    isBroken_ = true;
    left_ = {};
    return {};
  }

  std::string_view left_;
  bool isBroken_ = false;
};

void tellMoved(const std::map<std::string, std::string>& then, const std::map<std::string, std::string>& now,
               std::vector<std::string>& moved) {
  for (const auto& [subject, fact] : then) {
    const auto found = now.find(subject);
    if (found == now.end()) {
      moved.push_back(subject + " is gone (was " + fact + ")");
    } else if (found->second != fact) {
      moved.push_back(subject + ": " + fact + " → " + found->second);
    }
  }
  for (const auto& [subject, fact] : now) {
    if (!then.contains(subject)) moved.push_back(subject + " is new (" + fact + ")");
  }
}

}  // namespace

Facts factsOf(const World& world) {
  Facts facts;
  facts.binding["cluster " + world.cluster.str()] = "revision " + std::to_string(world.inForce.value());
  for (const auto& node : world.nodes) {
    const std::string subject = "node " + node.record.name.str();
    facts.binding[subject] = "on " + node.record.host.str() + ", incarnation " +
                             std::to_string(node.record.incarnation.value()) + ", spec " + node.record.spec.shortHex();
    facts.around["health of " + subject] = wordOf(node.health);
  }
  for (const layout::Host& host : world.hosts) {
    facts.around["host " + host.name.str()] = std::string(wordOf(host.state)) + ", has " + inWords(host.capacity) +
                                              ", promised to others " + inWords(host.reserved);
  }
  return facts;
}

Digest digestOf(const message::PlanRow& row) {
  message::reply::Planned plan{row};
  plan.plan.estimateMs = -1;
  plan.plan.judgedBy = 0;
  plan.plan.ticket.clear();
  const auto frame = message::encode(message::Message<message::Reply>{{}, std::move(plan)});
  return Digest::of(std::string_view(reinterpret_cast<const char*>(frame.data()), frame.size()));
}

std::string sealTicket(const identity::KeyPair& key, const Ticket& ticket) {
  const message::Message<message::Request> request{{}, message::request::Apply{ticket.submission, {}, ticket.options}};
  const auto frame = message::encode(request);
  Texts texts;
  texts.add(std::string_view(reinterpret_cast<const char*>(frame.data()), frame.size()));
  texts.add(ticket.facts.binding);
  texts.add(ticket.facts.around);
  texts.add(ticket.plan.hex());
  return identity::seal(key, kPurpose, texts.bytes());
}

std::optional<Ticket> openTicket(const identity::KeyPair& key, const std::string& sealed) {
  const auto opened = identity::open(key, kPurpose, sealed);
  if (!opened) return std::nullopt;
  Reader reader(*opened);
  const std::string_view frame = reader.next();
  auto decoded = message::decodeRequest({reinterpret_cast<const std::uint8_t*>(frame.data()), frame.size()});
  auto* request = std::get_if<message::Message<message::Request>>(&decoded);
  auto* apply = request == nullptr ? nullptr : std::get_if<message::request::Apply>(&request->body);
  if (apply == nullptr) return std::nullopt;
  Ticket ticket{std::move(apply->submission), std::move(apply->options), {}, {}};
  ticket.facts.binding = reader.facts();
  ticket.facts.around = reader.facts();
  const auto plan = Digest::parse(std::string(reader.next()));
  if (!plan || !reader.isWhole()) return std::nullopt;
  ticket.plan = *plan;
  return ticket;
}

std::optional<Error> outdated(const Ticket& ticket, const World& world, const message::PlanRow& row) {
  const Facts now = factsOf(world);
  const bool isSamePlan = digestOf(row) == ticket.plan;
  if (isSamePlan && now.binding == ticket.facts.binding) return std::nullopt;
  std::vector<std::string> moved;
  tellMoved(ticket.facts.binding, now.binding, moved);
  tellMoved(ticket.facts.around, now.around, moved);
  if (moved.empty()) moved.emplace_back("this version of the controller plans it otherwise");
  Error error{message::reply::ErrorCode::conflict,
              "the world has moved on since this plan of cluster \"" + world.cluster.str() + "\" was saved",
              "make a new plan, and look at it: berth plan -f FILE --out FILE",
              {}};
  for (std::string& each : moved) {
    message::FindingRow& finding = error.findings.emplace_back();
    finding.message = std::move(each);
  }
  return error;
}

}  // namespace berth::server
