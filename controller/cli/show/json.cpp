// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/json.h"

#include <array>
#include <cstdio>

#include "controller/cli/show/humanise.h"
#include "planner/image/stream.h"
#include "protocol/message/words.h"

namespace berth::show {

namespace {

Json orNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json moment(std::int64_t ms) { return orNull(timestamp(ms)); }

template <class Tag>
Json orNull(const Name<Tag>& name) {
  return orNull(name.str());
}

Json digest(const std::optional<Digest>& digest) { return digest ? Json(digest->hex()) : Json(nullptr); }

Json capacity(const message::Capacity& capacity) {
  return {{"vcpus", capacity.vcpus},
          {"memory", capacity.memory.count()},
          {"disk", capacity.disk.count()},
          {"volumes", capacity.volumes.count()}};
}

Json strings(const std::map<std::string, std::string>& map) {
  Json object = Json::object();
  for (const auto& [key, value] : map) object[key] = value;
  return object;
}

Json releases(const message::OsRelease& os) {
  return {{"stream", orNull(image::streamOfVersion(os.running).value_or(""))},
          {"running", orNull(os.running)},
          {"staged", orNull(os.staged)}};
}

Json status(const message::InstanceStatus& status) {
  return {{"phase", toString(status.phase)},
          {"reason", orNull(status.reason)},
          {"since", moment(status.sinceMs)},
          {"instance", status.instance.uuid.isNil() ? Json(nullptr) : Json(status.instance.uuid.str())},
          {"boot_id", orNull(status.bootId)},
          {"addresses", status.addresses},
          {"failed_units", status.failedUnits},
          {"pending", status.pending},
          {"restarts", status.restarts},
          {"stops_in_a_row", status.stopsInARow},
          {"left", status.left == message::Drift::heal ? Json(nullptr) : Json(toString(status.left))},
          {"old_disk_until", moment(status.retiredUntilMs)},
          {"fetched", status.fetched},
          {"expected", status.expected},
          {"stack", json(status.tools)},
          {"os", releases(status.os)},
          {"console", orNull(status.console)}};
}

/// DEL and the C1 controls, which JSON allows to stand in a string and a terminal obeys.
std::string withoutControls(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const auto next = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0U;
    std::array<char, 8> escaped{};
    if (byte == 0x7F) {
      out += "\\u007f";
    } else if (byte == 0xC2 && next >= 0x80 && next <= 0x9F) {
      std::snprintf(escaped.data(), escaped.size(), "\\u%04x", next);
      out += escaped.data();
      ++at;
    } else {
      out += text[at];
    }
  }
  return out;
}

Json json(const std::optional<message::DrainRow>& drain) {
  if (!drain) return nullptr;
  return {{"left", drain->left},
          {"halted", drain->halted},
          {"waiting_for", drain->waitingFor},
          {"deadline", moment(drain->deadlineMs)}};
}

}  // namespace

Json json(const message::Image& image) {
  return {{"label", orNull(image.label)},
          {"source", orNull(image.source)},
          {"packing", toString(image.packing)},
          {"sha256", digest(image.packedDigest)},
          {"uncompressed_sha256", digest(image.contentDigest)}};
}

Json json(const message::HostRow& host) {
  return {{"name", host.name.str()},
          {"state", toString(host.state)},
          {"zone", orNull(host.zone)},
          {"labels", strings(host.labels)},
          {"capacity", capacity(host.capacity)},
          {"reserved", capacity(host.reserved)},
          {"nodes", host.nodes},
          {"kvm", host.kvm},
          {"agent_version", orNull(host.agentVersion)},
          {"last_seen_ms", host.lastSeenMs < 0 ? Json(nullptr) : Json(host.lastSeenMs)},
          {"generation",
           {{"desired", host.desired.value()}, {"observed", host.observed.value()}, {"reached", host.reached.value()}}},
          {"conditions", host.conditions},
          {"drain", json(host.drain)},
          {"volume_pool", orNull(host.volumePool)}};
}

