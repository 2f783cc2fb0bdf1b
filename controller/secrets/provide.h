// SPDX-License-Identifier: Apache-2.0
//
// Which values a plan is made with: those that the controller keeps, and new ones where it has none that will do. What
// is made anew is a draft: the store hears of it when the plan is put in force.
//
//   Holdings holdings = …;                                     // opened, for one cluster
//   Provided provided = provide(wanted, holdings, Use::newest);
//   node::compose(spec, files, image, held, provided.values);
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "planner/secret/wanted.h"
#include "planner/source/diagnostic.h"
#include "words/name.h"

namespace berth::secrets {

/// An authority is renewed by hand: it takes two applies.
inline constexpr std::chrono::hours kAuthorityLifetime{24 * 3650};
inline constexpr std::chrono::hours kCertificateLifetime{24 * 365};
/// Clocks of nodes may be behind that of the controller.
inline constexpr std::chrono::minutes kBackdated{10};

/// Made, and in force nowhere yet.
struct Draft {
  std::string name;
  secret::Kind kind = secret::Kind::key;
  /// Of an authority and a certificate, both of their parts (certificates.h).
  std::string value;
  std::optional<NodeName> node{};
  /// 0: never.
  std::int64_t expiresMs = 0;
  bool operator==(const Draft&) const = default;
};

/// A secret that the controller keeps, opened.
struct Kept {
  secret::Kind kind = secret::Kind::key;
  std::string value;
};

/// All that it has of one name.
struct Held {
  std::optional<Kept> inForce{};
  /// Set or rotated since: for the next apply.
  std::optional<Kept> waiting{};
  std::optional<Draft> draft{};
};

struct Holdings {
  ClusterName cluster;
  std::map<std::string, Held, std::less<>> held{};
  std::int64_t nowMs = 0;
  std::chrono::seconds certificateLifetime = kCertificateLifetime;
};

/// Which ones a plan takes first.
enum class Use : std::uint8_t {
  newest,   ///< a person asks: what was set or rotated goes into force
  inForce,  ///< the controller by itself: nodes are made as the others are
};

struct Provided {
  secret::Values values;
  /// Of those that the values are of.
  std::vector<Draft> drafts;
  /// Certificates in force that nobody wants any more.
  std::vector<std::string> unwanted;
  source::Findings findings;
};
[[nodiscard]] Provided provide(const std::vector<secret::Wanted>& wanted, const Holdings& holdings, Use use);

/// A new one in place of `old`. Why there is none, in words, where a person cannot have it made.
[[nodiscard]] std::variant<Draft, std::string> remade(const std::string& name, const Kept& old,
                                                      const Holdings& holdings);

/// "key", "uuid", "authority", "certificate", "given"
[[nodiscard]] std::string_view wordOf(secret::Kind kind);
[[nodiscard]] std::optional<secret::Kind> kindOf(std::string_view word);

/// Less than a third of its time is left: it is made anew with the next plan, and a rollout is begun for it.
[[nodiscard]] bool isToBeRenewed(std::int64_t fromMs, std::int64_t untilMs, std::int64_t nowMs);

}  // namespace berth::secrets
