// SPDX-License-Identifier: Apache-2.0
//
// A config as JSON, byte for byte as Butane writes it: the order of keys is the schema's, what is absent or empty is
// left out.
#pragma once

#include <string>

#include "planner/ignition/config.h"

namespace berth::ignition {

enum class Layout { compact, pretty };

/// Without a newline at the end. Butane's own fields are not written.
[[nodiscard]] std::string write(const Config& config, Layout layout = Layout::compact);

/// Appends `text` as a JSON string, with `<`, `>`, `&` and the Unicode line separators escaped; bytes that are not
/// UTF-8 become \ufffd.
void appendJsonString(std::string& out, std::string_view text);

}  // namespace berth::ignition