Json json(const message::NodeRow& node) {
  return {{"name", node.name.str()},
          {"cluster", orNull(node.cluster)},
          {"pool", orNull(node.pool)},
          {"host", orNull(node.host)},
          {"known", node.known},
          {"address", orNull(node.address)},
          {"mac", orNull(node.mac)},
          {"incarnation", node.incarnation.value()},
          {"revision", node.revision.value()},
          {"image", orNull(node.image)},
          {"vcpus", node.vcpus},
          {"memory", node.memory.count()},
          {"disk", node.disk.count()},
          {"tags", strings(node.tags)},
          {"status", status(node.status)},
          {"update", node.lock ? Json(toString(*node.lock)) : Json(nullptr)},
          {"update_reason", orNull(node.lockReason)}};
}

Json json(const message::LockRow& lock) {
  return {{"node", lock.node.str()},       {"cluster", lock.cluster.str()},
          {"pool", lock.pool.str()},       {"host", lock.host.str()},
          {"state", toString(lock.state)}, {"since_ms", lock.sinceMs},
          {"reason", lock.reason},         {"group", lock.group}};
}

Json json(const message::SnapshotRow& snapshot) {
  return {{"name", snapshot.name.str()},
          {"state", toString(snapshot.state)},
          {"taken_ms", snapshot.takenMs == 0 ? Json(nullptr) : Json(snapshot.takenMs)},
          {"size", snapshot.size.count()},
          {"used", snapshot.used == Bytes() ? Json(nullptr) : Json(snapshot.used.count())}};
}

Json json(const Snapshot& snapshot) {
  Json row = {{"node", snapshot.of.node.str()},
              {"volume", snapshot.of.volume.name.str()},
              {"cluster", snapshot.of.cluster.str()},
              {"host", snapshot.of.host.str()}};
  row.update(json(snapshot.row));
  return row;
}

Json json(const message::VolumeRow& volume) {
  return {{"node", volume.node.str()},
          {"volume", volume.volume.name.str()},
          {"cluster", volume.cluster.str()},
          {"host", volume.host.str()},
          {"size", volume.volume.size.count()},
          {"keep", volume.volume.keep},
          {"state", toString(volume.state)},
          {"actual_size", volume.actual == Bytes() ? Json(nullptr) : Json(volume.actual.count())},
          {"restoring", orNull(volume.restoring)},
          {"peer", orNull(volume.peer)},
          {"copied", volume.copied},
          {"compared", volume.compared},
          {"total", volume.total == 0 ? Json(nullptr) : Json(volume.total)},
          {"snapshots", json(volume.snapshots)}};
}

Json json(const message::ClusterRow& cluster) {
  return {{"name", cluster.name.str()},
          {"revision", cluster.revision.value()},
          {"nodes", cluster.nodes},
          {"ready", cluster.ready},
          {"state", orNull(cluster.state)},
          {"image", json(cluster.image)},
          {"image_declared", orNull(cluster.imageDeclared)}};
}

Json json(const message::RolloutRow& rollout) {
  return {{"id", rollout.id.value()},
          {"cluster", rollout.cluster.str()},
          {"from", rollout.from.value()},
          {"to", rollout.to.value()},
          {"state", toString(rollout.state)},
          {"reason", orNull(rollout.reason)},
          {"deadline", moment(rollout.deadlineMs)},
          {"started", moment(rollout.startedMs)},
          {"ended", moment(rollout.endedMs)},
          {"changes", rollout.changes},
          {"done", rollout.done}};
}

static Json carried(const std::vector<message::Volume>& volumes) {
  Json all = Json::array();
  for (const message::Volume& each : volumes) all.push_back({{"volume", each.name.str()}, {"size", each.size.count()}});
  return all;
}

Json json(const message::ChangeRow& change) {
  return {{"action", toString(change.action)},
          {"node", change.node.str()},
          {"host", orNull(change.host)},
          {"reasons", change.reasons},
          {"pool", orNull(change.pool)},
          {"from", orNull(change.from)},
          {"effect", change.action == message::Action::update
                         ? Json(change.effect == message::Effect::now ? "now" : "next_boot")
                         : Json(nullptr)},
          {"carried", carried(change.carried)}};
}

