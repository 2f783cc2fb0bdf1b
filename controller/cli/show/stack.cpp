// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/stack.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "controller/cli/show/humanise.h"
#include "controller/cli/show/text.h"
#include "protocol/message/words.h"

namespace berth::show {

namespace {

using message::ToolKind;
using message::ToolStatus;

/// Who has not renewed them by now wants to know.
constexpr std::chrono::days kEndsSoon{14};

std::string daysLeft(std::int64_t endsMs, WallTime now) {
  if (endsMs == 0) return {};
  const auto left = std::chrono::milliseconds(endsMs - millis(now));
  if (left.count() < 0) return "ended";
  return std::to_string(std::chrono::floor<std::chrono::days>(left).count()) + "d left";
}

bool endsSoon(std::int64_t endsMs, WallTime now) {
  return endsMs != 0 && std::chrono::milliseconds(endsMs - millis(now)) < kEndsSoon;
}

Tone toneOf(const ToolStatus& tool) {
  if (!message::troubleOf({tool}).empty()) return Tone::bad;
  return tool.state == ToolStatus::State::well ? Tone::good : Tone::busy;
}

bool isServer(const ToolStatus& tool) { return tool.part != ToolStatus::Part::client; }

/// Finds what is to be said of one cluster's tools.
class Remarks {
public:
  Remarks(const std::vector<message::StackToolRow>& declared, const std::vector<message::NodeRow>& nodes,
          const std::vector<ToolRow>& tools, WallTime now)
      : declared_(declared), nodes_(nodes), tools_(tools), now_(now) {}

  std::vector<std::string> find() {
    if (declared_.empty()) say("The spec in force has no stack");
    silentTools();
    silentNodes();
    for (const ToolRow& each : tools_) ofOne(each);
    for (const ToolKind kind : kindsHere()) ofKind(kind);
    certificates();
    return std::move(remarks_);
  }

private:
  void say(std::string remark) { remarks_.push_back(std::move(remark) + "."); }

  void silentTools() {
    const auto kinds = kindsHere();
    for (const message::StackToolRow& each : declared_) {
      if (!kinds.contains(each.kind)) say(std::string(toString(each.kind)) + ": no node says anything of it");
    }
  }

  /// Others of their pool are parts of the stack, so they should be.
  void silentNodes() {
    std::set<PoolName> pools;
    for (const message::NodeRow& each : nodes_) {
      if (!each.status.tools.empty()) pools.insert(each.pool);
    }
    for (const message::NodeRow& each : nodes_) {
      if (!pools.contains(each.pool) || (each.known && !each.status.tools.empty())) continue;
      const std::string phase(toString(each.status.phase));
      say(each.name.str() + " says nothing of its stack: it is " + (each.known ? phase : "on a lost host"));
    }
  }

  void ofOne(const ToolRow& row) {
    if (const std::string trouble = message::troubleOf({row.tool}); !trouble.empty())
      say(row.node.str() + ": " + trouble);
    if (const std::string unease = message::uneaseOf({row.tool}); !unease.empty()) say(row.node.str() + ": " + unease);
    const std::string kind(toString(row.tool.kind));
    if (row.tool.state == ToolStatus::State::uninitialized)
      say(row.node.str() + ": " + kind + " is not initialised yet");
    if (row.tool.acl == ToolStatus::Acl::refused) {
      say(row.node.str() + ": " + kind + " does not take the node's token: its ACLs are not set up, or were changed");
    }
  }

  [[nodiscard]] std::set<ToolKind> kindsHere() const {
    std::set<ToolKind> kinds;
    for (const ToolRow& each : tools_) kinds.insert(each.tool.kind);
    return kinds;
  }

  void ofKind(ToolKind kind) {
    std::map<std::string, NodeName> leaders;
    std::map<std::string, NodeName> versions;
    std::set<NodeName> leading;
    bool hasServers = false;
    for (const ToolRow& each : tools_) {
      if (each.tool.kind != kind) continue;
      hasServers = hasServers || isServer(each.tool);
      if (!each.leader.empty()) leaders.emplace(each.leader, each.node);
      if (!each.tool.version.empty()) versions.emplace(each.tool.version, each.node);
      if (each.tool.part == ToolStatus::Part::leader) leading.insert(each.node);
    }
    const std::string name(toString(kind));
    if (hasServers && leading.empty()) say(name + ": no server says that it leads");
    if (leading.size() > 1) {
      say(name + ": " + leading.begin()->str() + " and " + std::next(leading.begin())->str() +
          " both say that they lead");
    }
    if (leaders.size() > 1) differ(name, "follow different servers", leaders);
    if (versions.size() > 1) differ(name, "run different releases", versions);
  }

