// SPDX-License-Identifier: Apache-2.0
//
// get and its --watch. A listing is fetched whole each time; what differs is only how it is shown: painted anew on a
// terminal, what changed as lines elsewhere, and as one document per change for programs.
#include <algorithm>
#include <deque>
#include <ostream>

#include "controller/cli/commands.h"
#include "controller/cli/show/json.h"
#include "controller/cli/show/progress.h"
#include "controller/cli/show/rows.h"

namespace berth::cli {

namespace {

using namespace std::chrono_literals;
namespace reply = message::reply;
namespace request = message::request;
using show::Breadth;

constexpr auto kInterval = 1s;
constexpr std::uint32_t kEventPage = 1000;

/// One answer, in every form that it may be shown in.
struct Listing {
  show::Table table{{}};
  show::Json json;
  std::vector<std::string> names;
  /// Of each row what tells it from all others, and says which one it was when it is gone.
  std::vector<std::string> keys;
  std::string nothing;
};

template <class Row>
std::string nameOf(const Row& row) {
  if constexpr (requires { row.of; }) {
    return show::nameOf(row);
  } else if constexpr (requires { row.name; }) {
    return row.name.str();
  } else if constexpr (requires { row.group; }) {
    return row.node.str();
  } else if constexpr (requires { row.volume; }) {
    return show::nameOf(row);
  } else {
    return std::to_string(row.id.value());
  }
}

/// What no other row has, whatever moves: a volume may be on two hosts.
template <class Row>
std::string keyOf(const Row& row) {
  if constexpr (requires { row.of; }) {
    return nameOf(row) + " on " + row.of.host.str();
  } else if constexpr (requires { row.volume; }) {
    return nameOf(row) + " on " + row.host.str();
  } else {
    return nameOf(row);
  }
}

/// Whether a person means this row by that name; volumes are named by their node, too.
template <class Row>
bool isMeant(const Row& row, const std::string& name) {
  if constexpr (requires { row.of; }) {
    if (row.of.node.str() == name || show::nameOf(row.of) == name) return true;
  } else if constexpr (requires { row.volume; }) {
    if (row.node.str() == name) return true;
  }
  return nameOf(row) == name;
}

/// Only the rows that were named, or what is wrong with a name.
template <class Row>
std::optional<Trouble> keepNamed(std::vector<Row>& rows, const std::vector<std::string>& names,
                                 std::string_view thing) {
  if (names.empty()) return std::nullopt;
  for (const std::string& name : names) {
    if (std::ranges::none_of(rows, [&](const Row& row) { return isMeant(row, name); })) {
      return Trouble{"there is no " + std::string(thing) + " " + name, "See: berth get " + std::string(thing) + "s"};
    }
  }
  std::erase_if(rows, [&](const Row& row) {
    return std::ranges::none_of(names, [&](const std::string& name) { return isMeant(row, name); });
  });
  return std::nullopt;
}

template <class Row>
Listing listingOf(const std::vector<Row>& rows, show::Table table, std::string nothing) {
  Listing listing{std::move(table), show::json(rows), {}, {}, std::move(nothing)};
  for (const Row& row : rows) {
    listing.names.push_back(nameOf(row));
    listing.keys.push_back(keyOf(row));
  }
  return listing;
}

class Lister {
public:
  Lister(const command::Get& get, Session& session)
      : get_(get), session_(session), breadth_(get.format == Format::wide ? Breadth::wide : Breadth::narrow) {}

  [[nodiscard]] Result<Listing> list() {
    const WallTime now = session_.world().clock.wall();
    switch (get_.thing) {
      case Thing::hosts:
        return rows<reply::Hosts>(request::GetHosts{}, &reply::Hosts::hosts, "host",
                                  "No hosts yet. Let one join: berth host token NAME\n",
                                  [&](const auto& rows) { return show::hostTable(rows, breadth_); });
      case Thing::nodes:
        return rows<reply::Nodes>(request::GetNodes{get_.cluster}, &reply::Nodes::nodes, "node", "No nodes.\n",
                                  [&](const auto& rows) { return show::nodeTable(rows, breadth_, now); });
      case Thing::volumes:
        return rows<reply::Volumes>(request::GetVolumes{get_.cluster}, &reply::Volumes::volumes, "volume",
                                    "No volumes.\n",
                                    [&](const auto& rows) { return show::volumeTable(rows, breadth_); });
      case Thing::snapshots: return snapshots(now);
      case Thing::clusters:
        return rows<reply::Clusters>(request::GetClusters{}, &reply::Clusters::clusters, "cluster",
                                     "No clusters yet. Apply a spec: berth apply -f cluster.yaml\n",
                                     [&](const auto& rows) { return show::clusterTable(rows, breadth_); });
      case Thing::rollouts:
        return rows<reply::Rollouts>(request::GetRollouts{get_.cluster}, &reply::Rollouts::rollouts, "rollout",
                                     "No rollouts yet.\n",
                                     [&](const auto& rows) { return show::rolloutTable(rows, breadth_, now); });
      case Thing::locks:
        return rows<reply::Locks>(request::GetLocks{get_.cluster}, &reply::Locks::locks, "lock",
                                  "No node is rebooting for an update of its system, and none asks for it.\n",
                                  [&](const auto& rows) { return show::lockTable(rows, breadth_, now); });
      case Thing::events: break;
    }
    return Trouble{"events are listed otherwise"};
  }

private:
  [[nodiscard]] Result<Listing> snapshots(WallTime now) {
    auto answer = session_.ask<reply::Volumes>(request::GetVolumes{get_.cluster});
    if (auto* trouble = std::get_if<Trouble>(&answer)) return std::move(*trouble);
    auto rows = show::snapshotsOf(std::get<reply::Volumes>(answer).volumes);
    if (auto trouble = keepNamed(rows, get_.names, "snapshot")) {
      trouble->hint = "See: berth volume snapshots";
      return *std::move(trouble);
    }
    return listingOf(rows, show::snapshotTable(rows, now), "No snapshots.\n");
  }

