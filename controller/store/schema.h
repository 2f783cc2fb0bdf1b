// SPDX-License-Identifier: Apache-2.0
//
// The tables, and how a file of an older version becomes one of this version: migrations in order, each in a
// transaction of its own, so that a crash leaves the file at one version or the next. What a migration once did is
// never edited; a new version is a new entry at the end.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "controller/store/sqlite.h"

namespace berth::store {

/// "BrtC": marks the file as a controller's store (PRAGMA application_id).
inline constexpr std::int64_t kApplicationId = 0x42727443;

/// Entry n makes version n + 1 of version n (PRAGMA user_version).
[[nodiscard]] std::span<const char* const> migrations();

/// Brings the file from its version up to `version`.
void migrate(Database& db, std::int64_t version);

}  // namespace berth::store
