// SPDX-License-Identifier: Apache-2.0
#include "controller/server/scribe.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "controller/server/convert.h"
#include "protocol/message/envelope.h"

namespace berth::server {

namespace {

message::Capacity larger(const message::Capacity& a, const message::Capacity& b) {
  return {std::max(a.vcpus, b.vcpus), std::max(a.memory, b.memory), std::max(a.disk, b.disk),
          std::max(a.volumes, b.volumes)};
}

class Scribe {
public:
  Scribe(const World& world, const change::Outcome& outcome, Proposal& proposal)
      : world_(world), outcome_(outcome), proposal_(proposal) {
    for (const auto* blueprints : {&outcome.blueprints, &outcome.standIns}) {
      for (const auto& blueprint : *blueprints) blueprints_[blueprint.name] = &blueprint;
    }
    for (const auto& node : world.nodes) present_[node.record.name] = &node;
  }

  void write() {
    std::uint32_t wave = 0;
    std::unordered_set<NodeName> changed;
    for (const auto& each : outcome_.plan.waves) {
      for (const auto& change : each) {
        proposal_.changes.push_back(changeFor(change, wave));
        changed.insert(change.node);
      }
      ++wave;
    }
    for (const auto& change : outcome_.plan.updates) {
      update(change);
      changed.insert(change.node);
    }
    const auto& frozen = outcome_.plan.frozen;
    for (const auto& node : world_.nodes) {
      if (!changed.contains(node.record.name) && !frozen.contains(node.record.name)) stay(node.record);
    }
  }

private:
  [[nodiscard]] Revision revision() const { return proposal_.row.to; }

  store::ChangeRecord changeFor(const change::Change& change, std::uint32_t wave) {
    store::ChangeRecord record;
    record.wave = wave;
    record.action = toMessage(change).action;
    record.reasons = change.reasons;
    record.thaws = change.thaws;
    const bool isStandIn = change.role == change::Role::standIn;
    if (change.action == change::Action::destroy) {
      // One that stands in may be made by an earlier wave of this very plan.
      const auto made = standIns_.find(change.node);
      record.target = made != standIns_.end() ? made->second : present_.at(change.node)->record;
    } else {
      const auto& blueprint = *blueprints_.at(change.node);
      record.target = toRecord(blueprint, change.host, encode(blueprint), revision());
    }
    record.target.standsIn = isStandIn;
    if (isStandIn) standIns_[change.node] = record.target;
    return record;
  }

  Digest encode(const node::Blueprint& blueprint) {
    store::SpecRecord spec;
    spec.encoded = message::encodeSpec(toMessage(blueprint));
    spec.digest = Digest::of(spec.encoded);
    proposal_.specs.push_back(spec);
    return spec.digest;
  }

  /// The same instance with another spec. What it grows by is promised from now on; what it shrinks by it has until
  /// its machine is another one (I10).
  void update(const change::Change& change) {
    const auto& blueprint = *blueprints_.at(change.node);
    store::NodeRecord record = present_.at(change.node)->record;
    const message::Capacity before = record.size;
    const store::NodeRecord fresh = toRecord(blueprint, record.host, encode(blueprint), revision());
    record.spec = fresh.spec;
    record.revision = fresh.revision;
    record.tags = fresh.tags;
    // Until its agent is known to have the new one, nobody knows when it would cut the power.
    record.armed = record.armed && record.lossGrace == fresh.lossGrace;
    record.lossGrace = fresh.lossGrace;
    record.volumes = fresh.volumes;
    record.standsIn = false;
    record.size = larger(before, fresh.size);
    proposal_.staying.push_back(std::move(record));
  }

  /// A node that does not change keeps the very spec it was made from, so that nothing moves on its host. One that was
  /// left out stays at its revision.
  void stay(store::NodeRecord record) {
    const auto blueprint = blueprints_.find(record.name);
    if (blueprint == blueprints_.end() || proposal_.row.leftOut > 0 || record.revision == revision()) return;
    record.revision = revision();
    record.standsIn = false;
    proposal_.staying.push_back(std::move(record));
  }

  const World& world_;
  const change::Outcome& outcome_;
  Proposal& proposal_;
  std::unordered_map<NodeName, const node::Blueprint*> blueprints_;
  std::unordered_map<NodeName, const World::Node*> present_;
  /// Those that an earlier wave makes.
  std::unordered_map<NodeName, store::NodeRecord> standIns_;
};

}  // namespace

void writeDown(const World& world, const change::Outcome& outcome, Proposal& proposal) {
  Scribe(world, outcome, proposal).write();
}

}  // namespace berth::server
