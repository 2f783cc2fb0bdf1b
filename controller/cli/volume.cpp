// SPDX-License-Identifier: Apache-2.0
//
// volume delete: the one command that takes data away for ever. It shows what would go, and has each name typed.
#include <algorithm>
#include <ostream>

#include "controller/cli/commands.h"
#include "controller/cli/show/humanise.h"
#include "controller/cli/show/rows.h"

namespace berth::cli {

namespace reply = message::reply;
namespace request = message::request;

namespace {

using namespace std::chrono_literals;
using Rows = std::vector<message::VolumeRow>;
using Which = request::DeleteVolumes::Which;

constexpr auto kInterval = 500ms;

std::string nameOf(const Which& which) { return which.node.str() + "/" + which.volume.str(); }

bool isIt(const message::VolumeRow& row, const Which& which) {
  return row.node == which.node && row.volume.name == which.volume && (!which.host || row.host == *which.host);
}

Result<Rows> rowsOf(const std::vector<Which>& volumes, Session& session) {
  auto answer = session.ask<reply::Volumes>(request::GetVolumes{});
  if (Trouble* trouble = std::get_if<Trouble>(&answer)) return std::move(*trouble);
  Rows rows = std::move(std::get<reply::Volumes>(answer).volumes);
  std::erase_if(rows, [&](const auto& row) {
    return std::ranges::none_of(volumes, [&](const Which& which) { return isIt(row, which); });
  });
  return rows;
}

/// Nothing when each name was said once more, by --confirm or by hand.
std::optional<ExitCode> disagreement(const command::VolumeDelete& remove, const std::vector<Which>& volumes,
                                     Session& session) {
  for (const std::string& name : remove.confirmed) {
    if (std::ranges::any_of(volumes, [&](const Which& which) { return nameOf(which) == name; })) continue;
    return session.fail("--confirm " + name + " is none of the volumes that are to be deleted",
                        "It takes the same names: NODE/VOLUME. Nothing was changed.");
  }
  for (const Which& which : volumes) {
    const std::string name = nameOf(which);
    if (std::ranges::find(remove.confirmed, name) != remove.confirmed.end()) continue;
    auto typed =
        session.typed("Type " + name + " to delete it with its data: ", "Name it once more: --confirm " + name);
    if (const Trouble* trouble = troubleOf(typed)) return session.fail(*trouble);
    if (std::get<std::string>(typed) == name) continue;
    session.world().err << "That is another name. Nothing was changed.\n";
    return ExitCode::error;
  }
  return std::nullopt;
}

/// The hosts of these rows that carry nothing out now.
Result<std::vector<HostName>> awayOf(const Rows& rows, Session& session) {
  auto answer = session.ask<reply::Hosts>(request::GetHosts{});
  if (Trouble* trouble = std::get_if<Trouble>(&answer)) return std::move(*trouble);
  std::vector<HostName> away;
  for (const message::HostRow& host : std::get<reply::Hosts>(answer).hosts) {
    const bool isHeard = host.state != message::HostState::lost && host.state != message::HostState::joined;
    if (!isHeard && std::ranges::find(rows, host.name, &message::VolumeRow::host) != rows.end())
      away.push_back(host.name);
  }
  return away;
}

/// Says of each of `rows` that `still` does not have as being deleted that it is gone, and forgets it.
void tellOfGone(Rows& rows, const Rows& still, Session& session) {
  std::erase_if(rows, [&](const message::VolumeRow& row) {
    const bool isStill = std::ranges::any_of(still, [&](const message::VolumeRow& each) {
      return each.node == row.node && each.volume.name == row.volume.name && each.host == row.host &&
             each.state == message::VolumeState::deleting;
    });
    if (!isStill && !session.globals().quiet)
      session.world().out << "Volume " << show::nameOf(row) << " is deleted.\n" << std::flush;
    return !isStill;
  });
}

/// Until all of them are gone, their hosts are away, or Ctrl-C comes.
ExitCode waitUntilGone(Rows rows, const std::vector<Which>& volumes, Session& session) {
  auto opened = session.connection();
  if (const Trouble* trouble = troubleOf(opened)) return session.fail(*trouble);
  Connection& connection = *std::get<Connection*>(opened);
  connection.heedInterrupts();
  while (true) {
    auto still = rowsOf(volumes, session);
    if (const Trouble* trouble = troubleOf(still)) return session.fail(*trouble);
    tellOfGone(rows, std::get<Rows>(still), session);
    auto away = awayOf(rows, session);
    if (const Trouble* trouble = troubleOf(away)) return session.fail(*trouble);
    for (const HostName& host : std::get<std::vector<HostName>>(away)) {
      session.advise("Host " + host.str() + " is not heard; what it has is deleted as soon as it is back.\n");
      std::erase_if(rows, [&](const message::VolumeRow& row) { return row.host == host; });
    }
    if (rows.empty()) return ExitCode::ok;
    connection.pause(kInterval);
    if (connection.interrupted()) return ExitCode::interrupted;
  }
}

}  // namespace

ExitCode run(const command::VolumeDelete& remove, Session& session) {
  std::vector<Which> volumes;
  for (Which which : remove.volumes) {
    which.host = remove.host;
    if (std::ranges::find(volumes, which) == volumes.end()) volumes.push_back(std::move(which));
  }
  auto found = rowsOf(volumes, session);
  if (const Trouble* trouble = troubleOf(found)) return session.fail(*trouble);
  const Rows& rows = std::get<Rows>(found);
  for (const Which& which : volumes) {
    if (std::ranges::any_of(rows, [&](const auto& row) { return isIt(row, which); })) continue;
    return session.fail("there is no volume " + nameOf(which) + (which.host ? " on host " + which.host->str() : ""),
                        "See: berth volume list");
  }
  World& world = session.world();
  if (!session.globals().quiet)
    world.out << show::volumeTable(rows, show::Breadth::narrow).render(world.outStyle, world.width());
  if (const auto refused = disagreement(remove, volumes, session)) return *refused;
  auto answer = session.ask<reply::Done>(request::DeleteVolumes{volumes});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  if (remove.detach) {
    if (!session.globals().quiet) world.out << "They are being deleted. See: berth volume list\n";
    return ExitCode::ok;
  }
  return waitUntilGone(rows, volumes, session);
}

}  // namespace berth::cli
