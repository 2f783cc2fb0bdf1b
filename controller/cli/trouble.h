// SPDX-License-Identifier: Apache-2.0
//
// Why a command cannot do what it was asked to: one line that says what failed, and what to do about it. Errors are
// values and travel up to where they are printed, once.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/message/operator.h"

namespace berth::cli {

struct Trouble {
  enum class Kind : std::uint8_t {
    refused,      ///< the controller said no, or what the person gave is wrong: trying again does not help
    unreachable,  ///< nobody answered, or not in time: trying again may help
    interrupted,  ///< the person pressed Ctrl-C
  };

  std::string what;
  /// What to do next; may be empty.
  std::string hint = {};
  Kind kind = Kind::refused;
  /// What the controller found in the files that were sent.
  std::vector<message::FindingRow> findings = {};
};

template <class T>
using Result = std::variant<T, Trouble>;

template <class T>
[[nodiscard]] const Trouble* troubleOf(const Result<T>& result) {
  return std::get_if<Trouble>(&result);
}

}  // namespace berth::cli
