// SPDX-License-Identifier: Apache-2.0
//
// describe, and rollout status, which is the description of a rollout.
#include "controller/cli/show/describe.h"

#include <algorithm>
#include <ostream>

#include "controller/cli/commands.h"
#include "controller/cli/follow.h"
#include "controller/cli/show/json.h"

namespace berth::cli {

namespace reply = message::reply;
namespace request = message::request;

ExitCode run(const command::DescribeHost& describe, Session& session) {
  auto hosts = session.ask<reply::Hosts>(request::GetHosts{});
  if (const Trouble* trouble = troubleOf(hosts)) return session.fail(*trouble);
  const auto& rows = std::get<reply::Hosts>(hosts).hosts;
  const auto host = std::ranges::find(rows, describe.host, &message::HostRow::name);
  if (host == rows.end()) return session.fail("there is no host " + describe.host.str(), "See: berth get hosts");
  auto nodes = session.ask<reply::Nodes>(request::GetNodes{});
  if (const Trouble* trouble = troubleOf(nodes)) return session.fail(*trouble);
  auto& there = std::get<reply::Nodes>(nodes).nodes;
  std::erase_if(there, [&](const message::NodeRow& node) { return node.host != describe.host; });
  session.world().out << show::describe(*host, there, session.view());
  return ExitCode::ok;
}

ExitCode run(const command::DescribeNode& describe, Session& session) {
  auto node = session.ask<reply::Node>(request::DescribeNode{describe.node});
  if (const Trouble* trouble = troubleOf(node)) return session.fail(*trouble);
  session.world().out << show::describe(std::get<reply::Node>(node), session.view());
  return ExitCode::ok;
}

ExitCode run(const command::DescribeCluster& describe, Session& session) {
  auto clusters = session.ask<reply::Clusters>(request::GetClusters{});
  if (const Trouble* trouble = troubleOf(clusters)) return session.fail(*trouble);
  const auto& rows = std::get<reply::Clusters>(clusters).clusters;
  const auto cluster = std::ranges::find(rows, describe.cluster, &message::ClusterRow::name);
  if (cluster == rows.end()) {
    return session.fail("there is no cluster " + describe.cluster.str(), "See: berth get clusters");
  }
  auto nodes = session.ask<reply::Nodes>(request::GetNodes{describe.cluster});
  if (const Trouble* trouble = troubleOf(nodes)) return session.fail(*trouble);
  auto rollouts = session.ask<reply::Rollouts>(request::GetRollouts{describe.cluster});
  if (const Trouble* trouble = troubleOf(rollouts)) return session.fail(*trouble);
  session.world().out << show::describe(*cluster, std::get<reply::Nodes>(nodes).nodes,
                                        std::get<reply::Rollouts>(rollouts).rollouts, session.view());
  return ExitCode::ok;
}

ExitCode run(const command::RolloutStatus& status, Session& session) {
  auto answer = session.ask<reply::Rollout>(request::GetRollout{status.id, status.cluster});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  const auto& rollout = std::get<reply::Rollout>(answer);
  if (status.watch) return followRollout(rollout.rollout.id, session);
  const show::Json json = {{"rollout", show::json(rollout.rollout)}, {"changes", show::json(rollout.changes)}};
  switch (status.format) {
    case Format::json: session.world().out << show::jsonText(json); break;
    case Format::yaml: session.world().out << show::yamlText(json); break;
    case Format::table:
    case Format::wide:
    case Format::name: session.world().out << show::describe(rollout, session.view()); break;
  }
  return ExitCode::ok;
}

}  // namespace berth::cli
