// SPDX-License-Identifier: Apache-2.0
//
// What went wrong on the disk, as a value: what was attempted, on which file, and why it failed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>

namespace berth::disks {

struct Error {
  enum class Kind : std::uint8_t {
    temporary,  ///< disk full, too slow, interrupted: trying again may help
    permanent,  ///< cannot work as asked: too small, not there, not permitted
  };
  Kind kind = Kind::temporary;
  std::string attempted;
  std::string object;
  std::string reason;

  [[nodiscard]] std::string str() const { return attempted + " " + object + ": " + reason; }

  /// From errno; no permission and a missing file are permanent, all else may pass.
  [[nodiscard]] static Error fromErrno(std::string attempted, const std::filesystem::path& object, int number);
};

struct Ok {};
template <class T = Ok>
using Result = std::variant<T, Error>;

}  // namespace berth::disks
