// SPDX-License-Identifier: Apache-2.0
#include "controller/secrets/drafts.h"

#include <algorithm>
#include <utility>

namespace berth::secrets {

void Drafts::keep(const ClusterName& cluster, const std::vector<Draft>& drafts) {
  if (drafts.empty()) return;
  OfCluster of{cluster, {}};
  const auto found = std::ranges::find(clusters_, cluster, &OfCluster::cluster);
  if (found != clusters_.end()) {
    of = std::move(*found);
    clusters_.erase(found);
  }
  for (const Draft& draft : drafts) of.drafts.insert_or_assign(draft.name, draft);
  clusters_.push_back(std::move(of));
  std::size_t count = 0;
  for (const OfCluster& each : clusters_) count += each.drafts.size();
  // The plan that has just been made is kept, however large it is.
  for (; count > most_ && clusters_.size() > 1; clusters_.pop_front()) count -= clusters_.front().drafts.size();
}

std::vector<Draft> Drafts::of(const ClusterName& cluster) const {
  std::vector<Draft> drafts;
  const auto found = std::ranges::find(clusters_, cluster, &OfCluster::cluster);
  if (found == clusters_.end()) return drafts;
  for (const auto& [name, draft] : found->drafts) drafts.push_back(draft);
  return drafts;
}

void Drafts::forget(const ClusterName& cluster) {
  std::erase_if(clusters_, [&](const OfCluster& each) { return each.cluster == cluster; });
}

}  // namespace berth::secrets
