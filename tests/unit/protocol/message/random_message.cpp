// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/protocol/message/random_message.h"

#include <cstdlib>

#include "protocol/identity/keys.h"

namespace berth::message {

std::uint64_t RandomMessage::number(std::uint64_t below) {
  return std::uniform_int_distribution<std::uint64_t>(0, below - 1)(random_);
}

std::string RandomMessage::text(std::size_t most) {
  std::string value(number(most + 1), '\0');
  for (auto& byte : value) byte = static_cast<char>(number(256));
  return value;
}

std::string RandomMessage::word() {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string value(1, letters[number(26)]);
  for (auto left = number(kNameMaxLength); left > 0; --left) value.push_back(letters[number(letters.size())]);
  return value;
}

std::map<std::string, std::string> RandomMessage::pairs() {
  std::map<std::string, std::string> values;
  for (auto left = number(5); left > 0; --left) values[text()] = text();
  return values;
}

Uuid RandomMessage::uuid() {
  Uuid::Bytes bytes{1};
  for (std::size_t i = 1; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(number(256));
  return Uuid(bytes);
}

std::string RandomMessage::publicKey() {
  identity::KeyPair::Secret secret;
  for (auto& byte : secret) byte = static_cast<std::uint8_t>(number(256));
  return identity::KeyPair::fromSecret(secret).publicKey().str();
}

Header RandomMessage::header() { return {kProtocolVersion, Epoch(number()), Sequence(number()), number()}; }

Image RandomMessage::image() {
  Image value{text(), oneOf(Image::Packing::zstd), std::nullopt, std::nullopt, text()};
  if (coin()) value.packedDigest = digest();
  if (!value.packedDigest || coin()) value.contentDigest = digest();
  return value;
}

Nic RandomMessage::nic() {
  Nic value{oneOf(Nic::Attachment::macvtap), text(), text()};
  value.vlan = static_cast<std::uint16_t>(number(kMaxVlan + 1));
  if (coin()) value.mtu = static_cast<std::uint16_t>(kMinMtu + number(65536 - kMinMtu));
  if (coin()) value.address = coin() ? "10.20.0." + std::to_string(number(256)) : "fd00::" + std::to_string(number(10));
  return value;
}

NodeSpec RandomMessage::spec() {
  NodeSpec value;
  value.node = name<NodeName>();
  value.cluster = name<ClusterName>();
  value.pool = name<PoolName>();
  value.vcpus = small();
  value.memory = Bytes(number());
  value.disk = Bytes(number());
  value.image = image();
  value.nics = some([this] { return nic(); });
  for (auto left = number(4); left > 0; --left) {
    const auto volume = VolumeName::parse("v" + std::to_string(left));
    value.volumes.push_back({*volume, Bytes(1 + number()), coin()});
  }
  value.ignition = text(5000);
  value.beforeStop = some([this] {
    return StopHook{text(), oneOf(StopHook::Method::put), static_cast<std::uint16_t>(number(65536)),
                    std::chrono::seconds(small())};
  });
  value.probes = some([this]() -> Probe {
    if (coin()) return {Probe::Tcp{text(), static_cast<std::uint16_t>(number(65536))}};
    return {Probe::Http{text(), static_cast<std::uint16_t>(number(65536))}};
  });
  value.wantsSystemdRunning = coin();
  value.shutdownDeadline = std::chrono::seconds(small());
  value.lossGrace = std::chrono::seconds(small());
  value.drift = oneOf(Drift::freeze);
  for (auto left = number(4); left > 0; --left)
    value.artifacts.push_back({"a" + std::to_string(left) + ".zip", "https://example.org/" + word(), digest()});
  value.tags = pairs();
  return value;
}

Manifest RandomMessage::manifest() {
  return {Generation(number()),
          some([this] {
            return Manifest::Entry{instance(), digest(), coin()};
          }),
          some([this] { return Manifest::Tombstone{instance()}; }),
          some([this] { return volumeOrder(); }),
          some([this] { return volumeMove(); }),
          some([this] { return retiredDisk(); })};
}

Manifest::RetiredDisk RandomMessage::retiredDisk() {
  Manifest::RetiredDisk disk{instance()};
  if (coin()) disk.heir = instance().uuid;
  return disk;
}

VolumeMove RandomMessage::volumeMove() {
  const auto side = oneOf(VolumeMove::Side::gives);
  return {side,
          name<ClusterName>(),
          name<NodeName>(),
          volumeName(),
          Generation(number()),
          name<HostName>(),
          publicKey(),
          side == VolumeMove::Side::takes ? "tcp://" + word() + ":7404" : "",
          Bytes(number())};
}

VolumeOrder RandomMessage::volumeOrder() {
  const auto verb = oneOf(VolumeOrder::Verb::restore);
  const bool named = verb != VolumeOrder::Verb::remove || coin();
  return {verb,
          name<ClusterName>(),
          name<NodeName>(),
          volumeName(),
          named ? name<SnapshotName>() : SnapshotName(),
          Generation(number())};
}

InstanceStatus RandomMessage::status() {
  return {instance(),      oneOf(Phase::gone),
          text(),          text(2000),
          time(),          text(),
          texts(),         texts(),
          small(),         number(),
          number(),        texts(),
          small(),         oneOf(Drift::freeze),
          time(),          some([this] { return tool(); }),
          {text(), text()}};
}

ToolStatus RandomMessage::tool() {
  return {oneOf(ToolKind::openbao),
          oneOf(ToolStatus::Part::leader),
          oneOf(ToolStatus::State::silent),
          oneOf(ToolStatus::Acl::refused),
          text(),
          small(),
          text()};
}

std::optional<std::vector<VolumeStatus>> RandomMessage::volumes() {
  if (coin()) return std::nullopt;
  return some([this] {
    return VolumeStatus{
        name<ClusterName>(),
        name<NodeName>(),
        {*VolumeName::parse("data"), Bytes(1 + number()), coin()},
        Generation(number()),
        some([this] {
          return SnapshotStatus{name<SnapshotName>(), time(), Bytes(number()), Bytes(number()), Generation(number())};
        })};
  });
}

FromAgent RandomMessage::fromAgent(std::size_t index) {
  switch (index) {
    case 0:
      return Hello{text(),  text(),          coin() ? uuid() : Uuid(), capacity(),           coin(), text(),
                   pairs(), Epoch(number()), Generation(number()),     Generation(number()), text(), coin(),
                   text()};
    case 1: return Heartbeat{Generation(number()), Generation(number()), Sequence(number()), Sequence(number())};
    case 2: return NeedSpecs{some([this] { return digest(); })};
    case 3:
      return Status{Sequence(number()),
                    oneOf(Status::Extent::full),
                    Generation(number()),
                    Generation(number()),
                    some([this] { return status(); }),
                    some([this] {
                      return HostEvent{Sequence(number()), time(), coin() ? instance() : InstanceId(), text()};
                    }),
                    texts(),
                    volumes(),
                    some([this] { return volumeOrder(); }),
                    some([this] {
                      return VolumeMoveStatus{name<NodeName>(), volumeName(), Generation(number()), number(), number(),
                                              number(),         text()};
                    })};
    case 4: return console();
    default: std::abort();
  }
}

ToAgent RandomMessage::toAgent(std::size_t index) {
  switch (index) {
    case 0:
      return Welcome{uuid(), name<HostName>(), std::chrono::milliseconds(1 + small()),
                     std::chrono::milliseconds(1 + small())};
    case 1: return HeartbeatAck{Sequence(number()), Sequence(number()), Sequence(number()), Generation(number())};
    case 2: return manifest();
    case 3: return Specs{some([this] { return encodeSpec(spec()); })};
    case 4: return ReportFully{};
    case 5: return ReadConsole{instance(), number(), small()};
    case 6: return Refusal{text()};
    default: std::abort();
  }
}

Submission RandomMessage::submission() {
  Submission value;
  value.specPath = text();
  value.files[value.specPath] = {text(3000)};
  for (auto left = number(4); left > 0; --left) {
    value.files[text()] = {text(3000), oneOf(SubmittedFile::Kind::link), coin()};
  }
  value.image = image();
  for (auto left = number(4); left > 0; --left) {
    const std::string name = "v" + std::to_string(10 - left);
    value.variables.push_back(
        {name, text(300), oneOf(SubmittedVariable::Form::json), coin(), text(), small(), small()});
  }
  return value;
}

PlanOptions RandomMessage::options() {
  if (coin()) return {};
  return {some([this] { return word(); }), some([this] { return name<NodeName>(); }),
          some([this] { return name<HostName>(); }), some([this] { return name<NodeName>(); }),
          oneOf(PlanOptions::Volumes::move)};
}

RevisionChoice RandomMessage::revisionChoice() {
  const auto which = oneOf(RevisionChoice::Which::numbered);
  return {which, which == RevisionChoice::Which::numbered ? Revision(number()) : Revision()};
}

Request RandomMessage::request(std::size_t index) {
  using namespace request;
  switch (index) {
    case 0: return Version{};
    case 1: return Plan{submission(), options(), oneOf(Plan::Keep::ticket)};
    case 2: return Apply{submission(), coin() ? std::optional(Revision(number())) : std::nullopt, options()};
    case 3: return PlanDestroy{name<ClusterName>()};
    case 4: return Destroy{name<ClusterName>(), coin() ? std::optional(Revision(number())) : std::nullopt};
    case 5: return GetHosts{};
    case 6: return GetNodes{maybe<ClusterName>()};
    case 7: return GetClusters{};
    case 8: return GetRollouts{maybe<ClusterName>()};
    case 9: return GetEvents{Sequence(number()), small()};
    case 10: return GetRollout{coin() ? std::optional(RolloutId(number())) : std::nullopt, maybe<ClusterName>()};
    case 11: return DescribeNode{name<NodeName>()};
    case 12: return ReadLog{name<NodeName>(), number(), small()};
    case 13: return CreateToken{name<HostName>(), small()};
    case 14: return RemoveHost{name<HostName>()};
    case 15: return AddOperator{name<OperatorName>(), oneOf(Role::admin), publicKey()};
    case 16: return RemoveOperator{name<OperatorName>()};
    case 17: return GetOperators{};
    case 18: return PlanSaved{text()};
    case 19: return ApplySaved{text()};
    case 20: return Explain{submission(), name<NodeName>()};
    case 21:
      return Simulate{some([this] { return name<HostName>(); }), some([this] {
                        return GrowthRow{poolOf(), small()};
                      }),
                      some([this] { return shape(); })};
    case 22: return Rebalance{maybe<ClusterName>(), small()};
    case 23: return GetVolumes{maybe<ClusterName>()};
    case 24: return PlanRevision{name<ClusterName>(), revisionChoice(), options()};
    case 25:
      return ApplyRevision{name<ClusterName>(), revisionChoice(), options(),
                           coin() ? std::optional(Revision(number())) : std::nullopt};
    case 26:
      return SteerRollout{oneOf(SteerRollout::Verb::override_),
                          coin() ? std::optional(RolloutId(number())) : std::nullopt, maybe<ClusterName>()};
    case 27:
      return SetDuty{name<HostName>(), oneOf(Duty::draining), std::chrono::seconds(small()), oneOf(DrainVolumes::move)};
    case 28: return SetPower{some([this] { return name<NodeName>(); }), oneOf(Power::off), oneOf(SetPower::Force::yes)};
    case 29: return DeleteVolumes{some([this] { return volumeChoice(); })};
    case 30: return SnapshotVolume{volumeChoice()};
    case 31: return RestoreVolume{volumeChoice()};
    case 32: return GetSecrets{name<ClusterName>()};
    case 33: return ReadSecret{name<ClusterName>(), secretName(), small()};
    case 34: return SetSecret{name<ClusterName>(), secretName(), text()};
    case 35: return RotateSecret{name<ClusterName>(), secretName()};
    case 36: return DeleteSecret{name<ClusterName>(), secretName()};
    case 37: return GetLocks{maybe<ClusterName>()};
    case 38: return ReleaseLock{name<NodeName>()};
    case 39: return DescribeStack{name<ClusterName>()};
    default: std::abort();
  }
}

FindingRow RandomMessage::finding() { return {coin(), text(), small(), small(), small(), text(), text()}; }

ChangeRow RandomMessage::change() {
  return {oneOf(Action::update), name<NodeName>(), maybe<HostName>().value_or(HostName()),
          // Alike more often than not, as in a plan.
          coin() ? std::vector<std::string>{"/etc/motd changed"} : texts(), maybe<PoolName>().value_or(PoolName()),
          maybe<HostName>().value_or(HostName()), oneOf(Effect::nextBoot), small(), some([this] {
            return Volume{volumeName(), Bytes(1 + number()), coin()};
          })};
}

PoolRiskRow RandomMessage::poolRisk() {
  return {name<PoolName>(), small(), small(), small(), static_cast<std::int32_t>(small()), small(), Bytes(number())};
}

PlanRow RandomMessage::plan() {
  PlanRow plan;
  plan.cluster = name<ClusterName>();
  plan.from = Revision(number());
  plan.to = Revision(number());
  plan.waves = some([this] { return some([this] { return change(); }); });
  plan.unchanged = small();
  plan.warnings = some([this] { return finding(); });
  plan.updates = some([this] { return change(); });
  // For each wave, or, as older controllers have it, for none.
  if (!plan.waves.empty() && coin()) {
    plan.risks.resize(plan.waves.size());
    plan.risks.front().push_back(poolRisk());
  }
  plan.details = some([this] { return DetailRow{some([this] { return PartRow{text(), text(), text(3000)}; })}; });
  plan.leftOut = small();
  plan.estimateMs = time();
  plan.judgedBy = small();
  plan.ticket = text(3000);
  plan.canaryWaves = small();
  return plan;
}

HostRow RandomMessage::host() {
  return {name<HostName>(),
          oneOf(HostState::draining),
          text(),
          pairs(),
          capacity(),
          capacity(),
          coin(),
          small(),
          text(),
          time(),
          Generation(number()),
          Generation(number()),
          Generation(number()),
          texts(),
          coin() ? std::optional(DrainRow{small(), coin(), text(), time()}) : std::nullopt,
          text()};
}

NodeRow RandomMessage::node() {
  return {name<NodeName>(),
          name<ClusterName>(),
          name<PoolName>(),
          maybe<HostName>().value_or(HostName()),
          text(),
          text(),
          Incarnation(number()),
          coin() ? status() : InstanceStatus(),
          coin(),
          Revision(number()),
          text(),
          small(),
          Bytes(number()),
          Bytes(number()),
          pairs(),
          coin() ? std::optional(oneOf(LockState::back)) : std::nullopt,
          text()};
}

LockRow RandomMessage::lockRow() {
  return {name<NodeName>(),
          name<ClusterName>(),
          name<PoolName>(),
          name<HostName>(),
          oneOf(LockState::back),
          time(),
          text(),
          text()};
}

VolumeRow RandomMessage::volumeRow() {
  return {name<NodeName>(),
          name<ClusterName>(),
          {*VolumeName::parse("data"), Bytes(1 + number()), coin()},
          name<HostName>(),
          oneOf(VolumeState::moved),
          Bytes(number()),
          some([this] {
            return SnapshotRow{name<SnapshotName>(), oneOf(SnapshotState::deleting), time(), Bytes(number()),
                               Bytes(number())};
          }),
          maybe<SnapshotName>().value_or(SnapshotName()),
          maybe<HostName>().value_or(HostName()),
          number(),
          number(),
          number()};
}

SecretRow RandomMessage::secretRow() {
  return {secretName(), oneOf(SecretKind::given), small(), coin(), maybe<NodeName>().value_or(NodeName()),
          time(),       name<OperatorName>(),     time()};
}

StackToolRow RandomMessage::stackTool() {
  return {oneOf(ToolKind::openbao), text(), name<PoolName>(), coin() ? std::optional(secretName()) : std::nullopt,
          small()};
}

ClusterRow RandomMessage::cluster() {
  return {name<ClusterName>(), Revision(number()), small(), small(), text(), image(), text()};
}

RolloutRow RandomMessage::rollout() {
  return {RolloutId(number()),
          name<ClusterName>(),
          Revision(number()),
          Revision(number()),
          oneOf(RolloutState::aborted),
          text(),
          time(),
          time(),
          time(),
          small(),
          small()};
}

RolloutChangeRow RandomMessage::rolloutChange() {
  RolloutChangeRow value{small(), change(), oneOf(ChangeState::copying), time(), time(), status()};
  // What has not begun has no instance yet.
  if (coin()) value.status.instance.uuid = Uuid();
  if (coin()) value.status = {};
  return value;
}

LossRow RandomMessage::loss() {
  return {name<HostName>(), small(), small(), some([this] { return name<NodeName>(); }), text()};
}

Reply RandomMessage::reply(std::size_t index) {
  using namespace reply;
  switch (index) {
    case 0: return Error{oneOf(ErrorCode::internal), text(), text(), some([this] { return finding(); })};
    case 1: return Version{text(), uuid(), Epoch(number())};
    case 2: return Planned{plan()};
    case 3: return Applied{plan(), coin() ? std::optional(RolloutId(number())) : std::nullopt};
    case 4: return Hosts{some([this] { return host(); })};
    case 5: return Nodes{some([this] { return node(); })};
    case 6: return Clusters{some([this] { return cluster(); })};
    case 7: return Rollouts{some([this] { return rollout(); })};
    case 8: return Events{some([this] { return event(); })};
    case 9: return Rollout{rollout(), some([this] { return rolloutChange(); })};
    case 10: return Node{node(), some([this] { return event(); })};
    case 11: return Log{console()};
    case 12: return Token{text(), time()};
    case 13: return Done{};
    case 14: return Operators{some([this] { return operatorRow(); })};
    case 15:
      return Explained{
          {name<NodeName>(), maybe<HostName>(), text(), text(), text(), some([this] { return verdict(); })}};
    case 16:
      return Simulated{small(), some([this] { return placed(); }), some([this] { return placed(); }), some([this] {
                         return FitRow{shape(), small(), small(), text()};
                       }),
                       some([this] { return loss(); })};
    case 17: return Rebalanced{some([this] { return move(); })};
    case 18: return Volumes{some([this] { return volumeRow(); })};
    case 19: return Secrets{some([this] { return secretRow(); })};
    case 20: return Secret{text()};
    case 21: return Locks{some([this] { return lockRow(); })};
    case 22: return Stack{some([this] { return stackTool(); }), text()};
    default: std::abort();
  }
}

Join RandomMessage::join() { return {text(), name<HostName>(), text(), text()}; }

PeerAsk RandomMessage::peerAsk(std::size_t index) {
  PeerAsk ask{name<NodeName>(), volumeName(), Generation(number()), {}};
  if (index == 1) ask.what = PeerAsk::Read{number(kMaxVolumeFile), 1 + static_cast<std::uint32_t>(number(kMaxPiece))};
  if (index == 2) ask.what = PeerAsk::Check{number(kMaxVolumeFile), 1 + static_cast<std::uint32_t>(number(kMaxCheck))};
  return ask;
}

PeerAnswer RandomMessage::peerAnswer(std::size_t index) {
  switch (index) {
    case 0: return PeerOpened{1 + number(kMaxVolumeFile), Bytes(1 + number(kMaxVolumeFile))};
    case 1: {
      PeerPiece piece{number(1u << 30), text(3000), 0};
      piece.next = piece.offset + piece.data.size() + number(1u << 30);
      return piece;
    }
    case 2: return PeerChecked{number(kMaxVolumeFile), 1 + static_cast<std::uint32_t>(number(kMaxCheck)), digest()};
    case 3: return PeerRefused{text()};
    default: std::abort();
  }
}

Joined RandomMessage::joined() {
  if (coin()) return {"refused", Uuid(), HostName(), ""};
  return {"", uuid(), name<HostName>(), word()};
}

}  // namespace berth::message
