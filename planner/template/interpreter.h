// SPDX-License-Identifier: Apache-2.0
//
// Evaluates the expressions of a text in a closed world: the same text, scope and files always give the same value,
// whatever the text costs is bounded, and nothing outside can be reached.
//
//   Interpreter interpreter(scope, &files);
//   auto url = interpreter.compile("http://${{ node.address }}:${{ var.port }}/", marks, findings);
//   for (const Node& node : nodes) {
//     auto result = interpreter.evaluate(*url, &node, findings);      // nothing, and a finding, when it fails
//   }
//
// Compile once, evaluate for each node. One interpreter is used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "planner/secret/wanted.h"
#include "planner/source/diagnostic.h"
#include "planner/source/files.h"
#include "planner/template/scope.h"

namespace berth::templates {

/// Where the expressions of a text stand, in their order. Where one is missing, the last one stands for it.
using Marks = std::vector<source::Mark>;

/// Whether a text is worth the same for all nodes.
enum class Reach : std::uint8_t { everywhere, perNode };

/// A text with expressions that an interpreter has compiled; of use only with that one.
class Compiled {
public:
  /// perNode when an expression in it names `node`.
  [[nodiscard]] Reach reach() const { return reach_; }
  /// Whether an expression calls nodes(), which takes setPools().
  [[nodiscard]] bool needsPools() const { return needsPools_; }
  /// Whether an expression calls secret().
  [[nodiscard]] bool namesSecrets() const { return namesSecrets_; }
  /// The variables that it names.
  [[nodiscard]] const std::set<std::string>& variables() const { return variables_; }
  /// The members of `node` that it names; "" when it names the node as a whole.
  [[nodiscard]] const std::set<std::string>& nodeMembers() const { return nodeMembers_; }
  [[nodiscard]] const Marks& marks() const { return marks_; }

private:
  friend class Interpreter;
  struct Part {
    std::string literal;
    /// Of an expression, its number in the interpreter.
    std::optional<std::size_t> program;
  };
  std::vector<Part> parts_;
  Marks marks_;
  std::set<std::string> variables_;
  std::set<std::string> nodeMembers_;
  Reach reach_ = Reach::everywhere;
  bool needsPools_ = false;
  bool namesSecrets_ = false;
};

struct Evaluated {
  /// Of a text that is exactly one expression, what that is worth; else text.
  Value value;
  Sensitivity sensitivity = Sensitivity::open;
};

/// Behind it (core.h).
struct Core;

class Interpreter {
public:
  /// `files` may be null: then there are none.
  Interpreter(Scope scope, const source::Files* files);
  ~Interpreter();
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  [[nodiscard]] const Scope& scope() const;
  void setCluster(std::string name);
  /// What nodes("pool") finds; it must outlive the evaluations.
  void setPools(const std::vector<PoolNodes>* pools);
  /// What secret("name") finds; they must outlive the evaluations. Without them it is not known.
  void setSecrets(const secret::Values* secrets);

  /// Nothing, and a finding at its mark, when an expression cannot be read.
  [[nodiscard]] std::optional<Compiled> compile(std::string_view text, Marks marks, source::Findings& findings);
  /// Nothing when it fails, which is a finding at the mark of the expression, or when it rests on an unknown variable,
  /// which is none. `node` may be null for what does not name it.
  [[nodiscard]] std::optional<Evaluated> evaluate(const Compiled& compiled, const Node* node,
                                                  source::Findings& findings);

private:
  std::unique_ptr<Core> core_;
};

}  // namespace berth::templates
