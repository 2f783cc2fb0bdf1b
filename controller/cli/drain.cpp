// SPDX-License-Identifier: Apache-2.0
//
// drain and host remove: a host is emptied by the controller, and the person sees what that moves before, and how far
// it is meanwhile.
#include <algorithm>
#include <ostream>
#include <set>

#include "controller/cli/carry_out.h"
#include "controller/cli/commands.h"
#include "controller/cli/show/humanise.h"
#include "controller/cli/show/rows.h"
#include "protocol/message/words.h"

namespace berth::cli {

namespace reply = message::reply;
namespace request = message::request;

namespace {

using namespace std::chrono_literals;

constexpr auto kInterval = 1s;

/// What leaves a host, as plans would have it now.
struct Moves {
  std::size_t nodes = 0;
  bool takesDown = false;
};

Result<std::vector<message::NodeRow>> nodesOn(const HostName& host, Session& session) {
  auto answer = session.ask<reply::Nodes>(request::GetNodes{});
  if (Trouble* trouble = std::get_if<Trouble>(&answer)) return std::move(*trouble);
  auto& nodes = std::get<reply::Nodes>(answer).nodes;
  std::erase_if(nodes, [&](const message::NodeRow& node) { return node.host != host; });
  return std::move(nodes);
}

/// Shows, cluster by cluster, what would go where.
Result<Moves> showMoves(const HostName& host, const message::PlanOptions& options, show::Extent extent,
                        Session& session) {
  auto there = nodesOn(host, session);
  if (Trouble* trouble = std::get_if<Trouble>(&there)) return std::move(*trouble);
  std::set<ClusterName> clusters;
  for (const auto& node : std::get<std::vector<message::NodeRow>>(there)) clusters.insert(node.cluster);
  Moves moves;
  for (const ClusterName& cluster : clusters) {
    auto planned = session.ask<reply::Planned>(request::PlanRevision{cluster, {}, options});
    if (Trouble* trouble = std::get_if<Trouble>(&planned)) return std::move(*trouble);
    const message::PlanRow& plan = std::get<reply::Planned>(planned).plan;
    showPlan(plan, {}, extent, session);
    const show::Tally tally = show::tally(plan);
    moves.takesDown = moves.takesDown || tally.takesNodesDown();
    moves.nodes += tally.move;
  }
  return moves;
}

/// Looks on until the controller has emptied a host, or has given that up.
class Watching {
public:
  Watching(const request::SetDuty& drain, Session& session)
      : host_(drain.host), volumes_(drain.volumes), session_(session) {}

  ExitCode run() {
    auto opened = session_.connection();
    if (const Trouble* trouble = troubleOf(opened)) return session_.fail(*trouble);
    Connection& connection = *std::get<Connection*>(opened);
    connection.heedInterrupts();
    while (true) {
      auto answer = session_.ask<reply::Hosts>(request::GetHosts{});
      if (const Trouble* trouble = troubleOf(answer)) return session_.fail(*trouble);
      const auto& hosts = std::get<reply::Hosts>(answer).hosts;
      const auto host = std::ranges::find(hosts, host_, &message::HostRow::name);
      if (host == hosts.end()) return session_.fail("host " + host_.str() + " was removed meanwhile");
      if (!host->drain) return ended();
      if (host->drain->halted)
        return session_.fail("the drain of " + host_.str() + " is halted", host->drain->waitingFor);
      tell(show::drainOf(*host));
      connection.pause(kInterval);
      if (connection.interrupted()) {
        session_.advise("\nNot following any more; the drain goes on. To see it: berth describe host " + host_.str() +
                        "\nTo end it: berth uncordon " + host_.str() + "\n");
        return ExitCode::interrupted;
      }
    }
  }

private:
  void tell(const std::string& line) {
    if (session_.globals().quiet || std::exchange(said_, line) == line) return;
    session_.world().out << line << "\n" << std::flush;
  }

