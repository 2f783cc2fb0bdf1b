// SPDX-License-Identifier: Apache-2.0
//
// volume: the commands that take data away for ever, or copy it. What would be lost is shown, and has to be named once
// more. The orders belong to the controller: here they are only waited for.
#include <algorithm>
#include <cctype>
#include <functional>
#include <ostream>
#include <set>

#include "controller/cli/commands.h"
#include "controller/cli/show/humanise.h"
#include "controller/cli/show/rows.h"
#include "controller/cli/show/text.h"

namespace berth::cli {

namespace reply = message::reply;
namespace request = message::request;

namespace {

using namespace std::chrono_literals;
using message::SnapshotState;
using message::VolumeRow;
using message::VolumeState;
using request::VolumeChoice;
using Rows = std::vector<VolumeRow>;

constexpr auto kInterval = 500ms;

std::string nameOf(const VolumeChoice& choice) {
  return choice.node.str() + "/" + choice.volume.str() +
         (choice.snapshot.empty() ? std::string() : "@" + choice.snapshot.str());
}

bool isOf(const VolumeRow& row, const VolumeChoice& choice) {
  return row.node == choice.node && row.volume.name == choice.volume && (!choice.host || row.host == *choice.host);
}

const message::SnapshotRow* snapshotOf(const VolumeRow& row, const message::SnapshotName& name) {
  const auto found = std::ranges::find(row.snapshots, name, &message::SnapshotRow::name);
  return found == row.snapshots.end() ? nullptr : &*found;
}

/// The volumes of all that are named.
Result<Rows> rowsOf(const std::vector<VolumeChoice>& choices, Session& session) {
  auto answer = session.ask<reply::Volumes>(request::GetVolumes{});
  if (Trouble* trouble = std::get_if<Trouble>(&answer)) return std::move(*trouble);
  Rows rows = std::move(std::get<reply::Volumes>(answer).volumes);
  std::erase_if(rows, [&](const VolumeRow& row) {
    return std::ranges::none_of(choices, [&](const VolumeChoice& choice) { return isOf(row, choice); });
  });
  return rows;
}

/// What is named and is not there.
std::optional<Trouble> missing(const std::vector<VolumeChoice>& choices, const Rows& rows) {
  for (const VolumeChoice& choice : choices) {
    const auto isIt = [&](const VolumeRow& row) {
      return isOf(row, choice) && (choice.snapshot.empty() || snapshotOf(row, choice.snapshot) != nullptr);
    };
    if (std::ranges::any_of(rows, isIt)) continue;
    const bool isVolume = choice.snapshot.empty();
    return Trouble{"there is no " + std::string(isVolume ? "volume " : "snapshot ") + nameOf(choice) +
                       (choice.host ? " on host " + choice.host->str() : ""),
                   isVolume ? "See: berth volume list" : "See: berth volume snapshots"};
  }
  return std::nullopt;
}

/// What is about to be lost.
void showRows(const std::vector<VolumeChoice>& choices, const Rows& rows, Session& session) {
  if (session.globals().quiet) return;
  World& world = session.world();
  Rows whole = rows;
  std::erase_if(whole, [&](const VolumeRow& row) {
    return std::ranges::none_of(choices, [&](const auto& each) { return each.snapshot.empty() && isOf(row, each); });
  });
  auto snapshots = show::snapshotsOf(rows);
  std::erase_if(snapshots, [&](const show::Snapshot& each) {
    return std::ranges::none_of(
        choices, [&](const auto& choice) { return isOf(each.of, choice) && choice.snapshot == each.row.name; });
  });
  if (!whole.empty())
    world.out << show::volumeTable(whole, show::Breadth::narrow).render(world.outStyle, world.width());
  if (!snapshots.empty())
    world.out << show::snapshotTable(snapshots, world.clock.wall()).render(world.outStyle, world.width());
}

/// Nothing when each name was said once more, by --confirm or by hand.
std::optional<ExitCode> disagreement(const std::vector<std::string>& names, const std::vector<std::string>& confirmed,
                                     const std::string& toDo, Session& session) {
  for (const std::string& name : confirmed) {
    if (std::ranges::find(names, name) != names.end()) continue;
    return session.fail("--confirm " + name + " is none of the names that are meant",
                        "Wanted: " + names.front() + ". Nothing was changed.");
  }
  for (const std::string& name : names) {
    if (std::ranges::find(confirmed, name) != confirmed.end()) continue;
    auto typed = session.typed("Type " + name + " to " + toDo + ": ", "Name it once more: --confirm " + name);
    if (const Trouble* trouble = troubleOf(typed)) return session.fail(*trouble);
    if (std::get<std::string>(typed) == name) continue;
    session.world().err << "That is another name. Nothing was changed.\n";
    return ExitCode::error;
  }
  return std::nullopt;
}

/// Of one thing that was ordered: what to say when it is done.
struct Awaited {
  HostName host;
  std::string done;
  std::function<bool(const Rows&)> isDone;
};

/// Waits with a person for what was ordered, and says what holds it up.
class Waiting {
public:
  Waiting(std::vector<Awaited> awaited, const std::vector<VolumeChoice>& choices, Session& session)
      : awaited_(std::move(awaited)), choices_(choices), session_(session) {}

