// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/variables.h"

#include <algorithm>
#include <map>

#include "planner/source/reader.h"
#include "planner/spec/scalar.h"
#include "planner/template/encoding.h"
#include "planner/template/json.h"
#include "planner/template/scan.h"
#include "planner/template/value_type.h"

namespace berth::spec {

using source::error;
using source::Findings;
using source::Mark;
using source::YamlNode;
using templates::Sensitivity;
using templates::Value;
using templates::ValueType;
using templates::Variable;

namespace {

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

const YamlNode* at(const YamlNode& mapping, std::string_view key) {
  return mapping.resolved().isMapping() ? mapping.resolved().find(key) : nullptr;
}

bool isTrue(const YamlNode* node) { return node != nullptr && node->resolved().text() == "true"; }

/// One entry of the block.
class Declaration {
public:
  Declaration(const YamlNode& key, const YamlNode& body, Findings& findings)
      : name_(key.resolved().text()), key_(key.mark()), body_(body), findings_(findings) {
    if (isTrue(at(body, "sensitive"))) sensitivity_ = Sensitivity::sensitive;
    const YamlNode* type = at(body, "type");
    if (type == nullptr || !type->resolved().isScalar()) return;
    type_ = ValueType::parse(type->resolved().text());
    if (!type_) {
      findings_.push_back(error(type->mark(), quoted(type->resolved().text()) + " is no type",
                                "string, int, number, bool, list(…), set(…), map(…) or any"));
    }
  }

  Variable settle(const Given* given, const Declarer& declarer) {
    Variable variable{name_, {}, sensitivity_, Variable::Standing::unknown};
    // A wrong default is wrong even where another value is given.
    const auto fallback = readDefault();
    if (!type_ || !body_.resolved().isMapping()) return variable;
    const YamlNode* nullable = at(body_, "nullable");
    const bool mayBeNull = nullable == nullptr || nullable->resolved().text() != "false";
    if (given != nullptr && !mayBe(*given)) return variable;
    std::optional<Value> value = given == nullptr ? std::nullopt : read(*given);
    if (given != nullptr && !value) return variable;
    if (value) from_ = placeOf(*given);
    if (!value || (value->isNull() && !mayBeNull && fallback)) value = fallback;
    if (!value && at(body_, "default") != nullptr) return variable;
    if (!value) {
      tellMissing(declarer);
      return variable;
    }
    if (value->isNull() && !mayBeNull) {
      findings_.push_back(error(from_.file.empty() ? key_ : from_, "variable " + quoted(name_) + " may not be null"));
      return variable;
    }
    variable.value = *std::move(value);
    variable.standing = Variable::Standing::known;
    return variable;
  }

  void addValidations(std::vector<Validation>& to) const {
    const YamlNode* list = at(body_, "validation");
    if (list == nullptr || !list->resolved().isSequence()) return;
    for (const YamlNode* each : list->resolved().items()) {
      const YamlNode* condition = at(*each, "condition");
      const YamlNode* message = at(*each, "message");
      if (condition == nullptr || message == nullptr) continue;
      to.push_back({name_, condition, message, from_.file.empty() ? key_ : from_});
    }
  }

private:
  /// A sensitive default is not pointed at: the line would be shown.
  [[nodiscard]] Mark markOfDefault(const YamlNode& node) const {
    return sensitivity_ == Sensitivity::sensitive ? key_ : node.mark();
  }

  std::optional<Value> readDefault() {
    const YamlNode* node = at(body_, "default");
    if (node == nullptr) return std::nullopt;
    if (holdsExpression(*node)) {
      findings_.push_back(error(markOfDefault(*node), "a default cannot hold an expression",
                                "make the expression where the variable is used"));
      return std::nullopt;
    }
    auto value = templates::valueOf(*node);
    if (const auto* none = std::get_if<templates::NoValue>(&value)) {
      findings_.push_back(error(markOfDefault(*node), "the default of " + quoted(name_) + ": " + none->reason));
      return std::nullopt;
    }
    if (!type_) return std::nullopt;
    auto converted = type_->convert(std::get<Value>(value));
    if (const auto* wrong = std::get_if<ValueType::Mismatch>(&converted)) {
      findings_.push_back(error(markOfDefault(*node), wordsOf(*wrong, "the default of ")));
      return std::nullopt;
    }
    return std::get<Value>(std::move(converted));
  }

  [[nodiscard]] static bool holdsExpression(const YamlNode& written) {
    const YamlNode& node = written.resolved();
    if (node.isScalar()) return templates::mayHold(node.text());
    if (node.isSequence()) {
      return std::ranges::any_of(node.items(), [](const YamlNode* each) { return holdsExpression(*each); });
    }
    for (std::size_t i = 0; i < node.size(); ++i) {
      if (holdsExpression(node.value(i))) return true;
    }
    return false;
  }

  void tellMissing(const Declarer& declarer) {
    std::string hint = declarer.wayToGive;
    for (auto place = hint.find("NAME"); place != std::string::npos; place = hint.find("NAME")) {
      hint.replace(place, 4, name_);
    }
    const bool isIncluded = declarer.where.known();
    const std::string of = isIncluded ? " of " + declarer.name : "";
    if (isIncluded) hint += " in line " + std::to_string(key_.line) + " there";
    findings_.push_back(
        error(isIncluded ? declarer.where : key_, "variable " + quoted(name_) + of + " has no value", std::move(hint)));
  }

  /// An including file is as visible as a default.
  [[nodiscard]] Mark placeOf(const Given& given) const {
    const bool isOfSpec = given.demand == Given::Demand::declared && given.where.known();
    return isOfSpec && sensitivity_ == Sensitivity::sensitive ? key_ : given.where;
  }

