// SPDX-License-Identifier: Apache-2.0
//
// What is otherwise in two Ignition configs, to be read by a person: decoded, as a diff of texts, and without anything
// that not everybody may read on the node itself.
//
//   file /etc/motd
//     @@ -1 +1 @@
//     -This is region eu.
//     +This is region us.
//   file /etc/token: secret, not shown
//   file /usr/local/bin/tool: binary, 812 → 815 bytes, sha256 0a1b2c3d4e5f → 4e5f60718293
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace berth::change {

struct Part {
  /// "file /etc/motd", "unit a.service".
  std::string subject;
  /// What there is to say besides, or in place of, a diff; may be empty.
  std::string note;
  /// Hunks as `diff -u` writes them; may be empty.
  std::string diff;
  bool operator==(const Part&) const = default;
};
using Detail = std::vector<Part>;

/// Nothing for what was added or removed as a whole, which the reasons say; nothing at all where one of the texts is
/// no valid config. Of the parts named in `secret` (node/parts.h) nothing is shown.
[[nodiscard]] Detail detailOf(std::string_view ignitionNow, std::string_view ignitionWanted,
                              const std::set<std::string>& secret = {});

}  // namespace berth::change
