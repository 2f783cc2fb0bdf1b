// SPDX-License-Identifier: Apache-2.0
//
// How `berth` finds its controller: a file of named contexts, each with an address, the controller's public key and
// the person's own key. It holds secrets, so it is written with mode 0600 and refused when others can read it.
//
//   current: quickstart
//   contexts:
//     quickstart:
//       endpoint: "tcp://10.77.0.1:7400"
//       controller_key: "<40 characters of Z85>"
//       public_key: "<40 characters of Z85>"
//       secret_key: "<40 characters of Z85>"
//
//   auto file = readContextFile(defaultContextFile());
//   if (auto* error = std::get_if<ContextFileError>(&file)) …
//   const Context* context = std::get<ContextFile>(file).find("quickstart");
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/identity/endpoint.h"
#include "protocol/identity/keys.h"

namespace berth::identity {

struct Context {
  /// Where the controller listens for operators.
  Endpoint endpoint;
  PublicKey controller;
  /// The person's own.
  KeyPair key;
};

struct ContextFile {
  /// The context that is used when none is named; empty when there is none.
  std::string current;
  std::map<std::string, Context, std::less<>> contexts;

  /// The context of that name, or the current one for an empty name; null when there is no such context.
  [[nodiscard]] const Context* find(std::string_view name) const;
};

/// Why there is no context file: `message` names the file and the line and says what to do; it never holds any key.
struct ContextFileError {
  enum class Kind : std::uint8_t { absent, exposed, malformed, io };
  Kind kind = Kind::io;
  std::string message;
};

/// `$XDG_CONFIG_HOME/berth/config.yaml`, or `~/.config/berth/config.yaml`.
[[nodiscard]] std::filesystem::path defaultContextFile();

/// Refuses a file that anybody but its owner can read or change.
[[nodiscard]] std::variant<ContextFile, ContextFileError> readContextFile(const std::filesystem::path& path);

/// Writes the file with mode 0600, whole or not at all; makes its directory (0700) when there is none. Replaces a file
/// that is there: read it first and add to it.
[[nodiscard]] std::optional<ContextFileError> writeContextFile(const std::filesystem::path& path,
                                                               const ContextFile& file);

}  // namespace berth::identity
