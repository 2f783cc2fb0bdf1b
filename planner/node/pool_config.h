// SPDX-License-Identifier: Apache-2.0
//
// The Ignition config of a pool's nodes: its Butane files translated, merged in their order, and laid over Berth's own
// layer. Nodes for which every decision comes out alike share one text, of which only words differ (template.h).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "planner/node/blueprint.h"
#include "planner/node/butane_files.h"
#include "planner/node/layer.h"
#include "planner/node/site.h"
#include "planner/node/template.h"
#include "planner/secret/wanted.h"
#include "planner/source/diagnostic.h"
#include "planner/source/files.h"
#include "planner/spec/model.h"
#include "planner/stack/roles.h"

namespace berth::node {

/// A config cannot be larger: it travels in a message, and firmware hands it to the guest piece by piece.
inline constexpr std::size_t kMaxIgnitionBytes = std::size_t{4} << 20;

/// Reads each Butane file of a spec once for each piece that uses it, however many pools do.
class ButaneFiles {
public:
  ButaneFiles(const spec::Spec& spec, const source::Files& files, Evaluation& evaluation, source::Findings& findings)
      : spec_(spec), files_(files), evaluation_(evaluation), findings_(findings) {}

  [[nodiscard]] ButaneFile& at(const spec::Located<std::string>& path, std::uint32_t piece);

private:
  const spec::Spec& spec_;
  const source::Files& files_;
  Evaluation& evaluation_;
  source::Findings& findings_;
  std::map<std::pair<std::string, std::uint32_t>, std::unique_ptr<ButaneFile>> files_read_;
};

/// The name, the MAC address and address of each network, what the node asks for its lock by, and the certificate.
[[nodiscard]] std::vector<std::string> inOrder(const Words& words);

/// What the configs of all pools are written from.
struct Surroundings {
  const spec::Spec& spec;
  const stack::Roster& roster;
  const secret::Values& secrets;
  const Site& site;
};

class PoolConfig {
public:
  PoolConfig(const Surroundings& around, const spec::Pool& pool, ButaneFiles& butane);

  struct OfNode {
    std::string ignition;
    std::shared_ptr<const Origins> origins;
  };
  /// `words` as a data URL has them. Nothing, and findings, when a file cannot be translated, the merged config would
  /// be refused by Ignition, or an expression fails.
  [[nodiscard]] std::optional<OfNode> forNode(const templates::Node& node, const Words& words,
                                              source::Findings& findings);
  /// Finds what is wrong with a pool that has no nodes now.
  void checkWithoutNodes(source::Findings& findings);
  /// What is allowed and yet hardly meant (lint.h) in the configs so far.
  [[nodiscard]] source::Findings advice() const;

private:
  using Answers = std::vector<std::vector<Answer>>;
  struct Variant {
    Template text;
    std::shared_ptr<const Origins> origins;
    source::Findings advice;
  };
  [[nodiscard]] const Variant* variantFor(const Answers& answers, source::Findings& findings);
  [[nodiscard]] std::optional<Variant> make(const Answers& answers, source::Findings& findings) const;

  /// Berth's own layer, and above it that of the stack.
  [[nodiscard]] ignition::Config base(const ignition::Config& user, const Words& words) const;

  const Surroundings& around_;
  const spec::Spec& spec_;
  const spec::Pool& pool_;
  std::vector<ButaneFile*> files_;
  bool good_ = true;
  /// By what was decided.
  std::map<std::string, std::optional<Variant>> variants_;
};

}  // namespace berth::node
