// SPDX-License-Identifier: Apache-2.0
//
// A node has one address for life: it keeps the one it has as long as its pool's ranges contain it. A new node with
// index i gets the i-th address of the ranges, or the first free one when another node still has that.
#pragma once

#include <string>
#include <vector>

#include "planner/source/diagnostic.h"
#include "planner/spec/address.h"
#include "planner/spec/model.h"
#include "words/name.h"

namespace berth::node {

/// An address that a node of this or another cluster has now.
struct HeldAddress {
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

/// Allots the addresses of one pool. Makes a finding when other nodes hold so many that they do not suffice.
[[nodiscard]] Allotment allot(const spec::Spec& spec, const spec::Pool& pool, const std::vector<HeldAddress>& held,
                              source::Findings& findings);

}  // namespace berth::node
