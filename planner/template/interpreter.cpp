// SPDX-License-Identifier: Apache-2.0
#include "planner/template/interpreter.h"

#include <algorithm>

#include "planner/template/core.h"

namespace berth::templates {

using source::error;
using source::Findings;
using source::Mark;

namespace {

const Mark& markAt(const Marks& marks, std::size_t ordinal) {
  static const Mark kNone;
  if (marks.empty()) return kNone;
  return marks[std::min(ordinal, marks.size() - 1)];
}

/// Expressions of several lines stand in block texts, of which each line is one of the file.
Mark lineOf(Mark mark, int line) {
  if (line <= 1 || !mark.known()) return mark;
  mark.line += static_cast<std::uint32_t>(line - 1);
  mark.column = 1;
  mark.length = 0;
  return mark;
}

std::string shownVariable(const Scope& scope, const std::string& name) {
  const auto found = std::ranges::find(scope.variables, name, &Variable::name);
  if (found == scope.variables.end() || found->standing == Variable::Standing::unknown) return "";
  const bool isOpen = found->sensitivity == Sensitivity::open;
  return "var." + name + " = " + (isOpen ? shown(found->value) : "(sensitive)");
}

std::string shownMember(const Node& node, const std::string& member) {
  std::string value;
  if (member == "name") value = shown(Value::of(node.name));
  if (member == "pool") value = shown(Value::of(node.pool));
  if (member == "index") value = shown(Value::of(node.index));
  if (member == "address" && !node.address.empty()) value = shown(Value::of(node.address));
  if (member == "mac") value = shown(Value::of(node.mac));
  return value.empty() ? "" : "node." + member + " = " + value;
}

/// "here var.region = "eu", node.index = 3": what the names of an expression stand for.
std::string inScope(const Scope& scope, const Program& program, const Node* node) {
  std::set<std::string> told;
  for (const auto& path : program.paths) {
    if (path.size() < 2) continue;
    if (path[0] == "var") told.insert(shownVariable(scope, path[1]));
    if (path[0] == "node" && node != nullptr) told.insert(shownMember(*node, path[1]));
    if (path[0] == "cluster" && path[1] == "name") told.insert("cluster.name = " + shown(Value::of(scope.cluster)));
  }
  told.erase("");
  std::string out;
  for (const std::string& each : told) out += (out.empty() ? "here " : ", ") + each;
  if (node != nullptr && program.namesNode) {
    out += (out.empty() ? std::string("of node ") : std::string(", of node ")) + node->name;
  }
  return out;
}

/// node.zone and node.host would depend on where the node goes, and that on what it is.
std::string explained(const std::string& message, const Program& program) {
  for (const auto& path : program.paths) {
    if (path.size() < 2 || path[0] != "node") continue;
    if ((path[1] == "host" || path[1] == "zone") && message.find("\"" + path[1] + "\"") != std::string::npos) {
      return "node." + path[1] + " is not known: where a node goes is decided after what it is";
    }
    if (path[1] == "address" && message.find("\"address\"") != std::string::npos) {
      return "node.address is not known under dhcp: true";
    }
  }
  return message;
}

std::string nothingInText(const Value& value) {
  std::string message = std::string(describe(value)) + " cannot stand in text";
  if (value.isList() || value.isMap()) message += "; join() or jsonencode() makes text of it";
  return message;
}

}  // namespace

Interpreter::Interpreter(Scope scope, const source::Files* files)
    : core_(std::make_unique<Core>(std::move(scope), files)) {}

Interpreter::~Interpreter() = default;

const Scope& Interpreter::scope() const { return core_->scope; }
void Interpreter::setCluster(std::string name) { core_->scope.cluster = std::move(name); }
void Interpreter::setPools(const std::vector<PoolNodes>* pools) { core_->pools = pools; }
void Interpreter::setSecrets(const secret::Values* secrets) { core_->secrets = secrets; }

std::optional<Compiled> Interpreter::compile(std::string_view text, Marks marks, Findings& findings) {
  Compiled out;
  out.marks_ = std::move(marks);
  Scanned scanned = scan(text);
  if (scanned.problem) {
    findings.push_back(
        error(markAt(out.marks_, scanned.problem->ordinal), scanned.problem->message, scanned.problem->hint));
    return std::nullopt;
  }
  std::size_t ordinal = 0;
  bool isGood = true;
  for (Piece& piece : scanned.pieces) {
    if (piece.kind == Piece::Kind::literal) {
      out.parts_.push_back({std::move(piece.text), std::nullopt});
      continue;
    }
    const Mark& mark = markAt(out.marks_, ordinal++);
    auto loaded = core_->load(piece.text, core_->environment);
    if (const auto* failure = std::get_if<Core::Failure>(&loaded)) {
      findings.push_back(error(lineOf(mark, failure->line), failure->message, "see docs/expressions.md"));
      isGood = false;
      continue;
    }
    const Program& program = core_->chunks[std::get<std::size_t>(loaded)].program;
    out.parts_.push_back({{}, std::get<std::size_t>(loaded)});
    out.variables_.insert(program.variables.begin(), program.variables.end());
    if (program.reachesAnyVariable) {
      for (const Variable& each : core_->scope.variables) out.variables_.insert(each.name);
    }
    if (program.namesNode) out.reach_ = Reach::perNode;
    for (const auto& path : program.paths) {
      if (path.front() == "node") out.nodeMembers_.insert(path.size() > 1 ? path[1] : "");
    }
    out.needsPools_ = out.needsPools_ || program.namesNodes;
    out.namesSecrets_ = out.namesSecrets_ || program.namesSecrets;
  }
  if (!isGood) return std::nullopt;
  return out;
}

std::optional<Evaluated> Interpreter::evaluate(const Compiled& compiled, const Node* node, Findings& findings) {
  Evaluated out;
  std::string text;
  std::size_t ordinal = 0;
  const bool isOne = compiled.parts_.size() == 1;
  for (const Compiled::Part& part : compiled.parts_) {
    text += part.literal;
    if (!part.program) continue;
    const Mark& mark = markAt(compiled.marks_, ordinal++);
    core_->begin(node);
    auto result = core_->run(*part.program);
    core_->end();
    if (core_->restsOnUnknown) return std::nullopt;
    const Program& program = core_->chunks[*part.program].program;
    const auto fail = [&](const std::string& message, int line) {
      findings.push_back(error(lineOf(mark, line), explained(message, program), inScope(core_->scope, program, node)));
      return std::nullopt;
    };
    if (const auto* failure = std::get_if<Core::Failure>(&result)) return fail(failure->message, failure->line);
    if (core_->isSensitive()) out.sensitivity = Sensitivity::sensitive;
    Value& value = std::get<Value>(result);
    if (isOne) {
      out.value = std::move(value);
      return out;
    }
    const auto own = textOf(value);
    if (!own) return fail(nothingInText(value), 1);
    text += *own;
    if (text.size() > kMaxTextBytes)
      return fail("the text would be longer than " + std::to_string(kMaxTextBytes) + " bytes", 1);
  }
  out.value = Value::of(std::move(text));
  return out;
}

}  // namespace berth::templates