  void differ(const std::string& name, const std::string& how, const std::map<std::string, NodeName>& said) {
    std::string list;
    for (const auto& [what, node] : said) list += (list.empty() ? "" : ", ") + node.str() + " " + what;
    say(name + ": nodes " + how + ": " + list);
  }

  void certificates() {
    std::set<NodeName> seen;
    for (const ToolRow& each : tools_) {
      if (!endsSoon(each.certificateEndsMs, now_) || !seen.insert(each.node).second) continue;
      say(each.node.str() + ": its certificate: " + daysLeft(each.certificateEndsMs, now_));
    }
  }

  const std::vector<message::StackToolRow>& declared_;
  const std::vector<message::NodeRow>& nodes_;
  const std::vector<ToolRow>& tools_;
  WallTime now_;
  std::vector<std::string> remarks_;
};

std::vector<ToolRow> toolsOf(const std::vector<message::NodeRow>& nodes,
                             const std::vector<message::SecretRow>& secrets) {
  std::map<std::string, NodeName> byAddress;
  for (const message::NodeRow& each : nodes) byAddress.emplace(each.address, each.name);
  std::map<NodeName, std::int64_t> ends;
  for (const message::SecretRow& each : secrets) {
    if (each.kind == message::SecretKind::certificate && each.inForce) ends[each.node] = each.expiresMs;
  }
  std::vector<ToolRow> tools;
  for (const message::NodeRow& node : nodes) {
    if (!node.known) continue;
    const auto end = ends.find(node.name);
    for (const ToolStatus& tool : node.status.tools) {
      const auto leader = byAddress.find(tool.leader);
      tools.push_back({node.name, node.host, tool, leader == byAddress.end() ? tool.leader : leader->second.str(),
                       end == ends.end() ? 0 : end->second});
    }
  }
  std::ranges::stable_sort(tools, {},
                           [](const ToolRow& each) { return std::tuple(each.tool.kind, !isServer(each.tool)); });
  return tools;
}

}  // namespace

Stack stackOf(const std::vector<message::StackToolRow>& declared, const std::vector<message::NodeRow>& nodes,
              const std::vector<message::SecretRow>& secrets, WallTime now) {
  Stack stack{toolsOf(nodes, secrets), {}};
  stack.remarks = Remarks(declared, nodes, stack.tools, now).find();
  return stack;
}

Table stackTable(const std::vector<ToolRow>& tools, Breadth breadth, WallTime now) {
  Table table(columns({{"TOOL"}, {"NODE"}, {"PART"}, {"STATE"}, {"VERSION"}, {"VOTERS", Align::right}, {"CERTIFICATE"}},
                      {{"LEADER"}, {"ACL"}, {"HOST"}}, breadth));
  for (const ToolRow& each : tools) {
    const ToolStatus& tool = each.tool;
    std::vector<Cell> row = {
        {std::string(toString(tool.kind))},
        {each.node.str()},
        {std::string(toString(tool.part))},
        {std::string(toString(tool.state)), toneOf(tool)},
        {tool.version},
        {tool.voters == 0 ? "" : std::to_string(tool.voters)},
        {daysLeft(each.certificateEndsMs, now), endsSoon(each.certificateEndsMs, now) ? Tone::bad : Tone::plain}};
    const std::string acl = tool.acl == ToolStatus::Acl::untold ? "" : std::string(toString(tool.acl));
    append(row, {{each.leader}, {acl}, {each.host.str()}}, breadth);
    table.add(std::move(row));
  }
  return table;
}

Json stackJson(const Stack& stack) {
  Json tools = Json::array();
  for (const ToolRow& each : stack.tools) {
    Json row = json(each.tool);
    row["node"] = each.node.str();
    row["host"] = each.host.str();
    row["leader_node"] = each.leader.empty() ? Json(nullptr) : Json(each.leader);
    const std::string ends = timestamp(each.certificateEndsMs);
    row["certificate_ends"] = ends.empty() ? Json(nullptr) : Json(ends);
    tools.push_back(std::move(row));
  }
  return {{"tools", std::move(tools)}, {"remarks", stack.remarks}};
}

}  // namespace berth::show
