// SPDX-License-Identifier: Apache-2.0
#include "agent/program/config.h"

#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <functional>
#include <iterator>

#include "agent/program/yaml.h"

namespace berth::program {
namespace {

/// Takes a value in; returns what it should have been when it is of the wrong kind.
using Take = std::function<std::optional<std::string>(const YamlValue&, Config&)>;

struct Key {
  std::string_view name;
  Take take;
};

Take text(std::string Config::*member) {
  return [member](const YamlValue& value, Config& config) -> std::optional<std::string> {
    const auto* word = std::get_if<std::string>(&value.value);
    if (word == nullptr || word->empty()) return "a word";
    config.*member = *word;
    return std::nullopt;
  };
}

Take list(std::vector<std::string> reconcile::Policy::*member) {
  return [member](const YamlValue& value, Config& config) -> std::optional<std::string> {
    const auto* words = std::get_if<YamlValue::List>(&value.value);
    if (words == nullptr) return "a list, such as [a, b]";
    config.policy.*member = *words;
    return std::nullopt;
  };
}

Take amount(Bytes message::Capacity::*member) {
  return [member](const YamlValue& value, Config& config) -> std::optional<std::string> {
    const auto* word = std::get_if<std::string>(&value.value);
    const auto bytes = word != nullptr ? Bytes::parse(*word) : std::nullopt;
    if (!bytes || bytes->count() == 0) return "an amount with its unit, such as 64GiB";
    config.policy.capacity.*member = *bytes;
    return std::nullopt;
  };
}

std::optional<std::string> takeStateDirectory(const YamlValue& value, Config& config) {
  const auto* word = std::get_if<std::string>(&value.value);
  if (word == nullptr || !word->starts_with('/')) return "an absolute path";
  config.stateDirectory = *word;
  return std::nullopt;
}

std::optional<std::string> takeLabels(const YamlValue& value, Config& config) {
  const auto* labels = std::get_if<YamlValue::Mapping>(&value.value);
  if (labels == nullptr) return "a mapping, such as { rack: \"7\" }";
  config.labels = *labels;
  return std::nullopt;
}

std::optional<std::string> takeVcpus(const YamlValue& value, Config& config) {
  const auto* word = std::get_if<std::string>(&value.value);
  auto& vcpus = config.policy.capacity.vcpus;
  if (word == nullptr) return "a whole number";
  const auto [end, error] = std::from_chars(word->data(), word->data() + word->size(), vcpus);
  if (error != std::errc() || end != word->data() + word->size() || vcpus == 0) return "a whole number from 1 on";
  return std::nullopt;
}

/// A ratio in hundredths: "4", "1.25".
std::optional<std::uint32_t> hundredths(std::string_view text) {
  double ratio = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ratio, std::chars_format::fixed);
  constexpr double kLeast = 0.1;
  constexpr double kMost = 64;
  if (error != std::errc() || end != text.data() + text.size() || !(ratio >= kLeast && ratio <= kMost)) return {};
  return static_cast<std::uint32_t>(std::lround(ratio * 100));
}

std::optional<std::string> takeOvercommit(const YamlValue& value, Config& config) {
  constexpr const char* kExpected = "a mapping of vcpus and memory to ratios from 0.1 to 64, such as { vcpus: 4 }";
  const auto* ratios = std::get_if<YamlValue::Mapping>(&value.value);
  if (ratios == nullptr) return kExpected;
  for (const auto& [of, text] : *ratios) {
    const auto ratio = hundredths(text);
    if (!ratio || (of != "vcpus" && of != "memory")) return kExpected;
    (of == "vcpus" ? config.policy.overcommit.vcpus : config.policy.overcommit.memory) = *ratio;
  }
  return std::nullopt;
}

std::optional<std::string> takeVolumes(const YamlValue& value, Config& config) {
  constexpr const char* kExpected = "a mapping of pool to the name of a storage pool of libvirt's: { pool: vms }";
  const auto* said = std::get_if<YamlValue::Mapping>(&value.value);
  if (said == nullptr) return kExpected;
  for (const auto& [of, name] : *said) {
    // It goes on lines of its own, and to libvirt.
    const bool isName = !name.empty() && name.find_first_of("\n/") == std::string::npos;
    if (of != "pool" || !isName) return kExpected;
    config.volumePool = name;
  }
  return std::nullopt;
}

std::optional<std::string> takePeers(const YamlValue& value, Config& config) {
  constexpr const char* kExpected =
      "a mapping of listen and announce to endpoints, such as { listen: \"tcp://10.0.0.5:7404\" }";
  const auto* endpoints = std::get_if<YamlValue::Mapping>(&value.value);
  if (endpoints == nullptr) return kExpected;
  for (const auto& [of, text] : *endpoints) {
    const auto endpoint = identity::Endpoint::parse(text);
    if (!endpoint || (of != "listen" && of != "announce")) return kExpected;
    (of == "listen" ? config.peersListen : config.peersAnnounce) = *endpoint;
  }
  if (config.peersAnnounce && !config.peersAnnounce->isConnectable())
    return "such that others can connect: announce needs an address and a port";
  if (config.peersListen && !config.peersAnnounce && !config.peersListen->isConnectable())
    return "with announce, an address and a port that others can connect to, where listen names none";
  return std::nullopt;
}

std::optional<std::string> takeImageHttp(const YamlValue& value, Config& config) {
  const auto* word = std::get_if<std::string>(&value.value);
  if (word == nullptr || (*word != "true" && *word != "false")) return "true or false";
  using Http = reconcile::Policy::PlainHttp;
  config.policy.plainHttp = *word == "true" ? Http::allowed : Http::refused;
  return std::nullopt;
}

std::optional<std::string> takeLog(const YamlValue& value, Config& config) {
  constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};
  const auto* word = std::get_if<std::string>(&value.value);
  for (std::size_t i = 0; word != nullptr && i < kLevels.size(); ++i) {
    if (*word != kLevels[i]) continue;
    config.log = static_cast<LogLevel>(i);
    return std::nullopt;
  }
  return "debug, info, warn or error";
}