  template <class Reply, class Member, class MakeTable>
  [[nodiscard]] Result<Listing> rows(const message::Request& request, Member member, std::string_view thing,
                                     std::string nothing, MakeTable table) {
    auto answer = session_.ask<Reply>(request);
    if (auto* trouble = std::get_if<Trouble>(&answer)) return std::move(*trouble);
    auto& rows = std::get<Reply>(answer).*member;
    if (auto trouble = keepNamed(rows, get_.names, thing)) return std::move(*trouble);
    return listingOf(rows, table(rows), std::move(nothing));
  }

  const command::Get& get_;
  Session& session_;
  Breadth breadth_;
};

std::vector<std::string> linesOf(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

void print(const Listing& listing, Format format, Session& session) {
  World& world = session.world();
  switch (format) {
    case Format::json: world.out << show::jsonText(listing.json); break;
    case Format::yaml: world.out << show::yamlText(listing.json); break;
    case Format::name:
      for (const std::string& name : listing.names) world.out << name << "\n";
      break;
    case Format::table:
    case Format::wide:
      if (listing.table.empty()) session.advise(listing.nothing);
      world.out << listing.table.render(world.outStyle, format == Format::wide ? std::nullopt : world.width());
      break;
  }
}

/// Without what changes by itself: that a host was heard from a second ago is no news.
show::Json lasting(show::Json rows) {
  for (show::Json& row : rows) row.erase("last_seen_ms");
  return rows;
}

/// Shows a listing again and again.
class Watcher {
public:
  Watcher(Format format, Session& session) : format_(format), session_(session), world_(session.world()) {}

  void show(const Listing& listing) {
    if (format_ == Format::json || format_ == Format::yaml || format_ == Format::name) return document(listing);
    if (world_.outIs == IsTerminal::yes) return paint(listing);
    changedLines(listing);
  }

private:
  void document(const Listing& listing) {
    show::Json rows = lasting(listing.json);
    if (shown_ && *shown_ == rows) return;
    shown_ = std::move(rows);
    if (format_ == Format::json) world_.out << show::jsonLine(listing.json);
    if (format_ == Format::yaml) world_.out << "---\n" << show::yamlText(listing.json);
    if (format_ == Format::name) print(listing, format_, session_);
  }

  void paint(const Listing& listing) {
    const show::Screen screen = world_.screen();
    const std::size_t columns = std::max<std::size_t>(screen.columns, 20) - 1;
    auto lines = linesOf(listing.table.render(world_.outStyle, columns));
    if (lines.empty()) lines = linesOf(listing.nothing);
    const std::size_t room = std::max<std::size_t>(screen.rows, 3) - 1;
    if (lines.size() > room) {
      const std::size_t left = lines.size() - room + 1;
      lines.resize(room - 1);
      lines.push_back("and " + std::to_string(left) + " more");
    }
    world_.out << show::repaint(painted_, lines, screen);
    painted_ = std::move(lines);
  }

  void changedLines(const Listing& listing) {
    const auto lines = linesOf(listing.table.render(world_.outStyle, std::nullopt));
    const show::Json rows = lasting(listing.json);
    for (std::size_t index = 0; index < rows.size(); ++index) {
      const std::string& key = listing.keys.at(index);
      const auto said = said_.find(key);
      if (said != said_.end() && said->second == rows.at(index)) continue;
      if (said_.empty()) world_.out << lines.at(0) << "\n";
      said_[key] = rows.at(index);
      world_.out << lines.at(index + 1) << "\n";
    }
    std::erase_if(said_, [&](const auto& entry) {
      const bool gone = std::ranges::find(listing.keys, entry.first) == listing.keys.end();
      if (gone) world_.out << entry.first << "  is gone\n";
      return gone;
    });
  }

  Format format_;
  Session& session_;
  World& world_;
  std::optional<show::Json> shown_;
  std::vector<std::string> painted_;
  std::map<std::string, show::Json> said_;
};

/// Calls `step` each second until Ctrl-C, until it fails for good, or until nobody reads any more.
ExitCode repeatedly(Session& session, const std::function<std::optional<Trouble>()>& step) {
  auto opened = session.connection();
  if (const Trouble* trouble = troubleOf(opened)) return session.fail(*trouble);
  Connection& connection = *std::get<Connection*>(opened);
  connection.heedInterrupts();
  const auto interrupted = [&session] {
    // The terminal has shown ^C where the prompt would come.
    if (session.world().outIs == IsTerminal::yes) session.world().out << "\n";
    return ExitCode::interrupted;
  };
  bool lost = false;
  while (session.world().isRead()) {
    const auto trouble = step();
    if (connection.interrupted()) return interrupted();
    if (trouble && trouble->kind != Trouble::Kind::unreachable) return session.fail(*trouble);
    if (trouble && !lost) session.advise("The controller does not answer; trying again …\n");
    if (!trouble && lost) session.advise("The controller answers again.\n");
    lost = trouble.has_value();
    session.world().out.flush();
    connection.pause(kInterval);
    if (connection.interrupted()) return interrupted();
  }
  return ExitCode::ok;
}

/// Events after `after`, page by page; the newest `limit` of them.
Result<std::vector<message::EventRow>> eventsAfter(Sequence after, std::size_t limit, Session& session) {
  std::deque<message::EventRow> newest;
  while (true) {
    auto answer = session.ask<reply::Events>(request::GetEvents{after, kEventPage});
    if (auto* trouble = std::get_if<Trouble>(&answer)) return std::move(*trouble);
    auto& events = std::get<reply::Events>(answer).events;
    for (message::EventRow& event : events) {
      after = std::max(after, event.sequence);
      newest.push_back(std::move(event));
      if (newest.size() > limit) newest.pop_front();
    }
    if (events.size() < kEventPage) break;
  }
  return std::vector<message::EventRow>(newest.begin(), newest.end());
}

void printEvents(const std::vector<message::EventRow>& events, const command::Get& get, Session& session) {
  World& world = session.world();
  const Breadth breadth = get.format == Format::wide ? Breadth::wide : Breadth::narrow;
  switch (get.format) {
    case Format::json:
      if (!get.watch) world.out << show::jsonText(show::json(events));
      if (get.watch) {
        for (const message::EventRow& event : events) world.out << show::jsonLine(show::json(event));
      }
      break;
    case Format::yaml:
      if (!get.watch || !events.empty()) world.out << show::yamlText(show::json(events));
      break;
    case Format::table:
    case Format::wide:
    case Format::name: {
      const auto width = get.format == Format::wide ? std::nullopt : world.width();
      world.out << show::eventTable(events, breadth, world.clock.wall()).render(world.outStyle, width);
      break;
    }
  }
}

ExitCode runEvents(const command::Get& get, Session& session) {
  auto first = eventsAfter(Sequence(), get.limit, session);
  if (const Trouble* trouble = troubleOf(first)) return session.fail(*trouble);
  const auto& events = std::get<std::vector<message::EventRow>>(first);
  if (events.empty()) session.advise("No events yet.\n");
  printEvents(events, get, session);
  if (!get.watch) return ExitCode::ok;
  Sequence last = events.empty() ? Sequence() : events.back().sequence;
  return repeatedly(session, [&]() -> std::optional<Trouble> {
    auto more = eventsAfter(last, kEventPage, session);
    if (auto* trouble = std::get_if<Trouble>(&more)) return std::move(*trouble);
    const auto& rows = std::get<std::vector<message::EventRow>>(more);
    if (rows.empty()) return std::nullopt;
    last = rows.back().sequence;
    printEvents(rows, get, session);
    return std::nullopt;
  });
}

}  // namespace

ExitCode run(const command::Get& get, Session& session) {
  if (get.thing == Thing::events) return runEvents(get, session);
  Lister lister(get, session);
  if (!get.watch) {
    const auto listing = lister.list();
    if (const Trouble* trouble = troubleOf(listing)) return session.fail(*trouble);
    print(std::get<Listing>(listing), get.format, session);
    return ExitCode::ok;
  }
  Watcher watcher(get.format, session);
  return repeatedly(session, [&]() -> std::optional<Trouble> {
    auto listing = lister.list();
    if (auto* trouble = std::get_if<Trouble>(&listing)) return std::move(*trouble);
    watcher.show(std::get<Listing>(listing));
    return std::nullopt;
  });
}

}  // namespace berth::cli
