// SPDX-License-Identifier: Apache-2.0
//
// Valid messages of every kind with random content: the same for the same seed.
#pragma once

#include <random>

#include "protocol/message/envelope.h"

namespace berth::message {

class RandomMessage {
public:
  explicit RandomMessage(unsigned seed) : random_(seed) {}

  [[nodiscard]] Header header();
  /// With the alternative of this index.
  [[nodiscard]] FromAgent fromAgent(std::size_t index);
  [[nodiscard]] ToAgent toAgent(std::size_t index);
  [[nodiscard]] Request request(std::size_t index);
  [[nodiscard]] Reply reply(std::size_t index);
  [[nodiscard]] Join join();
  [[nodiscard]] Joined joined();
  /// `index` counts what may be asked, and the kinds of answers.
  [[nodiscard]] PeerAsk peerAsk(std::size_t index);
  [[nodiscard]] PeerAnswer peerAnswer(std::size_t index);
  [[nodiscard]] Nic nic();
  [[nodiscard]] NodeSpec spec();
  [[nodiscard]] Manifest manifest();
  [[nodiscard]] Submission submission();

private:
  [[nodiscard]] std::uint64_t number(std::uint64_t below = ~std::uint64_t{0});
  [[nodiscard]] std::uint32_t small() { return static_cast<std::uint32_t>(number(1u << 31)); }
  [[nodiscard]] std::int64_t time() { return static_cast<std::int64_t>(number(1ull << 62)) - (1ll << 61); }
  [[nodiscard]] bool coin() { return number(2) == 0; }
  /// Any bytes.
  [[nodiscard]] std::string text(std::size_t most = 40);
  [[nodiscard]] std::string word();
  template <class Name>
  [[nodiscard]] Name name() {
    return *Name::parse(word());
  }
  template <class Name>
  [[nodiscard]] std::optional<Name> maybe() {
    return coin() ? std::optional(name<Name>()) : std::nullopt;
  }
  template <class Enum>
  [[nodiscard]] Enum oneOf(Enum last) {
    return static_cast<Enum>(number(static_cast<std::uint64_t>(last) + 1));
  }
  template <class Make>
  [[nodiscard]] auto some(Make make, std::size_t most = 4) {
    std::vector<decltype(make())> values;
    for (auto left = number(most + 1); left > 0; --left) values.push_back(make());
    return values;
  }
  [[nodiscard]] std::vector<std::string> texts() {
    return some([this] { return text(); });
  }
  [[nodiscard]] std::map<std::string, std::string> pairs();
  [[nodiscard]] Digest digest() { return Digest::of(text()); }
  [[nodiscard]] Uuid uuid();
  [[nodiscard]] std::string publicKey();
  [[nodiscard]] InstanceId instance() { return {name<NodeName>(), uuid()}; }
  [[nodiscard]] Image image();
  [[nodiscard]] Capacity capacity() { return {small(), Bytes(number()), Bytes(number()), Bytes(number())}; }
  [[nodiscard]] InstanceStatus status();
  [[nodiscard]] ToolStatus tool();
  [[nodiscard]] std::optional<std::vector<VolumeStatus>> volumes();
  [[nodiscard]] VolumeOrder volumeOrder();
  [[nodiscard]] VolumeMove volumeMove();
  [[nodiscard]] Manifest::RetiredDisk retiredDisk();
  [[nodiscard]] request::VolumeChoice volumeChoice() {
    return {name<NodeName>(), volumeName(), maybe<HostName>(), maybe<SnapshotName>().value_or(SnapshotName())};
  }
  /// Shorter than other names.
  [[nodiscard]] VolumeName volumeName() { return *VolumeName::parse("v" + std::to_string(number(1000))); }
  [[nodiscard]] Console console() { return {number(), text(2000), number(), text()}; }
  [[nodiscard]] FindingRow finding();
  [[nodiscard]] PlanOptions options();
  [[nodiscard]] RevisionChoice revisionChoice();
  [[nodiscard]] ChangeRow change();
  [[nodiscard]] PoolRiskRow poolRisk();
  [[nodiscard]] PlanRow plan();
  [[nodiscard]] HostRow host();
  [[nodiscard]] NodeRow node();
  [[nodiscard]] SecretName secretName() { return *SecretName::parse("s" + std::to_string(number(1000)) + "/x"); }
  [[nodiscard]] SecretRow secretRow();
  [[nodiscard]] StackToolRow stackTool();
  [[nodiscard]] LockRow lockRow();
  [[nodiscard]] VolumeRow volumeRow();
  [[nodiscard]] ClusterRow cluster();
  [[nodiscard]] RolloutRow rollout();
  [[nodiscard]] RolloutChangeRow rolloutChange();
  [[nodiscard]] PoolOf poolOf() { return {name<ClusterName>(), name<PoolName>()}; }
  [[nodiscard]] ShapeRow shape() { return {coin() ? std::optional(poolOf()) : std::nullopt, capacity()}; }
  [[nodiscard]] VerdictRow verdict() { return {name<HostName>(), oneOf(Verdict::impossible), word(), text()}; }
  [[nodiscard]] PlacedRow placed() { return {name<NodeName>(), maybe<HostName>(), maybe<HostName>(), text(), text()}; }
  [[nodiscard]] LossRow loss();
  [[nodiscard]] MoveRow move() {
    return {name<NodeName>(), name<HostName>(), name<HostName>(), oneOf(Gain::pack), text()};
  }
  [[nodiscard]] EventRow event() { return {Sequence(number()), time(), text(), text()}; }
  [[nodiscard]] OperatorRow operatorRow() { return {name<OperatorName>(), oneOf(Role::admin), publicKey()}; }

  std::mt19937_64 random_;
};

}  // namespace berth::message