  /// Until all of it is done, the hosts of what is left are away, or Ctrl-C comes.
  ExitCode run() {
    auto opened = session_.connection();
    if (const Trouble* trouble = troubleOf(opened)) return session_.fail(*trouble);
    Connection& connection = *std::get<Connection*>(opened);
    connection.heedInterrupts();
    while (true) {
      auto volumes = rowsOf(choices_, session_);
      if (const Trouble* trouble = troubleOf(volumes)) return session_.fail(*trouble);
      tellOfDone(std::get<Rows>(volumes));
      if (awaited_.empty()) return ExitCode::ok;
      auto hosts = session_.ask<reply::Hosts>(request::GetHosts{});
      if (const Trouble* trouble = troubleOf(hosts)) return session_.fail(*trouble);
      for (const message::HostRow& host : std::get<reply::Hosts>(hosts).hosts) lookAt(host);
      if (awaited_.empty()) return ExitCode::ok;
      connection.pause(kInterval);
      if (connection.interrupted()) {
        session_.advise("It goes on. See: berth volume list\n");
        return ExitCode::interrupted;
      }
    }
  }

private:
  void tellOfDone(const Rows& rows) {
    std::erase_if(awaited_, [&](const Awaited& each) {
      const bool isDone = each.isDone(rows);
      if (isDone && !session_.globals().quiet) session_.world().out << each.done << "\n" << std::flush;
      return isDone;
    });
  }

  void lookAt(const message::HostRow& host) {
    if (std::ranges::find(awaited_, host.name, &Awaited::host) == awaited_.end()) return;
    if (host.state == message::HostState::lost || host.state == message::HostState::joined) {
      session_.advise("Host " + host.name.str() + " is not heard; it is done there as soon as it is back.\n");
      std::erase_if(awaited_, [&](const Awaited& each) { return each.host == host.name; });
    }
    // Said by the agent of each order that it cannot carry out.
    for (const std::string& condition : host.conditions) {
      const bool isAbout = std::ranges::any_of(
          choices_, [&](const auto& each) { return condition.starts_with(each.node.str() + ": this host is to "); });
      if (isAbout && said_.insert(condition).second)
        session_.advise("On " + host.name.str() + ", " + show::oneLine(condition) + "\n");
    }
  }

  std::vector<Awaited> awaited_;
  const std::vector<VolumeChoice>& choices_;
  Session& session_;
  std::set<std::string> said_;
};

/// Neither it, nor a sign of it: what is there under its name by now is not being deleted.
bool isDeleted(const Rows& rows, const VolumeChoice& choice) {
  return std::ranges::none_of(rows, [&](const VolumeRow& row) {
    if (!isOf(row, choice)) return false;
    if (choice.snapshot.empty()) return row.state == VolumeState::deleting;
    const auto* snapshot = snapshotOf(row, choice.snapshot);
    return snapshot != nullptr && snapshot->state == SnapshotState::deleting;
  });
}

ExitCode detached(Session& session) {
  if (!session.globals().quiet) session.world().out << "It is ordered. See: berth volume list\n";
  return ExitCode::ok;
}

/// "at-20261126-090507", by the clock of whoever asks, in UTC.
message::SnapshotName nameFor(WallTime now) {
  std::string name = "at-";
  for (const char c : show::timestamp(show::millis(now))) {
    if (c == 'T') name += '-';
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) name += c;
  }
  return message::SnapshotName::parse(name).value_or(message::SnapshotName());
}

}  // namespace

