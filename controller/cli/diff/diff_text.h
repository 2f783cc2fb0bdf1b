// SPDX-License-Identifier: Apache-2.0
//
// What changes between two configs, as a person reads it:
//
//   ~ file /etc/nomad.d/client.hcl: contents changed, 24 → 24 bytes  ← new.bu:14:17
//       @@ -1,2 +1,2 @@
//        region = "eu"
//       -servers = 1
//       +servers = 3
//   + user deploy added  ← new.bu:9:7
//
//   1 changed, 1 added, 0 removed
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "controller/cli/show/json.h"
#include "controller/cli/show/style.h"
#include "planner/ignition/diff.h"

namespace berth::show {

/// Sentences are wrapped at `columns`, if there is a limit; lines of files are not. Empty when there are no
/// differences.
[[nodiscard]] std::string diffText(const std::vector<ignition::Difference>& differences, const Style& style,
                                   std::optional<std::size_t> columns);

/// The list, each with kind, subject, field, line, secret, origin and contents; docs/cli.md describes them.
[[nodiscard]] Json diffJson(const std::vector<ignition::Difference>& differences);

}  // namespace berth::show
