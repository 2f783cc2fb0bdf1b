// SPDX-License-Identifier: Apache-2.0
#include "planner/node/butane_files.h"

#include <algorithm>
#include <array>

#include "planner/butane/translate.h"
#include "planner/node/below.h"
#include "planner/node/butane_findings.h"
#include "planner/spec/expand.h"
#include "planner/template/scan.h"

namespace berth::node {

using source::error;
using source::Findings;
using source::YamlNode;
using source::YamlPath;
using templates::Value;

namespace {

/// Only what cannot change how the rest of a unit is read may stand there as a word.
bool isPlainWord(std::string_view word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@%+=,-";
  return word.find_first_not_of(kPlain) == std::string_view::npos;
}

/// storage.files.N.contents.inline, …append.N.inline; systemd.units.N.contents, …dropins.N.contents
Context contextOf(const YamlPath& path) {
  if (path.size() < 4) return Context::elsewhere;
  const bool isFile = path[0] == "storage" && path[1] == "files" && (path[3] == "contents" || path[3] == "append");
  if (isFile && path.back() == "inline") return Context::dataUrl;
  if (path[0] == "systemd" && path[1] == "units" && path.back() == "contents") return Context::unitText;
  return Context::elsewhere;
}

/// Places that no plan and no table ever shows.
bool mayBeSensitive(const YamlPath& path) {
  constexpr std::array<std::string_view, 5> kHidden{"inline", "contents", "password_hash", "ssh_authorized_keys",
                                                    "value"};
  return std::ranges::any_of(kHidden, [&](std::string_view key) {
    return path.back() == key || (path.size() > 1 && path.back().empty() && path[path.size() - 2] == key);
  });
}

void tellSensitive(const source::Mark& mark, Findings& findings) {
  findings.push_back(error(mark, "a sensitive value cannot stand here: paths, names and the like are shown by plan",
                           "it may stand in inline, contents, password_hash, ssh_authorized_keys and http_headers"));
}

}  // namespace

ButaneFile::ButaneFile(const spec::Located<std::string>& path, std::uint32_t piece, const std::string& filesDir,
                       const source::Files& files, Evaluation& evaluation, Findings& findings)
    : path_(*path), piece_(piece), filesDir_(filesDir), files_(files), evaluation_(evaluation) {
  const auto content = files_.read(path_);
  if (const auto* failure = std::get_if<source::Unreadable>(&content)) {
    findings.push_back(error(path.mark, failure->reason, "paths are relative to the directory of the spec"));
    return;
  }
  text_ = std::get<std::string>(content);
  good_ = true;
  if (!templates::mayHold(text_)) return;
  document_ = source::readYaml(
      text_, path_, {.limits = {}, .circles = source::YamlCircles::keep, .dialect = source::YamlDialect::butane});
  // What is wrong with the YAML is told by the translation of the text as it is.
  if (document_->failure() || document_->root() == nullptr) return;
  const std::size_t before = findings.size();
  places_ = std::make_unique<templates::Places>(text_);
  tree_ = std::make_unique<source::YamlTree>();
  root_ = &tree_->copy(*document_->root(),
                       [&](const YamlNode& scalar, const YamlPath& at) { return settle(scalar, at, findings); });
  good_ = findings.size() == before;
}

const YamlNode* ButaneFile::settle(const YamlNode& scalar, const YamlPath& path, Findings& findings) {
  if (!templates::mayHold(scalar.text())) return nullptr;
  templates::Interpreter& interpreter = evaluation_.of(piece_);
  auto compiled = interpreter.compile(scalar.text(), places_->of(scalar), findings);
  if (!compiled) return nullptr;
  for (const std::string& each : compiled->variables()) uses_[scalar.mark()].insert({piece_, each});
  if (compiled->reach() == templates::Reach::perNode) {
    auto varying = prepare(scalar, path, *std::move(compiled), findings);
    if (!varying) return nullptr;
    YamlNode& kept = tree_->copyScalar(scalar);
    varying->scalar = &kept;
    varying_.push_back(*std::move(varying));
    return &kept;
  }
  const auto result = interpreter.evaluate(*compiled, nullptr, findings);
  if (!result) return nullptr;
  if (result->sensitivity == templates::Sensitivity::sensitive) {
    if (path.empty() || !mayBeSensitive(path)) {
      tellSensitive(compiled->marks().empty() ? scalar.mark() : compiled->marks().front(), findings);
      return nullptr;
    }
    secret_.insert(scalar.mark());
  }
  return &spec::nodeOf(result->value, scalar.mark(), *tree_);
}

std::optional<Varying> ButaneFile::prepare(const YamlNode& scalar, const YamlPath& path, templates::Compiled whole,
                                           Findings& findings) {
  Varying varying;
  varying.context = contextOf(path);
  varying.mayBeSensitive = !path.empty() && mayBeSensitive(path);
  varying.whole = std::move(whole);
  if (varying.context == Context::elsewhere) return varying;
  std::size_t ordinal = 0;
  for (const templates::Piece& piece : templates::scan(scalar.text()).pieces) {
    if (piece.kind == templates::Piece::Kind::literal) {
      varying.pieces.push_back({piece.text, std::nullopt});
      continue;
    }
    const templates::Marks& marks = varying.whole.marks();
    const source::Mark mark = marks.empty() ? scalar.mark() : marks[std::min(ordinal, marks.size() - 1)];
    ++ordinal;
    auto compiled = evaluation_.of(piece_).compile("${{" + piece.text + "}}", {mark}, findings);
    if (!compiled) return std::nullopt;
    varying.pieces.push_back({"", std::move(compiled)});
  }
  return varying;
}

std::optional<std::vector<Answer>> ButaneFile::answersFor(const templates::Node& node, Findings& findings) {
  std::vector<Answer> answers(varying_.size());
  templates::Interpreter& interpreter = evaluation_.of(piece_);
  for (std::size_t i = 0; i < varying_.size(); ++i) {
    const Varying& varying = varying_[i];
    bool asWords = varying.context != Context::elsewhere;
    for (const Varying::Piece& piece : varying.pieces) {
      if (!piece.expression) continue;
      auto result = interpreter.evaluate(*piece.expression, &node, findings);
      if (!result) return std::nullopt;
      if (result->sensitivity == templates::Sensitivity::sensitive) secret_.insert(varying.scalar->mark());
      auto word = templates::textOf(result->value);
      asWords = asWords && word && (varying.context == Context::dataUrl || isPlainWord(*word));
      if (asWords) answers[i].words.push_back(*std::move(word));
    }
    if (asWords) continue;
    answers[i].words.clear();
    auto result = interpreter.evaluate(varying.whole, &node, findings);
    if (!result) return std::nullopt;
    if (result->sensitivity == templates::Sensitivity::sensitive) {
      if (!varying.mayBeSensitive) {
        tellSensitive(varying.whole.marks().empty() ? varying.scalar->mark() : varying.whole.marks().front(), findings);
        return std::nullopt;
      }
      secret_.insert(varying.scalar->mark());
    }
    answers[i].decision = std::move(result->value);
  }
  return answers;
}

std::optional<ignition::Config> ButaneFile::translated(const std::vector<Answer>& answers, const std::string& tokens,
                                                       Findings& findings) {
  if (done_) return *done_;
  const Below local(files_, filesDir_);
  butane::Options options;
  options.file = path_;
  options.files = &local;
  options.legible = tokens;
  source::YamlTree tree;
  std::optional<butane::Result> result;
  if (root_ == nullptr) {
    result = butane::translate(text_, options);
  } else {
    std::size_t word = 0;
    // The same order as the words of the answers, whatever the order of the tree.
    std::map<const YamlNode*, const YamlNode*> instead;
    for (std::size_t i = 0; i < varying_.size(); ++i) {
      const Varying& varying = varying_[i];
      if (answers[i].decision) {
        instead[varying.scalar] = &spec::nodeOf(*answers[i].decision, varying.scalar->mark(), tree);
        continue;
      }
      std::string text;
      for (const Varying::Piece& piece : varying.pieces) {
        text += piece.expression ? tokens + std::to_string(word++) + "z" : piece.literal;
      }
      instead[varying.scalar] = &tree.scalar(varying.scalar->mark(), std::move(text), YamlNode::Style::doubleQuoted);
    }
    const YamlNode& root = tree.copy(*root_, [&](const YamlNode& scalar, const YamlPath&) -> const YamlNode* {
      const auto found = instead.find(&scalar);
      return found == instead.end() ? nullptr : found->second;
    });
    result = butane::translate(root, options);
  }
  Findings found = findingsOf(*result, path_, text_);
  const bool isRight = !source::hasErrors(found);
  findings.insert(findings.end(), found.begin(), found.end());
  std::optional<ignition::Config> config = isRight ? std::move(result->config) : std::nullopt;
  if (varying_.empty()) done_ = config;
  return config;
}

}  // namespace berth::node
