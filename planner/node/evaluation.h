// SPDX-License-Identifier: Apache-2.0
//
// The expressions of a spec once its nodes are known: one interpreter for each piece of the spec, which sees the
// variables of that piece and the nodes of all pools.
//
//   Evaluation evaluation(spec, files, std::move(pools), secrets);
//   auto url = evaluation.compile(*http.urlByNode, findings);
//   auto text = evaluation.textFor(url, node, findings);
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "planner/secret/wanted.h"
#include "planner/source/diagnostic.h"
#include "planner/source/files.h"
#include "planner/spec/model.h"
#include "planner/template/interpreter.h"

namespace berth::node {

class Evaluation {
public:
  /// `secrets` outlive it.
  Evaluation(const spec::Spec& spec, const source::Files& files, std::vector<templates::PoolNodes> pools,
             const secret::Values& secrets);

  [[nodiscard]] const std::vector<templates::PoolNodes>& pools() const { return pools_; }
  /// The one of a piece; made when it is first asked for.
  [[nodiscard]] templates::Interpreter& of(std::uint32_t piece);

  struct Text {
    std::uint32_t piece = 0;
    std::optional<templates::Compiled> compiled;
    source::Mark mark;
  };
  [[nodiscard]] Text compile(const spec::NodeText& text, source::Findings& findings);
  /// Nothing, and a finding, when it fails, is no text, or is sensitive.
  [[nodiscard]] std::optional<std::string> textFor(const Text& text, const templates::Node& node,
                                                   source::Findings& findings);

private:
  const spec::Spec& spec_;
  const source::Files& files_;
  std::vector<templates::PoolNodes> pools_;
  const secret::Values& secrets_;
  std::vector<std::unique_ptr<templates::Interpreter>> interpreters_;
};

}  // namespace berth::node
