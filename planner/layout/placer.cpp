// SPDX-License-Identifier: Apache-2.0
#include "planner/layout/placer.h"

#include <algorithm>
#include <tuple>

#include "planner/layout/candidates.h"
#include "planner/layout/words.h"

namespace berth::layout {

namespace {

/// Shorter numbers are smaller ones.
bool comesFirst(const Node* left, const Node* right) {
  const std::string& a = left->name.str();
  const std::string& b = right->name.str();
  return std::tuple(a.size(), std::string_view(a)) < std::tuple(b.size(), std::string_view(b));
}

/// What a node of the group takes of the largest hosts, in millionths.
std::uint32_t weightOf(const Group& group, const std::vector<Host>& largest) {
  return Ledger(largest).usedShareWith(0, group.needs);
}

std::vector<Host> largestOf(const std::vector<Host>& hosts) {
  Host largest;
  for (const Host& host : hosts) {
    largest.capacity.vcpus = std::max(largest.capacity.vcpus, host.capacity.vcpus);
    largest.capacity.memory = std::max(largest.capacity.memory, host.capacity.memory);
    largest.capacity.disk = std::max(largest.capacity.disk, host.capacity.disk);
    largest.capacity.volumes = std::max(largest.capacity.volumes, host.capacity.volumes);
  }
  return {largest};
}

bool followsOneOf(const Board& board, GroupIndex group, const std::vector<GroupIndex>& waiting) {
  return std::ranges::any_of(board.tiesOf(group), [&](const Board::Tie& tie) {
    return tie.kind == Bond::Kind::near && std::ranges::find(waiting, tie.other) != waiting.end();
  });
}

}  // namespace

std::vector<const Node*> byNumber(const Group& group) {
  std::vector<const Node*> nodes;
  nodes.reserve(group.nodes.size());
  for (const Node& node : group.nodes) nodes.push_back(&node);
  if (!std::ranges::is_sorted(nodes, comesFirst)) std::ranges::stable_sort(nodes, comesFirst);
  return nodes;
}

std::vector<GroupIndex> placingOrder(const Board& board) {
  const auto& groups = board.groups();
  const std::vector<Host> largest = largestOf(board.hosts());
  std::vector<GroupIndex> waiting(groups.size());
  for (GroupIndex group = 0; group < groups.size(); ++group) waiting[group] = group;
  std::ranges::stable_sort(
      waiting, {}, [&](GroupIndex group) { return std::tuple(~weightOf(groups[group], largest), groups[group].name); });
  std::vector<GroupIndex> order;
  while (!waiting.empty()) {
    // In a circle of groups that all follow each other, the first one goes without.
    auto next = std::ranges::find_if(waiting, [&](GroupIndex group) { return !followsOneOf(board, group, waiting); });
    if (next == waiting.end()) next = waiting.begin();
    order.push_back(*next);
    waiting.erase(next);
  }
  return order;
}

Placer::Placer(const std::vector<Host>& hosts, const std::vector<Group>& groups, const std::vector<Present>& present,
               HeldBack heldBack)
    : board_(hosts, groups), present_(present), heldBack_(std::move(heldBack)), order_(placingOrder(board_)) {
  nodes_.reserve(groups.size());
  for (const Group& group : groups) nodes_.push_back(byNumber(group));
  keepPresent();
}

/// First all that is there keeps what it has; only then is it seen who can grow where he is.
void Placer::keepPresent() {
  std::unordered_map<NodeName, const Present*> byNode;
  byNode.reserve(present_.size());
  for (const Present& each : present_) {
    if (const auto host = board_.ledger().find(each.host)) board_.ledger().reserve(*host, each.reserved);
    byNode.emplace(each.node, &each);
  }
  if (byNode.empty()) return;
  for (const GroupIndex group : order_) {
    for (const Node* node : nodes_[group]) {
      const auto found = byNode.find(node->name);
      if (found != byNode.end()) keep(group, *node, *found->second);
    }
  }
}

void Placer::keep(GroupIndex group, const Node& node, const Present& now) {
  const auto host = board_.ledger().find(now.host);
  if (!host) {
    layout_.hosts.emplace(node.name, now.host);
    return;
  }
  const Claim claim = board_.claim(group, node);
  if (const auto cause = board_.excluded(claim, *host)) return leave(node, whyNot(board_, claim, *host, *cause));
  if (const auto cause = board_.crowded(group, *host); cause && *cause != Cause::near) {
    return leave(node, whyNot(board_, claim, *host, *cause));
  }
  const Amount more = growth(now.reserved, claim.needs);
  // A host that has shrunk below its promises keeps its nodes, as long as they do not grow.
  if (more != Amount()) {
    if (const auto cause = board_.lacking(more, *host)) {
      return leave(node,
                   "has no room for it to grow: " + whyNot(board_, {.group = group, .needs = more}, *host, *cause));
    }
    board_.ledger().reserve(*host, more);
  }
  if (now.abandoned || board_.hosts()[*host].state == HostState::draining) {
    const auto held = heldBack_.find(node.name);
    if (claim.pin == nullptr && held == heldBack_.end()) {
      evicted_.insert(node.name);
      return leave(node, now.abandoned ? "is lost" : "is being drained");
    }
    layout_.heldBack.emplace(node.name, claim.pin != nullptr ? claim.pin->reason : held->second);
  }
  board_.put(group, *host);
  layout_.hosts.emplace(node.name, now.host);
}

void Placer::leave(const Node& node, std::string reason) { layout_.leaving.emplace(node.name, std::move(reason)); }

void Placer::checkNearness(GroupIndex group) {
  const bool follows = std::ranges::any_of(board_.tiesOf(group), [](const Board::Tie& tie) {
    return tie.kind == Bond::Kind::near && tie.strength == Strength::rule;
  });
  if (!follows) return;
  for (const Node* node : nodes_[group]) {
    const auto place = layout_.hosts.find(node->name);
    if (place == layout_.hosts.end()) continue;
    const auto host = board_.ledger().find(place->second);
    if (!host || board_.broken(group, Bond::Kind::near, *host) == nullptr) continue;
    leave(*node, whyNot(board_, board_.claim(group, *node), *host, Cause::near));
    board_.lift(group, *host);
    layout_.hosts.erase(place);
    // The turn of those that have only one host to go to is over.
    if (!node->pin) continue;
    const Claim claim = board_.claim(group, *node);
    if (stop_ == node->name) stoppedAt_ = claim;
    layout_.unplaced.push_back({node->name, whyNowhere(board_, claim), whatWouldHelp(board_, claim)});
  }
}

std::vector<Batch> Placer::batchesOf(GroupIndex group, Freedom freedom) const {
  std::vector<Batch> batches;
  for (const Node* node : nodes_[group]) {
    if (node->pin.has_value() != (freedom == Freedom::pinned) || layout_.hosts.contains(node->name)) continue;
    const Claim claim = board_.claim(group, *node);
    const auto same = std::ranges::find_if(batches, [&](const Batch& batch) {
      const bool samePin = claim.pin == nullptr || claim.pin->host == batch.claim.pin->host;
      return batch.claim.needs == claim.needs && samePin;
    });
    if (same != batches.end()) {
      same->nodes.push_back(node);
    } else {
      batches.push_back({claim, {node}});
    }
  }
  return batches;
}

void Placer::placeBatch(const Batch& batch) {
  Candidates candidates(board_, batch.claim);
  for (std::size_t i = 0; i < batch.nodes.size(); ++i) {
    if (stop_ && batch.nodes[i]->name == *stop_) {
      stoppedAt_ = batch.claim;
      return;
    }
    const auto host = candidates.best();
    if (!host) {
      // All that follow are equal, and the board stays as it is.
      const Unplaced why{
          .node = {}, .reason = whyNowhere(board_, batch.claim), .advice = whatWouldHelp(board_, batch.claim)};
      for (std::size_t rest = i; rest < batch.nodes.size(); ++rest) {
        if (stop_ && batch.nodes[rest]->name == *stop_) stoppedAt_ = batch.claim;
        layout_.unplaced.push_back({batch.nodes[rest]->name, why.reason, why.advice});
      }
      return;
    }
    board_.ledger().reserve(*host, batch.claim.needs);
    board_.put(batch.claim.group, *host);
    layout_.hosts.emplace(batch.nodes[i]->name, board_.hosts()[*host].name);
    candidates.took(*host);
  }
}

void Placer::placeAll() {
  for (const Freedom freedom : {Freedom::pinned, Freedom::free}) {
    for (const GroupIndex group : order_) {
      if (freedom == Freedom::free) checkNearness(group);
      for (const Batch& batch : batchesOf(group, freedom)) {
        if (stopped()) return;
        placeBatch(batch);
      }
    }
  }
}

Layout Placer::run() {
  placeAll();
  return std::move(layout_);
}

std::optional<Claim> Placer::runUpTo(const NodeName& node) {
  stop_ = node;
  placeAll();
  return stoppedAt_;
}

const HostName* Layout::hostOf(const NodeName& node) const {
  const auto found = hosts.find(node);
  return found == hosts.end() ? nullptr : &found->second;
}

Layout place(const std::vector<Host>& hosts, const std::vector<Group>& groups, const std::vector<Present>& present) {
  // Who leaves a draining host and finds no other place stays: nothing is lost by that, and the rest of the plan can be
  // had. He is then in the way of others from the beginning, so all is placed again. That may leave others without a
  // place; before that goes on for ever, all stay.
  constexpr int kRounds = 3;
  Placer::HeldBack heldBack;
  for (int round = 1;; ++round) {
    Placer placer(hosts, groups, present, heldBack);
    Layout layout = placer.run();
    const std::size_t before = heldBack.size();
    for (const Unplaced& each : layout.unplaced) {
      if (placer.isEvicted(each.node)) heldBack.emplace(each.node, each.reason);
    }
    if (heldBack.size() == before) return layout;
    if (round < kRounds) continue;
    for (const NodeName& node : placer.evicted()) heldBack.emplace(node, "others would have no place");
  }
}

}  // namespace berth::layout
