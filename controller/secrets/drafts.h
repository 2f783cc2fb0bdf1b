// SPDX-License-Identifier: Apache-2.0
//
// Drafts of plans that nobody has put in force yet, so that the next plan of the same cluster comes to the same nodes.
// In memory alone: a plan that is only looked at leaves nothing behind.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "controller/secrets/provide.h"

namespace berth::secrets {

class Drafts {
public:
  /// Those of the clusters that were planned longest ago are forgotten beyond so many.
  explicit Drafts(std::size_t most = 10'000) : most_(most) {}

  /// In place of those of the same names.
  void keep(const ClusterName& cluster, const std::vector<Draft>& drafts);
  [[nodiscard]] std::vector<Draft> of(const ClusterName& cluster) const;
  void forget(const ClusterName& cluster);

private:
  struct OfCluster {
    ClusterName cluster;
    std::map<std::string, Draft, std::less<>> drafts;
  };
  std::size_t most_;
  /// The newest last.
  std::deque<OfCluster> clusters_;
};

}  // namespace berth::secrets