  ExitCode ended() {
    auto nodes = nodesOn(host_, session_);
    if (const Trouble* trouble = troubleOf(nodes)) return session_.fail(*trouble);
    auto volumes = session_.ask<reply::Volumes>(request::GetVolumes{});
    if (const Trouble* trouble = troubleOf(volumes)) return session_.fail(*trouble);
    std::string staying;
    for (const auto& node : std::get<std::vector<message::NodeRow>>(nodes)) {
      const bool hasVolumes = std::ranges::any_of(std::get<reply::Volumes>(volumes).volumes, [&](const auto& row) {
        return row.node == node.name && row.host == host_;
      });
      if (!hasVolumes || volumes_ != message::DrainVolumes::skip) {
        return session_.fail("the drain of " + host_.str() + " has ended, and " + node.name.str() + " is still there",
                             "See: berth get events");
      }
      staying += (staying.empty() ? "" : ", ") + node.name.str();
    }
    if (session_.globals().quiet) return ExitCode::ok;
    session_.world().out << "Host " << host_.str() << (staying.empty() ? " is empty" : " is drained")
                         << ", and takes no nodes. "
                         << "To let it: berth uncordon " << host_.str() << "\n";
    if (!staying.empty()) session_.world().out << "With their volumes there stay: " << staying << "\n";
    return ExitCode::ok;
  }

  HostName host_;
  message::DrainVolumes volumes_;
  Session& session_;
  std::string said_;
};

}  // namespace

ExitCode run(const command::Drain& drain, Session& session) {
  const auto extent = drain.agreement.diff ? show::Extent::full : show::Extent::brief;
  message::PlanOptions options{.drain = {drain.host}};
  if (drain.volumes == message::DrainVolumes::move) options.volumes = message::PlanOptions::Volumes::move;
  auto shown = showMoves(drain.host, options, extent, session);
  if (const Trouble* trouble = troubleOf(shown)) return session.fail(*trouble);
  if (drain.dryRun) return ExitCode::ok;
  const auto& moves = std::get<Moves>(shown);
  if (moves.takesDown) {
    const std::string what = moves.nodes > 0 ? ", and move " + show::count(moves.nodes, "node") : "";
    const std::string question = "Empty host " + drain.host.str() + what + "? ";
    if (const auto refused = disagreement(question, drain.agreement.yes, session)) return *refused;
  }
  const request::SetDuty empty{drain.host, message::Duty::draining, drain.deadline, drain.volumes};
  auto set = session.ask<reply::Done>(empty);
  if (const Trouble* trouble = troubleOf(set)) return session.fail(*trouble);
  if (!drain.agreement.detach) return Watching(empty, session).run();
  if (!session.globals().quiet) {
    session.world().out << "Host " << drain.host.str() << " is being emptied. See: berth describe host "
                        << drain.host.str() << "\n";
  }
  return ExitCode::ok;
}

ExitCode run(const command::HostRemove& remove, Session& session) {
  auto there = nodesOn(remove.host, session);
  if (const Trouble* trouble = troubleOf(there)) return session.fail(*trouble);
  const bool isEmpty = std::get<std::vector<message::NodeRow>>(there).empty();
  if (!isEmpty) {
    auto shown = showMoves(remove.host, {.drain = {remove.host}}, show::Extent::brief, session);
    if (const Trouble* trouble = troubleOf(shown)) return session.fail(*trouble);
  }
  if (!remove.yes) {
    const std::string how = isEmpty ? "Remove host " : "Empty host ";
    auto agreed = session.confirm(how + remove.host.str() + (isEmpty ? " from the fleet? " : " and remove it? "));
    if (const Trouble* trouble = troubleOf(agreed)) return session.fail(*trouble);
    if (!std::get<bool>(agreed)) return session.fail("nothing was changed");
  }
  if (!isEmpty) {
    const request::SetDuty empty{remove.host, message::Duty::draining};
    auto set = session.ask<reply::Done>(empty);
    if (const Trouble* trouble = troubleOf(set)) return session.fail(*trouble);
    if (const ExitCode code = Watching(empty, session).run(); code != ExitCode::ok) return code;
  }
  auto answer = session.ask<reply::Done>(request::RemoveHost{remove.host});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  if (!session.globals().quiet) session.world().out << "Host " << remove.host.str() << " is removed.\n";
  return ExitCode::ok;
}

}  // namespace berth::cli