std::vector<Key> keys() {
  return {
      {"state_dir", takeStateDirectory},
      {"libvirt", text(&Config::libvirt)},
      {"zone", text(&Config::zone)},
      {"labels", takeLabels},
      {"networks", list(&reconcile::Policy::networks)},
      {"image_directories", list(&reconcile::Policy::imageDirectories)},
      {"image_hosts", list(&reconcile::Policy::imageHosts)},
      {"image_http", takeImageHttp},
      {"max_vcpus", takeVcpus},
      {"max_memory", amount(&message::Capacity::memory)},
      {"max_disk", amount(&message::Capacity::disk)},
      {"volumes", takeVolumes},
      {"max_volumes", amount(&message::Capacity::volumes)},
      {"overcommit", takeOvercommit},
      {"peers", takePeers},
      {"log", takeLog},
  };
}

/// How many letters have to change; for words as short as our keys.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string hint(std::string_view wrong, const std::vector<Key>& known) {
  std::string all;
  for (const auto& key : known) {
    if (distance(wrong, key.name) <= 2) return "did you mean '" + std::string(key.name) + "'?";
    all += (all.empty() ? "" : ", ") + std::string(key.name);
  }
  return "the keys are " + all;
}

}  // namespace

std::variant<Config, ConfigError> parseConfig(std::string_view content, const std::string& name) {
  const auto at = [&](std::size_t line) { return name + ":" + std::to_string(line) + ": "; };
  auto parsed = parseYaml(content);
  if (const auto* error = std::get_if<YamlError>(&parsed)) return ConfigError{at(error->line) + error->message};
  const auto known = keys();
  Config config;
  for (const auto& [word, value] : std::get<YamlMapping>(parsed)) {
    const Key* found = nullptr;
    for (const auto& key : known)
      if (key.name == word) found = &key;
    if (found == nullptr) return ConfigError{at(value.line) + "unknown key '" + word + "'; " + hint(word, known)};
    if (auto expected = found->take(value, config))
      return ConfigError{at(value.line) + "'" + word + "' should be " + *expected};
  }
  return config;
}

std::variant<Config, ConfigError> loadConfig(const std::optional<std::filesystem::path>& path) {
  const std::filesystem::path file = path.value_or(kDefaultConfig);
  std::error_code failed;
  if (!path && !std::filesystem::exists(file, failed)) return Config{};
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return ConfigError{"cannot read " + file.string()};
  return parseConfig(std::string(std::istreambuf_iterator<char>(stream), {}), file.string());
}

}  // namespace berth::program
