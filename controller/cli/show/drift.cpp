// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/drift.h"

#include <algorithm>
#include <map>
#include <set>

#include "controller/cli/show/humanise.h"
#include "controller/cli/show/plan_changes.h"
#include "controller/cli/show/text.h"
#include "protocol/message/words.h"

namespace berth::show {

namespace {

/// Of the file of `-o json`; another number means another shape.
constexpr int kDriftFormat = 1;

std::string phaseOf(const message::NodeRow& node) {
  std::string text(message::toString(node.status.phase));
  if (!node.status.reason.empty()) text += ": " + oneLine(node.status.reason);
  return text;
}

/// Agents report addresses with or without the length of their network.
bool has(const std::vector<std::string>& reported, const std::string& address) {
  return std::ranges::any_of(
      reported, [&](const std::string& each) { return each == address || each.starts_with(address + "/"); });
}

}  // namespace

std::vector<Drift> driftOf(const std::vector<message::NodeRow>& nodes, const std::vector<message::HostRow>& hosts) {
  std::map<HostName, const message::HostRow*> byName;
  for (const message::HostRow& host : hosts) byName.emplace(host.name, &host);
  std::vector<Drift> drift;
  for (const message::NodeRow& node : nodes) {
    const auto add = [&](std::string should, std::string is) {
      drift.push_back({node.name, node.host, std::move(should), std::move(is)});
    };
    const auto host = byName.find(node.host);
    const bool isLost = host != byName.end() && host->second->state == message::HostState::lost;
    if (!node.known || isLost) {
      add("ready",
          "unknown: host " + node.host.str() + (isLost ? " is lost" : " has not reported") + ", last " + phaseOf(node));
      continue;
    }
    if (node.status.phase != message::Phase::ready) add("ready", phaseOf(node));
    if (!node.address.empty() && !node.status.addresses.empty() && !has(node.status.addresses, node.address)) {
      std::string reported;
      for (const std::string& each : node.status.addresses) reported += (reported.empty() ? "" : ", ") + oneLine(each);
      add("the address " + node.address, "without it: it has " + reported);
    }
    const bool lags = host != byName.end() && host->second->reached < host->second->desired;
    if (lags && node.status.phase == message::Phase::ready) {
      add("as generation " + std::to_string(host->second->desired.value()) + " of its host has it",
          "at generation " + std::to_string(host->second->reached.value()) + ": its host is at work");
    }
  }
  return drift;
}

std::string driftText(const ClusterName& cluster, std::size_t nodes, const std::vector<Drift>& drift,
                      const Style& style) {
  if (drift.empty()) {
    return "No drift: " + (nodes == 1 ? "the node" : "all " + count(nodes, "node")) + " of cluster " + cluster.str() +
           (nodes == 1 ? " is as it" : " are as they") + " should be.\n";
  }
  std::set<NodeName> names;
  std::size_t widest = 0;
  std::size_t widestHost = 0;
  for (const Drift& each : drift) {
    names.insert(each.node);
    widest = std::max(widest, each.node.str().size());
    widestHost = std::max(widestHost, each.host.str().size());
  }
  std::string out = std::to_string(names.size()) + " of " + count(nodes, "node") + " of cluster " + cluster.str() +
                    (names.size() == 1 ? " is" : " are") + " not as " + (names.size() == 1 ? "it" : "they") +
                    " should be:\n\n";
  for (const Drift& each : drift) {
    const std::string head = "  " + style.paint(padded(each.node.str(), widest), Tone::strong) + "  on " +
                             padded(each.host.str(), widestHost) + "  ";
    out += hanging(head, 2 + widest + 5 + widestHost + 2, "is " + each.is + "; should be " + each.should);
  }
  return out + "\nNothing was changed: agents go on mending what they can.\n";
}

Json driftJson(const ClusterName& cluster, std::size_t nodes, const std::vector<Drift>& drift) {
  Json rows = Json::array();
  for (const Drift& each : drift) {
    rows.push_back({{"node", each.node.str()}, {"host", each.host.str()}, {"should", each.should}, {"is", each.is}});
  }
  return {{"format_version", kDriftFormat}, {"cluster", cluster.str()}, {"nodes", nodes}, {"drift", rows}};
}

}  // namespace berth::show