ExitCode run(const command::VolumeDelete& remove, Session& session) {
  std::vector<VolumeChoice> volumes;
  std::vector<std::string> names;
  for (VolumeChoice choice : remove.volumes) {
    choice.host = remove.host;
    if (std::ranges::find(volumes, choice) != volumes.end()) continue;
    names.push_back(nameOf(choice));
    volumes.push_back(std::move(choice));
  }
  auto found = rowsOf(volumes, session);
  if (const Trouble* trouble = troubleOf(found)) return session.fail(*trouble);
  const Rows& rows = std::get<Rows>(found);
  if (const auto trouble = missing(volumes, rows)) return session.fail(*trouble);
  showRows(volumes, rows, session);
  if (const auto refused = disagreement(names, remove.confirmed, "delete it with its data", session)) return *refused;
  auto answer = session.ask<reply::Done>(request::DeleteVolumes{volumes});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  if (remove.detach) return detached(session);
  std::vector<Awaited> awaited;
  for (const VolumeChoice& choice : volumes) {
    const auto row = std::ranges::find_if(rows, [&](const VolumeRow& each) { return isOf(each, choice); });
    awaited.push_back({row->host, (choice.snapshot.empty() ? "Volume " : "Snapshot ") + nameOf(choice) + " is deleted.",
                       [choice](const Rows& now) { return isDeleted(now, choice); }});
  }
  return Waiting(std::move(awaited), volumes, session).run();
}

ExitCode run(const command::VolumeSnapshot& take, Session& session) {
  VolumeChoice choice = take.volume;
  choice.host = take.host;
  choice.snapshot = take.name.empty() ? nameFor(session.world().clock.wall()) : take.name;
  auto answer = session.ask<reply::Done>(request::SnapshotVolume{choice});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  if (take.detach) return detached(session);
  const std::vector<VolumeChoice> choices{choice};
  auto found = rowsOf(choices, session);
  if (const Trouble* trouble = troubleOf(found)) return session.fail(*trouble);
  const Rows& rows = std::get<Rows>(found);
  if (rows.empty()) return session.fail("volume " + nameOf(take.volume) + " is gone", "See: berth volume list");
  const auto isMade = [choice](const Rows& now) {
    return std::ranges::none_of(now, [&](const VolumeRow& row) {
      const auto* snapshot = isOf(row, choice) ? snapshotOf(row, choice.snapshot) : nullptr;
      return snapshot != nullptr && snapshot->state == SnapshotState::awaited;
    });
  };
  return Waiting({{rows.front().host, "Snapshot " + nameOf(choice) + " is made.", isMade}}, choices, session).run();
}

ExitCode run(const command::VolumeRestore& restore, Session& session) {
  VolumeChoice choice = restore.snapshot;
  choice.host = restore.host;
  VolumeChoice volume = choice;
  volume.snapshot = {};
  const std::vector<VolumeChoice> choices{choice};
  auto found = rowsOf(choices, session);
  if (const Trouble* trouble = troubleOf(found)) return session.fail(*trouble);
  const Rows& rows = std::get<Rows>(found);
  if (const auto trouble = missing(choices, rows)) return session.fail(*trouble);
  showRows(choices, rows, session);
  if (const auto refused = disagreement({nameOf(volume)}, restore.confirmed, "replace what it holds now", session))
    return *refused;
  auto answer = session.ask<reply::Done>(request::RestoreVolume{choice});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  if (restore.detach) return detached(session);
  const auto isRestored = [choice](const Rows& now) {
    return std::ranges::none_of(now, [&](const VolumeRow& row) { return isOf(row, choice) && !row.restoring.empty(); });
  };
  return Waiting({{rows.front().host, "Volume " + nameOf(volume) + " is restored from " + choice.snapshot.str() + ".",
                   isRestored}},
                 choices, session)
      .run();
}

}  // namespace berth::cli
