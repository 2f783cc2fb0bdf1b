// SPDX-License-Identifier: Apache-2.0
#include "controller/server/convert.h"

namespace berth::server {

namespace {

/// Function objects as one, for std::visit.
template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

message::Image::Packing toMessage(image::Packing packing) {
  switch (packing) {
    case image::Packing::none: return message::Image::Packing::none;
    case image::Packing::gzip: return message::Image::Packing::gzip;
    case image::Packing::xz: return message::Image::Packing::xz;
    case image::Packing::zstd: return message::Image::Packing::zstd;
  }
  return message::Image::Packing::none;
}

image::Packing toPlanner(message::Image::Packing packing) {
  switch (packing) {
    case message::Image::Packing::none: return image::Packing::none;
    case message::Image::Packing::gzip: return image::Packing::gzip;
    case message::Image::Packing::xz: return image::Packing::xz;
    case message::Image::Packing::zstd: return image::Packing::zstd;
  }
  return image::Packing::none;
}

message::Nic::Attachment toMessage(spec::Attachment attachment) {
  switch (attachment) {
    case spec::Attachment::bridge: return message::Nic::Attachment::bridge;
    case spec::Attachment::libvirt: return message::Nic::Attachment::libvirtNetwork;
    case spec::Attachment::macvtap: return message::Nic::Attachment::macvtap;
  }
  return message::Nic::Attachment::bridge;
}

message::Drift toMessage(spec::Drift drift) {
  switch (drift) {
    case spec::Drift::heal: return message::Drift::heal;
    case spec::Drift::alert: return message::Drift::alert;
    case spec::Drift::freeze: return message::Drift::freeze;
  }
  return message::Drift::heal;
}

spec::Drift toPlanner(message::Drift drift) {
  switch (drift) {
    case message::Drift::heal: return spec::Drift::heal;
    case message::Drift::alert: return spec::Drift::alert;
    case message::Drift::freeze: return spec::Drift::freeze;
  }
  return spec::Drift::heal;
}

message::Nic toMessage(const node::Nic& from) {
  message::Nic nic;
  nic.attachment = toMessage(from.attachment);
  nic.source = from.source;
  nic.mac = from.mac;
  // The guest tags its frames itself where the blueprint says so: a tag of the domain as well would be a second one.
  nic.mtu = from.mtu.value_or(0);
  if (from.address) nic.address = from.address->str();
  return nic;
}

message::Volume toMessage(const node::Volume& from) {
  message::Volume volume;
  volume.name = from.name;
  volume.size = from.size;
  volume.keep = from.keep;
  return volume;
}

/// What the guest makes of it is in its config.
node::Volume toPlanner(const message::Volume& from) {
  node::Volume volume;
  volume.name = from.name;
  volume.size = from.size;
  volume.keep = from.keep;
  return volume;
}

message::Artifact toMessage(const node::Artifact& from) { return {from.name, from.url, from.sha256}; }
node::Artifact toPlanner(const message::Artifact& from) { return {from.name, from.url, from.sha256}; }

message::Probe toMessage(const node::Probe& probe) {
  return std::visit(Overloaded{
                        [](const node::TcpProbe& tcp) {
                          return message::Probe{message::Probe::Tcp{tcp.address.str(), tcp.port}};
                        },
                        [](const node::HttpProbe& http) {
                          return message::Probe{message::Probe::Http{http.url, http.expect}};
                        },
                    },
                    probe);
}

node::Probe toPlanner(const message::Probe& probe) {
  return std::visit(Overloaded{
                        [](const message::Probe::Tcp& tcp) -> node::Probe {
                          return node::TcpProbe{spec::Ipv4::parse(tcp.address).value_or(spec::Ipv4()), tcp.port};
                        },
                        [](const message::Probe::Http& http) -> node::Probe {
                          return node::HttpProbe{http.url, http.expect};
                        },
                    },
                    probe.target);
}

static_assert(static_cast<int>(spec::HttpMethod::post) == static_cast<int>(message::StopHook::Method::post));
static_assert(static_cast<int>(spec::HttpMethod::get) == static_cast<int>(message::StopHook::Method::get));
static_assert(static_cast<int>(spec::HttpMethod::put) == static_cast<int>(message::StopHook::Method::put));

message::StopHook toMessage(const node::StopHook& hook) {
  return {hook.call.url, static_cast<message::StopHook::Method>(hook.method), hook.call.expect, hook.deadline};
}

node::StopHook toPlanner(const message::StopHook& hook) {
  return {{hook.url, hook.expect}, static_cast<spec::HttpMethod>(hook.method), hook.deadline};
}

source::TreeEntry::Kind toPlanner(message::SubmittedFile::Kind kind) {
  switch (kind) {
    case message::SubmittedFile::Kind::file: return source::TreeEntry::Kind::file;
    case message::SubmittedFile::Kind::directory: return source::TreeEntry::Kind::directory;
    case message::SubmittedFile::Kind::link: return source::TreeEntry::Kind::link;
  }
  return source::TreeEntry::Kind::file;
}

message::Action toMessage(change::Action action) {
  switch (action) {
    case change::Action::create: return message::Action::create;
    case change::Action::replace: return message::Action::replace;
    case change::Action::destroy: return message::Action::destroy;
    case change::Action::update: return message::Action::update;
    case change::Action::restart: return message::Action::restart;
  }
  return message::Action::update;
}

}  // namespace

spec::Attachment toPlanner(message::Nic::Attachment attachment) {
  switch (attachment) {
    case message::Nic::Attachment::bridge: return spec::Attachment::bridge;
    case message::Nic::Attachment::libvirtNetwork: return spec::Attachment::libvirt;
    case message::Nic::Attachment::macvtap: return spec::Attachment::macvtap;
  }
  return spec::Attachment::bridge;
}

image::Image toPlanner(const message::Image& from) {
  return {from.source, toPlanner(from.packing), from.packedDigest, from.contentDigest, from.label};
}

message::Image toMessage(const image::Image& from) {
  return {from.source, toMessage(from.packing), from.packedDigest, from.contentDigest, from.label};
}

message::NodeSpec toMessage(const node::Blueprint& blueprint) {
  message::NodeSpec spec;
  spec.node = blueprint.name;
  spec.cluster = blueprint.cluster;
  spec.pool = blueprint.pool;
  spec.vcpus = blueprint.vcpus;
  spec.memory = blueprint.memory;
  spec.disk = blueprint.disk;
  if (blueprint.image) spec.image = toMessage(*blueprint.image);
  for (const auto& nic : blueprint.nics) spec.nics.push_back(toMessage(nic));
  for (const auto& volume : blueprint.volumes) spec.volumes.push_back(toMessage(volume));
  for (const auto& artifact : blueprint.artifacts) spec.artifacts.push_back(toMessage(artifact));
  spec.ignition = blueprint.ignition;
  for (const auto& probe : blueprint.probes) spec.probes.push_back(toMessage(probe));
  for (const auto& hook : blueprint.beforeStop) spec.beforeStop.push_back(toMessage(hook));
  spec.wantsSystemdRunning = blueprint.wantsSystemdRunning;
  spec.shutdownDeadline = blueprint.shutdownDeadline;
  spec.lossGrace = blueprint.lossGrace;
  spec.drift = toMessage(blueprint.drift);
  spec.tags = blueprint.tags;
  return spec;
}

node::Blueprint toPlanner(const message::NodeSpec& spec, std::uint32_t index, const std::string& address) {
  node::Blueprint blueprint;
  blueprint.name = spec.node;
  blueprint.cluster = spec.cluster;
  blueprint.pool = spec.pool;
  blueprint.index = index;
  blueprint.vcpus = spec.vcpus;
  blueprint.memory = spec.memory;
  blueprint.disk = spec.disk;
  blueprint.image = toPlanner(spec.image);
  for (const message::Nic& from : spec.nics) {
    node::Nic& nic = blueprint.nics.emplace_back();
    nic.attachment = toPlanner(from.attachment);
    nic.source = from.source;
    nic.mac = from.mac;
    if (from.mtu != 0) nic.mtu = from.mtu;
    nic.address = spec::Ipv4::parse(from.address);
  }
  if (!blueprint.nics.empty()) blueprint.nics.front().address = spec::Ipv4::parse(address);
  for (const message::Volume& volume : spec.volumes) blueprint.volumes.push_back(toPlanner(volume));
  for (const auto& artifact : spec.artifacts) blueprint.artifacts.push_back(toPlanner(artifact));
  blueprint.ignition = spec.ignition;
  for (const auto& probe : spec.probes) blueprint.probes.push_back(toPlanner(probe));
  for (const auto& hook : spec.beforeStop) blueprint.beforeStop.push_back(toPlanner(hook));
  blueprint.wantsSystemdRunning = spec.wantsSystemdRunning;
  blueprint.shutdownDeadline = spec.shutdownDeadline;
  blueprint.lossGrace = spec.lossGrace;
  blueprint.drift = toPlanner(spec.drift);
  blueprint.tags = spec.tags;
  return blueprint;
}

layout::Amount toPlanner(const message::Capacity& capacity) {
  return {capacity.vcpus, capacity.memory, capacity.disk, capacity.volumes};
}

source::Bundle toPlanner(const std::map<std::string, message::SubmittedFile>& files) {
  source::Bundle bundle;
  for (const auto& [path, file] : files) bundle[path] = {file.bytes, toPlanner(file.kind), file.executable};
  return bundle;
}

spec::Givens toPlanner(const std::vector<message::SubmittedVariable>& variables) {
  using Form = message::SubmittedVariable::Form;
  spec::Givens givens;
  for (const message::SubmittedVariable& each : variables) {
    givens.push_back({each.name,
                      each.value,
                      each.form == Form::json ? spec::Given::Form::json : spec::Given::Form::text,
                      spec::Given::Demand::declared,
                      {each.file, each.line, each.column, 0}});
  }
  return givens;
}

std::vector<message::FindingRow> toMessage(const source::Findings& findings) {
  std::vector<message::FindingRow> rows;
  for (const auto& finding : findings) {
    rows.push_back({.isError = finding.severity == source::Severity::error,
                    .file = finding.where.file,
                    .line = finding.where.line,
                    .column = finding.where.column,
                    .length = finding.where.length,
                    .message = finding.message,
                    .hint = finding.hint});
  }
  return rows;
}

message::ChangeRow toMessage(const change::Change& change) {
  message::ChangeRow row;
  row.action = toMessage(change.action);
  row.node = change.node;
  row.host = change.host;
  row.reasons = change.reasons;
  row.pool = change.pool;
  if (change.from) row.from = *change.from;
  if (change.detail) row.detail = static_cast<std::uint32_t>(*change.detail + 1);
  row.effect = change.effect == change::Effect::now ? message::Effect::now : message::Effect::nextBoot;
  for (const auto& volume : change.carried) row.carried.push_back(toMessage(volume));
  return row;
}

message::PoolRiskRow toMessage(const change::PoolRisk& risk) {
  return {risk.pool, risk.nodes, risk.down, risk.quorum, risk.margin, risk.volumes, risk.copied};
}

message::PlanRow toMessage(const change::Plan& plan, const ClusterName& cluster) {
  message::PlanRow row;
  row.cluster = cluster;
  for (const auto& wave : plan.waves) {
    auto& changes = row.waves.emplace_back();
    for (const auto& each : wave) changes.push_back(toMessage(each));
  }
  for (const auto& each : plan.updates) row.updates.push_back(toMessage(each));
  row.unchanged = plan.unchanged;
  row.leftOut = plan.leftOut;
  row.canaryWaves = static_cast<std::uint32_t>(plan.canaryWaves);
  for (const auto& detail : plan.details) {
    auto& parts = row.details.emplace_back().parts;
    for (const auto& part : detail) parts.push_back({part.subject, part.note, part.diff});
  }
  return row;
}

store::NodeRecord toRecord(const node::Blueprint& blueprint, const HostName& host, const Digest& spec,
                           Revision revision) {
  store::NodeRecord record;
  record.name = blueprint.name;
  record.cluster = blueprint.cluster;
  record.pool = blueprint.pool;
  record.index = blueprint.index;
  record.host = host;
  record.spec = spec;
  record.revision = revision;
  if (const auto address = blueprint.address()) record.address = address->str();
  if (!blueprint.nics.empty()) {
    const node::Nic& nic = blueprint.nics.front();
    record.nic.attachment = toMessage(nic.attachment);
    record.nic.source = nic.source;
    record.nic.mac = nic.mac;
  }
  record.size = {blueprint.vcpus, blueprint.memory, blueprint.disk};
  if (blueprint.image) record.image = blueprint.image->label;
  record.tags = blueprint.tags;
  record.lossGrace = blueprint.lossGrace;
  // Its agent cannot make it without having read that.
  record.armed = record.lossGrace.count() != 0;
  for (const auto& volume : blueprint.volumes) record.volumes.push_back(toMessage(volume));
  return record;
}

}  // namespace berth::server
