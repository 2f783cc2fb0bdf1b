// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/variables.h"

#include <filesystem>
#include <fstream>

#include "planner/source/yaml.h"
#include "planner/template/encoding.h"
#include "planner/template/json.h"

namespace berth::cli {

using spec::Given;
using spec::Givens;

namespace {

constexpr source::YamlLimits kLimits{
    .bytes = std::size_t{1} << 20, .depth = 100, .nodes = 100'000, .expanded = 100'000};

Result<std::string> contentOf(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return Trouble{"there is no file of variables " + path, ""};
  // A pipe of a shell, <(…), is as good as a file.
  if (std::filesystem::is_directory(status)) return Trouble{path + " is a directory, not a file of variables", ""};
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::string piece(65'536, '\0');
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0) {
    text.append(piece, 0, static_cast<std::size_t>(file.gcount()));
    if (text.size() > kLimits.bytes) return Trouble{"the file of variables " + path + " is larger than 1 MiB", ""};
  }
  if (file.bad() || !file.is_open()) return Trouble{"cannot read the file of variables " + path, ""};
  return text;
}

/// No line of such a file is ever shown: any of them may be secret.
Trouble wrong(const source::Mark& where, const std::string& what) {
  return {where.file + ":" + std::to_string(where.line) + ":" + std::to_string(where.column) + ": " + what,
          "A file of variables is YAML or JSON: one NAME: VALUE for each variable."};
}

std::optional<Trouble> addFile(const std::string& path, Givens& givens) {
  auto content = contentOf(path);
  if (auto* trouble = std::get_if<Trouble>(&content)) return std::move(*trouble);
  const auto document = source::readYaml(std::get<std::string>(content), path, {.limits = kLimits});
  if (document.failure()) return wrong(document.failure()->where, document.failure()->message);
  if (document.root() == nullptr || document.root()->resolved().isNull()) return std::nullopt;
  const source::YamlNode& root = document.root()->resolved();
  if (!root.isMapping()) return wrong(root.mark(), "expected names and values");
  for (std::size_t i = 0; i < root.size(); ++i) {
    const source::YamlNode& key = root.key(i).resolved();
    if (!key.isScalar()) return wrong(root.key(i).mark(), "expected the name of a variable");
    const auto value = templates::valueOf(root.value(i));
    if (const auto* none = std::get_if<templates::NoValue>(&value)) return wrong(none->where, none->reason);
    givens.push_back({key.text(), templates::jsonOf(std::get<templates::Value>(value)), Given::Form::json,
                      Given::Demand::optional, root.key(i).mark()});
  }
  return std::nullopt;
}

std::optional<Trouble> tooLarge(const Givens& givens) {
  for (const Given& each : givens) {
    if (each.text.size() <= spec::kMaxGivenBytes) continue;
    return Trouble{
        "the value of variable " + each.name + " has more than " + std::to_string(spec::kMaxGivenBytes >> 10) + " KiB",
        "Let the spec read it by file(), or the nodes fetch it."};
  }
  return std::nullopt;
}

}  // namespace

Result<Givens> gatherVariables(const std::vector<VariableOption>& options, const std::string& directory,
                               const World& world) {
  Givens givens;
  // What the environment holds for other specs is no mistake, nor worth a word.
  for (const auto& [name, value] : world.environment) {
    if (!name.starts_with(kVariablePrefix)) continue;
    givens.push_back({name.substr(std::string_view(kVariablePrefix).size()),
                      value,
                      Given::Form::text,
                      Given::Demand::ambient,
                      {name, 0, 0, 0}});
  }
  const std::string beside = directory + kAutoVariables;
  std::error_code error;
  if (std::filesystem::exists(beside, error)) {
    if (auto trouble = addFile(beside, givens)) return *std::move(trouble);
  }
  for (const VariableOption& option : options) {
    if (option.kind == VariableOption::Kind::file) {
      if (auto trouble = addFile(option.text, givens)) return *std::move(trouble);
      continue;
    }
    const auto equals = option.text.find('=');
    const std::string name = option.text.substr(0, equals);
    givens.push_back(
        {name, option.text.substr(equals + 1), Given::Form::text, Given::Demand::declared, {"-v " + name, 0, 0, 0}});
  }
  if (auto trouble = tooLarge(givens)) return *std::move(trouble);
  return givens;
}

}  // namespace berth::cli
