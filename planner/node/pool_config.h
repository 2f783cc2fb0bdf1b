// SPDX-License-Identifier: Apache-2.0
//
// The Ignition config of a pool: its Butane files translated, merged in their order, and laid over Berth's own layer.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "planner/ignition/config.h"
#include "planner/node/blueprint.h"
#include "planner/node/layer.h"
#include "planner/node/template.h"
#include "planner/source/diagnostic.h"
#include "planner/source/files.h"
#include "planner/spec/model.h"

namespace berth::node {

/// A config cannot be larger: it travels in a message, and firmware hands it to the guest piece by piece.
inline constexpr std::size_t kMaxIgnitionBytes = std::size_t{4} << 20;

/// Translates each Butane file of a spec once, however many pools use it.
class ButaneFiles {
public:
  ButaneFiles(const source::Files& files, std::string filesDir, source::Findings& findings)
      : files_(files), filesDir_(std::move(filesDir)), findings_(findings) {}

  /// Null when it could not be translated; the findings say why.
  [[nodiscard]] const ignition::Config* translated(const spec::Located<std::string>& path);

private:
  const source::Files& files_;
  std::string filesDir_;
  source::Findings& findings_;
  std::map<std::string, std::optional<ignition::Config>> done_;
};

struct PoolConfig {
  /// Takes the words of a node as inOrder() lists them, each as a data URL has it.
  Template text;
  std::shared_ptr<const Origins> origins;
  /// What is allowed and yet hardly meant (lint.h).
  source::Findings advice;
};

/// The name, and the MAC address and address of each network.
[[nodiscard]] std::vector<std::string> inOrder(const Words& words);

/// Nothing, and a finding, when a file cannot be translated or the merged config would be refused by Ignition.
[[nodiscard]] std::optional<PoolConfig> poolConfig(const spec::Spec& spec, const spec::Pool& pool, ButaneFiles& butane,
                                                   source::Findings& findings);

}  // namespace berth::node
