// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/submit.h"

namespace berth::cli {

namespace reply = message::reply;
namespace request = message::request;

namespace {

/// The cluster as it is in force; nothing when it is new.
Result<std::optional<message::ClusterRow>> clusterInForce(const ClusterName& name, Session& session) {
  auto clusters = session.ask<reply::Clusters>(request::GetClusters{});
  if (auto* trouble = std::get_if<Trouble>(&clusters)) return std::move(*trouble);
  for (message::ClusterRow& cluster : std::get<reply::Clusters>(clusters).clusters) {
    if (cluster.name == name) return std::optional(std::move(cluster));
  }
  return std::optional<message::ClusterRow>();
}

}  // namespace

std::optional<message::Submission> submit(const SpecOnDisk& spec, Pin pin, Session& session) {
  const auto failed = [&session](const Trouble& trouble) {
    session.fail(trouble);
    return std::nullopt;
  };
  if (const auto trouble = spec.unreadable()) return failed(*trouble);
  const auto outcome = spec.check(session.world());
  if (!outcome) return std::nullopt;

  auto inForce = clusterInForce(outcome->spec->cluster.value, session);
  if (const Trouble* trouble = troubleOf(inForce)) return failed(*trouble);
  const auto& cluster = std::get<std::optional<message::ClusterRow>>(inForce);
  const message::ClusterRow* pinned = cluster && pin == Pin::keep ? &*cluster : nullptr;
  auto image = resolveImage(outcome->spec->image, pinned, spec.place(), session.world());
  if (const Trouble* trouble = troubleOf(image)) return failed(*trouble);
  return submissionOf(spec, *outcome->spec, std::get<ResolvedImage>(image).image);
}

}  // namespace berth::cli
