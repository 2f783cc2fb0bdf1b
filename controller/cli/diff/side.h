// SPDX-License-Identifier: Apache-2.0
//
// One of the two texts that `berth diff` compares: Butane or Ignition, told by what stands in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "planner/ignition/config.h"
#include "planner/source/diagnostic.h"
#include "planner/source/files.h"

namespace berth::cli {

enum class Language : std::uint8_t { butane, ignition };

/// Ignition is a JSON object; Butane may be written as one too, but names its variant.
[[nodiscard]] Language languageOf(std::string_view text);

struct Side {
  /// Nothing when the text has errors.
  std::optional<ignition::Config> config;
  source::Findings findings;
};

/// `name` is what marks call the text; `files` is where a Butane text's local names lie.
[[nodiscard]] Side readSide(std::string_view text, const std::string& name, const source::Files& files);

}  // namespace berth::cli