Json json(const message::PoolRiskRow& risk) {
  return {{"pool", risk.pool.str()},
          {"nodes", risk.nodes},
          {"down", risk.down},
          {"quorum", risk.quorum == 0 ? Json(nullptr) : Json(risk.quorum)},
          {"margin", risk.quorum == 0 ? Json(nullptr) : Json(risk.margin)},
          {"volumes", risk.volumes},
          {"copied", risk.copied.count()}};
}

Json json(const message::PartRow& part) {
  return {{"subject", part.subject}, {"note", orNull(part.note)}, {"diff", orNull(part.diff)}};
}

Json json(const message::RolloutChangeRow& change) {
  Json object = json(change.change);
  object["wave"] = change.wave;
  object["state"] = toString(change.state);
  object["started"] = moment(change.startedMs);
  object["ended"] = moment(change.endedMs);
  object["status"] = status(change.status);
  return object;
}

Json json(const message::EventRow& event) {
  return {{"sequence", event.sequence.value()},
          {"time", moment(event.timeMs)},
          {"subject", event.subject},
          {"message", event.message}};
}

Json json(const message::OperatorRow& row) {
  return {{"name", row.name.str()}, {"role", toString(row.role)}, {"public_key", row.publicKey}};
}

Json json(const message::ToolStatus& tool) {
  return {{"tool", toString(tool.kind)},
          {"part", toString(tool.part)},
          {"state", toString(tool.state)},
          {"version", orNull(tool.version)},
          {"voters", tool.voters == 0 ? Json(nullptr) : Json(tool.voters)},
          {"leader", orNull(tool.leader)},
          {"acl", tool.acl == message::ToolStatus::Acl::untold ? Json(nullptr) : Json(toString(tool.acl))}};
}

Json json(const message::SecretRow& secret) {
  return {{"name", secret.name.str()},  {"kind", toString(secret.kind)},          {"version", secret.version},
          {"in_force", secret.inForce}, {"node", orNull(secret.node.str())},      {"made", moment(secret.madeMs)},
          {"by", secret.by.str()},      {"valid_until", moment(secret.expiresMs)}};
}

Json json(const message::FindingRow& finding) {
  return {{"severity", finding.isError ? "error" : "warning"},
          {"file", orNull(finding.file)},
          {"line", finding.line},
          {"column", finding.column},
          {"message", finding.message},
          {"hint", orNull(finding.hint)}};
}

Json json(const message::PlanRow& plan) {
  const auto inPlan = [](const message::ChangeRow& change) {
    Json object = json(change);
    object["detail"] = change.detail == 0 ? Json(nullptr) : Json(change.detail - 1);
    return object;
  };
  const auto all = [&inPlan](const std::vector<message::ChangeRow>& changes) {
    Json list = Json::array();
    for (const auto& change : changes) list.push_back(inPlan(change));
    return list;
  };
  Json waves = Json::array();
  for (const auto& wave : plan.waves) waves.push_back(all(wave));
  Json risks = Json::array();
  for (const auto& wave : plan.risks) risks.push_back(json(wave));
  Json details = Json::array();
  for (const auto& detail : plan.details) details.push_back(json(detail.parts));
  const bool judged = plan.estimateMs >= 0;
  return {{"format_version", kPlanFormat},
          {"cluster", plan.cluster.str()},
          {"from", plan.from.value()},
          {"to", plan.to.value()},
          {"waves", waves},
          {"updates", all(plan.updates)},
          {"risks", risks},
          {"details", details},
          {"unchanged", plan.unchanged},
          {"left_out", plan.leftOut},
          {"canary_waves", plan.canaryWaves},
          {"estimate_ms", judged ? Json(plan.estimateMs) : Json(nullptr)},
          {"judged_by", plan.judgedBy},
          {"warnings", json(plan.warnings)}};
}

std::string jsonText(const Json& value) {
  return withoutControls(value.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

std::string jsonLine(const Json& value) {
  return withoutControls(value.dump(-1, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace berth::show
