// SPDX-License-Identifier: Apache-2.0
//
// How long a plan for 10,000 nodes on 1,000 hosts takes: all that a worker of the controller does between the question
// and the bytes of the answer. Cold: every node is new. No-op: all are there and nothing changed; each node's encoded
// spec is taken apart and compared. What the store takes to read them is not in it.
//
//   bench_plan [NODES] [HOSTS]        one JSON object a line, as tests/bench/run prints them
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <variant>

#include <sys/resource.h>

#include "controller/server/planning.h"
#include "protocol/message/envelope.h"
#include "tests/bench/controller/large_cluster.h"

namespace {

using namespace berth;
using namespace berth::bench;
using Clock = std::chrono::steady_clock;

server::World worldOf(std::uint32_t hosts) {
  server::World world;
  world.cluster = *ClusterName::parse("large");
  world.next = Revision(1);
  for (std::uint32_t i = 0; i < hosts; ++i) {
    world.hosts.push_back({.name = *HostName::parse("h" + std::to_string(i)),
                           .zone = std::string(1, static_cast<char>('a' + i % 3)),
                           .labels = {},
                           .capacity = {32, 64_GiB, 1000_GiB},
                           .reserved = {},
                           .state = layout::HostState::ready});
  }
  return world;
}

/// The world once the plan has been carried out.
server::World after(server::World world, server::Proposal proposal, const message::Submission& submission) {
  world.inForce = Revision(1);
  world.next = Revision(2);
  world.current = submission;
  std::size_t at = 0;
  for (auto& change : proposal.changes) {
    change.target.incarnation = Incarnation(1);
    // One spec was written for each change, in their order.
    world.nodes.push_back({change.target, std::move(proposal.specs.at(at++).encoded), change::Health::ready});
  }
  return world;
}

struct Planned {
  server::Proposal proposal;
  double seconds = 0;
};

Planned plan(const message::Submission& submission, const server::World& world) {
  const auto begun = Clock::now();
  auto proposed = server::propose(submission, world);
  if (const auto* error = std::get_if<server::Error>(&proposed)) {
    std::cerr << error->message << "\n";
    for (const auto& each : error->findings) std::cerr << each.message << "\n";
    std::exit(1);
  }
  Planned planned{std::get<server::Proposal>(std::move(proposed)), 0};
  const auto frame =
      message::encode(message::Message<message::Reply>{{}, message::reply::Planned{planned.proposal.row}});
  planned.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  if (frame.size() > message::kMaxMessageBytes) {
    std::cerr << "the answer has " << frame.size() << " bytes, more than a message may have\n";
    std::exit(1);
  }
  return planned;
}

/// What cannot be had for less: each spec is read once from end to end.
double hashing(const server::Proposal& proposal) {
  const auto begun = Clock::now();
  for (const auto& spec : proposal.specs) {
    if (Digest::of(spec.encoded) != spec.digest) std::exit(1);
  }
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

}  // namespace

int main(int count, char** words) {
  const auto nodes = static_cast<std::uint32_t>(count > 1 ? std::atoi(words[1]) : 10'000);
  const auto hosts = static_cast<std::uint32_t>(count > 2 ? std::atoi(words[2]) : 1'000);
  const auto submission = submissionFor(nodes);
  const server::World empty = worldOf(hosts);
  Planned cold = plan(submission, empty);
  std::size_t bytes = 0;
  for (const auto& spec : cold.proposal.specs) bytes += spec.encoded.size();
  const std::string floor = "reading and hashing the " + std::to_string(bytes >> 20) +
                            " MiB of their specs once: " + std::to_string(hashing(cold.proposal)) + " s";
  print("plan_10k_nodes_cold_s", cold.seconds, "s", floor);
  const server::World full = after(empty, std::move(cold.proposal), submission);
  const Planned again = plan(submission, full);
  if (again.proposal.row.unchanged != full.nodes.size()) {
    std::cerr << "something changed\n";
    return 1;
  }
  print("plan_10k_nodes_noop_s", again.seconds, "s", floor);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  print("plan_10k_nodes_rss_mb", static_cast<double>(usage.ru_maxrss) / 1024, "MB",
        "the specs alone, once as they are stored: " + std::to_string(bytes >> 20) + " MB");
  return 0;
}
