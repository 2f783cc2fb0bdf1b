// SPDX-License-Identifier: Apache-2.0
//
// A plan in a file: what was shown, for people, and the controller's ticket, by which it is carried out. The file is
// JSON, has mode 0600, and holds no secret in clear: the ticket is sealed, and a plan shows none.
#pragma once

#include <filesystem>
#include <string>

#include "controller/cli/trouble.h"
#include "protocol/identity/keys.h"
#include "protocol/message/operator.h"

namespace berth::cli {

struct SavedPlan {
  /// Who made the ticket, and alone can open it.
  identity::PublicKey controller;
  std::string ticket;
};

[[nodiscard]] std::optional<Trouble> savePlan(const std::filesystem::path& path, const identity::PublicKey& controller,
                                              const message::PlanRow& plan);
[[nodiscard]] Result<SavedPlan> readSavedPlan(const std::filesystem::path& path);

}  // namespace berth::cli
