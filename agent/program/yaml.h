// SPDX-License-Identifier: Apache-2.0
//
// As much of YAML as a small configuration file needs: one mapping of keys to words, lists of words, and mappings of
// words. Anchors, tags, documents and deeper nesting are errors.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace berth::program {

struct YamlValue {
  using List = std::vector<std::string>;
  using Mapping = std::map<std::string, std::string>;
  std::size_t line = 0;
  std::variant<std::string, List, Mapping> value;
};

struct YamlError {
  std::size_t line = 0;
  std::string message;
};

/// In the order of the file. An empty text is an empty mapping.
using YamlMapping = std::vector<std::pair<std::string, YamlValue>>;
[[nodiscard]] std::variant<YamlMapping, YamlError> parseYaml(std::string_view text);

}  // namespace berth::program
