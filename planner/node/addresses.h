// SPDX-License-Identifier: Apache-2.0
//
// A node has one address for life: it keeps the one it has as long as its pool's ranges contain it. A new node with
// index i gets the i-th address of the ranges, or the first free one when another node still has that.
//
// What the spec sets for a single node goes before both.
//
//   AddressBook book(spec, 0, held);                                // of the first network
//   for (const spec::Pool& pool : spec.pools) use(book.allot(pool, findings).addresses);
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "planner/source/diagnostic.h"
#include "planner/spec/address.h"
#include "planner/spec/model.h"
#include "words/name.h"

namespace berth::node {

/// An address that a node of this or another cluster has now.
struct HeldAddress {
  ClusterName cluster;
  NodeName node;
  spec::Attachment attachment = spec::Attachment::bridge;
  /// The bridge, libvirt network or interface: the same address in another network is another address.
  std::string network;
  spec::Ipv4 address;
};

struct Allotment {
  /// One per node of the pool, by index; empty under DHCP or when a finding was made.
  std::vector<spec::Ipv4> addresses;
  /// An address was given that a node of this cluster has which leaves.
  bool leaversFirst = false;
};

/// `<cluster>-<pool>-0` and so on, for all nodes of a pool.
[[nodiscard]] std::vector<NodeName> nodeNames(const spec::Spec& spec, const spec::Pool& pool);

class AddressBook {
public:
  /// Of one of the spec's networks, by its number.
  AddressBook(const spec::Spec& spec, std::size_t network, const std::vector<HeldAddress>& held);

  /// Allots the addresses of one pool. Makes a finding when other nodes hold so many that they do not suffice.
  [[nodiscard]] Allotment allot(const spec::Pool& pool, source::Findings& findings);
  /// For a node of the pool with an index beyond its count, once all pools have theirs: the one that it has, or any
  /// that nobody has. Nothing when there is none; not to be asked under DHCP.
  [[nodiscard]] std::optional<spec::Ipv4> allotBeyond(const spec::Pool& pool, std::uint32_t index);

private:
  enum class Tenure { leaving, staying };
  struct Holder {
    NodeName node;
    Tenure tenure = Tenure::staying;
  };
  /// Whether `node` may have the address without anybody leaving first.
  [[nodiscard]] bool isFree(spec::Ipv4 address, const NodeName& node) const;
  [[nodiscard]] bool isLeaving(spec::Ipv4 address) const;
  /// Gives the nodes of a pool what the spec sets for each; false, and a finding, when another node still has it.
  [[nodiscard]] bool giveOwn(const spec::Pool& pool, const std::vector<NodeName>& names,
                             std::vector<std::optional<spec::Ipv4>>& addresses, Allotment& allotment,
                             source::Findings& findings);

  const spec::Spec& spec_;
  const std::size_t network_;
  std::unordered_map<spec::Ipv4, Holder> holders_;
  std::unordered_map<NodeName, spec::Ipv4> own_;
  std::unordered_set<spec::Ipv4> given_;
};

}  // namespace berth::node
