// SPDX-License-Identifier: Apache-2.0
//
// Secrets of a cluster as the planner sees them: which ones its nodes need, and what they are. Making, keeping and
// renewing them is the controller's; the planner only writes them where they belong.
//
//   std::vector<secret::Wanted> wanted = node::wantedSecrets(spec, held);   // {"consul/gossip", Kind::key}, …
//   node::compose(spec, files, image, held, values);                       // values.of("consul/gossip")
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/source/diagnostic.h"
#include "words/name.h"

namespace berth::secret {

enum class Kind : std::uint8_t {
  key,          ///< 32 random bytes in base64, as gossip keys and seal keys are
  uuid,         ///< a random one, as ACL tokens are
  authority,    ///< a certificate authority of the cluster's own
  certificate,  ///< of one node, signed by `authority`
  given,        ///< what a person has set, and nobody can make
};

struct Wanted {
  /// Words of lower-case letters, digits and _ - with / between them: "consul/gossip", "tls/prod-server-0".
  std::string name;
  Kind kind = Kind::given;
  /// Of a certificate: what it is valid for, the first is also its subject; for servers and clients alike.
  std::vector<std::string> domains{};
  std::vector<std::string> addresses{};
  /// Of a certificate: the name of the authority that signs it.
  std::string authority{};
  /// Of a certificate: the node that it is for, with which it goes.
  std::optional<NodeName> node{};
  /// Where it is asked for.
  source::Mark where{};

  bool operator==(const Wanted&) const = default;
};

/// What a secret of two parts has them under: an authority has the first alone, its key never reaches the planner. PEM.
[[nodiscard]] std::string certificateOf(std::string_view name);
[[nodiscard]] std::string privateKeyOf(std::string_view name);

/// Values by name. Whatever holds one is a secret itself.
class Values {
public:
  void set(std::string name, std::string value) { values_.insert_or_assign(std::move(name), std::move(value)); }
  /// Null where there is none.
  [[nodiscard]] const std::string* find(std::string_view name) const;
  /// Where there is none, as when a spec is checked offline: "secret:NAME", which nobody takes for a value.
  [[nodiscard]] std::string of(std::string_view name) const;

  bool operator==(const Values&) const = default;

private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace berth::secret