  /// Nothing can be said of what is not known; and what is secret stays so.
  [[nodiscard]] bool mayBe(const Given& given) const {
    if (given.standing == Variable::Standing::unknown) return false;
    if (given.sensitivity == Sensitivity::open || sensitivity_ == Sensitivity::sensitive) return true;
    findings_.push_back(error(given.where, "a sensitive value cannot be given to variable " + quoted(name_),
                              "declare it with sensitive: true in " + key_.file + ":" + std::to_string(key_.line) +
                                  ", or use nonsensitive() if it gives nothing away"));
    return false;
  }

  std::optional<Value> read(const Given& given) {
    std::variant<Value, ValueType::Mismatch> value = Value();
    if (given.form == Given::Form::text) {
      value = type_->read(given.text);
    } else {
      const auto parsed = templates::valueOfJson(given.text);
      value = parsed ? type_->convert(*parsed) : ValueType::Mismatch{"", "not readable"};
    }
    if (const auto* wrong = std::get_if<ValueType::Mismatch>(&value)) {
      findings_.push_back(
          error(placeOf(given), wordsOf(*wrong, "the value of "),
                "it is declared as " + type_->str() + " in " + key_.file + ":" + std::to_string(key_.line)));
      return std::nullopt;
    }
    return std::get<Value>(std::move(value));
  }

  /// Keys of a map may be as secret as its values.
  [[nodiscard]] std::string wordsOf(const ValueType::Mismatch& wrong, std::string_view of) const {
    const bool isOpen = sensitivity_ == Sensitivity::open;
    return std::string(of) + quoted(name_) + (isOpen ? wrong.path : "") + ": " + wrong.problem;
  }

  std::string name_;
  Mark key_;
  const YamlNode& body_;
  Findings& findings_;
  Sensitivity sensitivity_ = Sensitivity::open;
  std::optional<ValueType> type_ = ValueType::parse("any");
  Mark from_;
};

void tellUndeclared(const Givens& givens, const std::map<std::string, const YamlNode*>& declared,
                    const Declarer& declarer, Findings& findings) {
  std::vector<std::string> known;
  for (const auto& [name, body] : declared) known.push_back(name);
  for (const Given& each : givens) {
    if (declared.contains(each.name) || each.demand == Given::Demand::ambient) continue;
    const auto near = source::nearest(each.name, known);
    std::string hint = near ? "did you mean " + quoted(*near) + "?" : "";
    std::string message = declarer.name + " declares no variable " + quoted(each.name);
    if (each.demand == Given::Demand::declared) {
      findings.push_back(error(each.where, std::move(message), std::move(hint)));
    } else {
      findings.push_back(source::warning(each.where, std::move(message), std::move(hint)));
    }
  }
}

}  // namespace

Settled settle(const YamlNode* block, const Givens& givens, const Declarer& declarer, Findings& findings) {
  Settled settled;
  std::map<std::string, const YamlNode*> declared;
  std::map<std::string, const YamlNode*> keys;
  if (block != nullptr && block->resolved().isMapping()) {
    const YamlNode& table = block->resolved();
    for (std::size_t i = 0; i < table.size() && declared.size() < kMaxVariables; ++i) {
      Findings ignored;
      const auto name = readIdentifier(table.key(i), ignored);
      if (!name || !declared.emplace(name->value, &table.value(i)).second) continue;
      keys.emplace(name->value, &table.key(i));
    }
  }
  tellUndeclared(givens, declared, declarer, findings);
  for (const auto& [name, body] : declared) {
    const auto given =
        std::find_if(givens.rbegin(), givens.rend(), [&name = name](const Given& each) { return each.name == name; });
    Declaration declaration(*keys.at(name), *body, findings);
    settled.variables.push_back(declaration.settle(given == givens.rend() ? nullptr : &*given, declarer));
    if (settled.variables.back().standing == Variable::Standing::known) declaration.addValidations(settled.validations);
  }
  return settled;
}

void validate(const std::vector<Validation>& validations, templates::Interpreter& interpreter,
              const templates::Places& places, Findings& findings) {
  for (const Validation& each : validations) {
    const YamlNode& condition = each.condition->resolved();
    const YamlNode& message = each.message->resolved();
    if (!condition.isScalar() || !message.isScalar()) continue;
    const auto compiled = interpreter.compile(condition.text(), places.of(condition), findings);
    const auto result = compiled ? interpreter.evaluate(*compiled, nullptr, findings) : std::nullopt;
    if (!result) continue;
    const bool isPlainTrue = result->value.isText() && result->value.text() == "true";
    if (!isPlainTrue && result->value.kind() != Value::Kind::boolean) {
      findings.push_back(
          error(condition.mark(),
                "a condition should be true or false, found " + std::string(templates::describe(result->value)),
                "such as ${{ length(var." + each.variable + ") > 0 }}"));
      continue;
    }
    if (isPlainTrue || result->value.boolean()) continue;
    const auto words = interpreter.compile(message.text(), places.of(message), findings);
    const auto said = words ? interpreter.evaluate(*words, nullptr, findings) : std::nullopt;
    if (!said) continue;
    const auto text = templates::textOf(said->value);
    const bool mayTell = said->sensitivity == Sensitivity::open && text;
    findings.push_back(
        error(each.of, "variable " + quoted(each.variable) + ": " + (mayTell ? *text : "its condition is not met"),
              "checked at " + condition.mark().file + ":" + std::to_string(condition.mark().line)));
  }
}

}  // namespace berth::spec
