// SPDX-License-Identifier: Apache-2.0
//
// Butane says what is wrong in its own way, and some of it only as a warning. Within a spec every finding has its place
// and its way out, and a key that nobody knows is an error: what it was meant to say would be missing on the node.
#pragma once

#include <string>
#include <string_view>

#include "planner/butane/translate.h"
#include "planner/source/diagnostic.h"

namespace berth::node {

/// The findings of translating `text`, which is the file at `path`.
[[nodiscard]] source::Findings findingsOf(const butane::Result& result, const std::string& path, std::string_view text);

}  // namespace berth::node
