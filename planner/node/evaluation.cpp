// SPDX-License-Identifier: Apache-2.0
#include "planner/node/evaluation.h"

namespace berth::node {

using source::error;
using source::Findings;

Evaluation::Evaluation(const spec::Spec& spec, const source::Files& files, std::vector<templates::PoolNodes> pools,
                       const secret::Values& secrets)
    : spec_(spec), files_(files), pools_(std::move(pools)), secrets_(secrets), interpreters_(spec.pieces.size()) {}

templates::Interpreter& Evaluation::of(std::uint32_t piece) {
  auto& interpreter = interpreters_.at(piece);
  if (interpreter == nullptr) {
    const spec::Piece& of = spec_.pieces[piece];
    templates::Scope scope{of.variables, spec_.cluster->str(), of.prefix, of.directory};
    interpreter = std::make_unique<templates::Interpreter>(std::move(scope), &files_);
    interpreter->setPools(&pools_);
    interpreter->setSecrets(&secrets_);
  }
  return *interpreter;
}

Evaluation::Text Evaluation::compile(const spec::NodeText& text, Findings& findings) {
  return {text.piece, of(text.piece).compile(text.text, text.marks, findings),
          text.marks.empty() ? source::Mark() : text.marks.front()};
}

std::optional<std::string> Evaluation::textFor(const Text& text, const templates::Node& node, Findings& findings) {
  if (!text.compiled) return std::nullopt;
  const auto result = of(text.piece).evaluate(*text.compiled, &node, findings);
  if (!result) return std::nullopt;
  auto out = templates::textOf(result->value);
  if (!out) {
    findings.push_back(error(text.mark, "expected text, found " + std::string(templates::describe(result->value)),
                             "of node " + node.name));
  } else if (result->sensitivity == templates::Sensitivity::sensitive) {
    findings.push_back(error(text.mark,
                             "a sensitive value cannot stand here: what the spec says is shown by plan and get",
                             "use it in a Butane file, or nonsensitive() if it gives nothing away"));
    return std::nullopt;
  }
  return out;
}

}  // namespace berth::node
