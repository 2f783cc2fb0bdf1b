// SPDX-License-Identifier: Apache-2.0
//
// The secrets of clusters as the server handles them: opened for a plan, sealed for the store, and swept when nobody
// needs them any more.
//
//   world.secrets = vault.open(core.ledger(), cluster, moment);        // on the loop, before a plan
//   vault.keep(cluster, proposal.drafts);                              // a plan that is only looked at
//   vault.putInForce(core.ledger(), cluster, bringing, by, moment);    // a plan that is applied, in its turn
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controller/fleet/ledger.h"
#include "controller/secrets/drafts.h"
#include "controller/secrets/master_key.h"
#include "controller/secrets/provide.h"
#include "controller/server/core.h"
#include "protocol/message/operator.h"

namespace berth::server {

/// What an apply brings of secrets.
struct Bringing {
  std::vector<secrets::Draft> drafts;
  /// Certificates that nobody wants any more.
  std::vector<std::string> unwanted{};
  /// A person applies: what was set or rotated since is in force from now on.
  secrets::Use use = secrets::Use::newest;
};

class Vault {
public:
  /// `key` outlives the vault.
  Vault(const secrets::MasterKey& key, std::chrono::seconds certificateLifetime)
      : key_(key), certificateLifetime_(certificateLifetime) {}

  /// All that there is of the cluster's, with the drafts; an error where something in the store does not open.
  [[nodiscard]] std::variant<secrets::Holdings, message::reply::Error> open(const fleet::Ledger& ledger,
                                                                            const ClusterName& cluster,
                                                                            const fleet::Moment& moment) const;
  /// The value of one; nothing where it does not open.
  [[nodiscard]] std::optional<std::string> open(const store::SecretRecord& record) const;

  void keep(const ClusterName& cluster, const std::vector<secrets::Draft>& drafts) { drafts_.keep(cluster, drafts); }
  void putInForce(fleet::Ledger& ledger, const ClusterName& cluster, const Bringing& bringing, const OperatorName& by,
                  const fleet::Moment& moment);
  /// For the next apply, in place of what waits already.
  void putAside(fleet::Ledger& ledger, const ClusterName& cluster, const secrets::Draft& draft, const OperatorName& by,
                const fleet::Moment& moment);
  /// All versions.
  void remove(fleet::Ledger& ledger, const ClusterName& cluster, const std::string& name);

private:
  [[nodiscard]] store::SecretRecord sealed(const fleet::Ledger& ledger, const ClusterName& cluster,
                                           const secrets::Draft& draft, const OperatorName& by,
                                           const fleet::Moment& moment) const;

  const secrets::MasterKey& key_;
  std::chrono::seconds certificateLifetime_;
  secrets::Drafts drafts_;
};

/// Takes away the certificates of nodes that are gone, and the secrets of clusters of which nothing is left: no node,
/// and no volume that may hold what was written under one of them. What waits for an apply stays.
void sweepSecrets(Core& core, const fleet::Moment& moment);

}  // namespace berth::server
