// SPDX-License-Identifier: Apache-2.0
//
// The planner's front door: from the files of a spec to a plan. The CLI (validate, render) and the controller (plan,
// apply) come through here, so that what is checked offline is what will be applied.
//
//   Outcome outcome = change::planCluster({.specPath = "prod.yaml", .files = files, .image = image,
//                                          .hosts = hosts, .present = present, .held = held});
//   if (source::hasErrors(outcome.findings)) …          // nothing else in the outcome counts then
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "planner/change/former.h"
#include "planner/change/plan.h"
#include "planner/change/protect.h"
#include "planner/change/risk.h"
#include "planner/change/volumes.h"
#include "planner/image/image.h"
#include "planner/layout/explain.h"
#include "planner/layout/place.h"
#include "planner/node/addresses.h"
#include "planner/node/blueprint.h"
#include "planner/node/site.h"
#include "planner/secret/wanted.h"
#include "planner/source/diagnostic.h"
#include "planner/source/files.h"
#include "planner/spec/given.h"
#include "planner/spec/model.h"

namespace berth::change {

struct Inputs {
  /// The path of the spec in `files`.
  std::string specPath;
  const source::Files& files;
  /// Values for the spec's variables.
  spec::Givens givens = {};
  /// What the revision in force was made from.
  Former former = {};
  /// What the spec's image was resolved to (image/resolve.h).
  image::Image image;
  /// Each host's `reserved` is what nodes of *other* clusters have there.
  std::vector<layout::Host> hosts;
  /// The nodes of this cluster that are in force, those that wait for their removal included.
  std::vector<InForce> present;
  /// Addresses of nodes of other clusters, and of nodes whose removal is under way.
  std::vector<node::HeldAddress> held;
  /// Names of nodes of other clusters: pool "b-c" of cluster "a" has the same ones as pool "c" of cluster "a-b".
  std::vector<NodeName> foreign;
  /// Volumes of this cluster that are there, those of nodes that are gone included.
  std::vector<HeldVolume> volumes = {};
  /// Whether they follow nodes that leave hosts that are to be emptied; and the hosts that can take them.
  VolumesOfLeavers leavers = VolumesOfLeavers::stay;
  std::set<HostName> takers{};
  /// Hosts whose agents can hand artifacts to nodes.
  std::set<HostName> handers{};
  /// The node whose place is to be explained.
  std::optional<NodeName> explained = std::nullopt;
  /// What a person asks for besides: names of pools and nodes that alone may change, nodes to make anew, and
  /// nodes to switch off and on again.
  std::vector<std::string> targets{};
  std::vector<NodeName> replace{};
  std::vector<NodeName> restart{};
  /// The targets are a person's: frozen nodes among them are meant as well.
  bool byPerson = true;
  /// As of the revision in force; and what a new one would be called.
  Protections protections{};
  Revision next{};
  /// Where nodes ask before they reboot; empty when nobody answers there.
  std::optional<spec::LockServer> lockServer{};
  /// Values for the secrets that the nodes need, those that are made for it included; may leave out what is unknown.
  /// Without it stand-ins are written in their place.
  std::function<secret::Values(const std::vector<secret::Wanted>&)> secrets{};
};

struct Outcome {
  /// Empty when the text is no valid spec.
  std::optional<spec::Spec> spec;
  std::vector<node::Blueprint> blueprints;
  /// Of nodes that the plan makes beyond the counts of their pools, to stand in for others (surge.h).
  std::vector<node::Blueprint> standIns;
  layout::Layout layout;
  /// Of Inputs::explained, when the spec has that node; also where not all nodes have a place.
  std::optional<layout::Explanation> explanation;
  Plan plan;
  /// Of each wave.
  std::vector<std::vector<PoolRisk>> risks;
  /// With what this spec adds and takes back.
  Protections protections;
  source::Findings findings;
};

[[nodiscard]] Outcome planCluster(const Inputs& inputs);

/// The same without hosts and image, offline: spec, blueprints and findings; no layout and no plan.
[[nodiscard]] Outcome checkCluster(std::string_view specPath, const source::Files& files,
                                   const spec::Givens& givens = {}, const node::Site& site = {});

}  // namespace berth::change
