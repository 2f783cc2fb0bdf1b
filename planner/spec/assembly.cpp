// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/assembly.h"

#include <algorithm>

#include "planner/spec/check.h"
#include "planner/spec/scalar.h"
#include "planner/spec/schema.h"
#include "planner/spec/variables.h"
#include "planner/template/encoding.h"
#include "planner/template/json.h"
#include "planner/template/scan.h"

namespace berth::spec {

using source::error;
using source::Findings;
using source::Mark;
using source::YamlNode;
using templates::Interpreter;
using templates::Places;
using templates::Variable;

namespace {

/// A spec is written by a person. Whatever is larger is no spec, and costs nothing to refuse.
constexpr source::YamlLimits kLimits{
    .bytes = std::size_t{4} << 20, .depth = 100, .nodes = 400'000, .expanded = 400'000};
/// Of an included file, of which there may be many.
constexpr source::YamlLimits kPieceLimits{
    .bytes = std::size_t{256} << 10, .depth = 100, .nodes = 20'000, .expanded = 20'000};

constexpr const char* kWaysToGive =
    "give it by -v NAME=…, a line of a --var-file, or BERTH_VAR_NAME; or write a default:";
constexpr const char* kWayToGiveIncluded = "give NAME: under with:, or write a default:";

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string directoryOf(std::string_view path) {
  const auto slash = path.rfind('/');
  return source::normalised(slash == std::string_view::npos ? "" : path.substr(0, slash)).value_or("");
}

const YamlNode* at(const YamlNode& mapping, std::string_view key) {
  return mapping.resolved().isMapping() ? mapping.resolved().find(key) : nullptr;
}

/// What is wrong with it is told by the checker.
std::optional<std::string> nameAt(const YamlNode& node) {
  Findings ignored;
  const auto name = readName(node, ignored);
  return name ? std::optional(name->value) : std::nullopt;
}

}  // namespace

const YamlNode* Assembly::assemble(std::string_view path, const Givens& givens) {
  const YamlNode* own = read({std::string(path), {std::string(path), 0, 0, 0}, {}}, givens);
  return own == nullptr || at(*own, "include") == nullptr ? own : &joined(own->resolved());
}

/// The same as was written, but for the pools.
const YamlNode& Assembly::joined(const YamlNode& spec) {
  const YamlNode* own = spec.find("pools");
  if (own != nullptr && !own->resolved().isMapping()) return spec;
  YamlNode& pools = tree_.mapping((own == nullptr ? spec.find("include") : own)->mark());
  std::map<std::string, Mark> known;
  for (std::size_t i = 0; own != nullptr && i < own->resolved().size(); ++i) {
    const YamlNode& name = own->resolved().key(i);
    known.try_emplace(name.resolved().text(), name.mark());
    tree_.add(pools, name, own->resolved().value(i));
  }
  for (const auto& [name, body] : pools_) {
    const auto [before, isNew] = known.try_emplace(name->text(), name->mark());
    if (isNew) {
      tree_.add(pools, *name, *body);
      continue;
    }
    findings_.push_back(error(name->mark(), "there is already a pool " + quoted(before->first),
                              "it is at " + before->second.file + ":" + std::to_string(before->second.line) +
                                  "; include one of the files with as: and a name"));
  }
  YamlNode& root = tree_.mapping(spec.mark());
  for (std::size_t i = 0; i < spec.size(); ++i) {
    const bool isPools = &spec.value(i) == own;
    tree_.add(root, spec.key(i), isPools ? static_cast<const YamlNode&>(pools) : spec.value(i));
  }
  if (own == nullptr) tree_.add(root, tree_.scalar(pools.mark(), "pools", YamlNode::Style::plain), pools);
  return root;
}

const YamlNode* Assembly::open(const Source& from, std::string& text) {
  const bool isSpec = pieces.empty();
  auto content = files_.read(from.path);
  if (const auto* failure = std::get_if<source::Unreadable>(&content)) {
    findings_.push_back(error(from.where, failure->reason,
                              isSpec ? "" : "paths are relative to the directory of the file that includes it"));
    return nullptr;
  }
  text = std::get<std::string>(std::move(content));
  const source::YamlDocument& document =
      documents_.emplace_back(source::readYaml(text, from.path, {.limits = isSpec ? kLimits : kPieceLimits}));
  if (document.failure()) {
    findings_.push_back(*document.failure());
    return nullptr;
  }
  if (document.root() == nullptr || document.root()->resolved().isNull()) {
    findings_.push_back(error({from.path, 1, 1, 0}, "the file is empty",
                              isSpec ? "a spec begins with cluster: and a name" : "an included file has pools:"));
    return nullptr;
  }
  return document.root();
}

const YamlNode* Assembly::read(const Source& from, const Givens& givens) {
  std::string text;
  const YamlNode* written = open(from, text);
  if (written == nullptr) return nullptr;
  const auto number = static_cast<std::uint32_t>(pieces.size());
  const bool isSpec = number == 0;
  const Declarer declarer =
      isSpec ? Declarer{"the spec", kWaysToGive, {}} : Declarer{quoted(from.path), kWayToGiveIncluded, from.where};
  Settled settled = settle(at(*written, "variables"), givens, declarer, findings_);
  const std::string directory = directoryOf(from.path);
  pieces.push_back({from.path, directory, directory, from.prefix, settled.variables});
  Interpreter interpreter({std::move(settled.variables), cluster_, from.prefix, directory}, &files_);
  const Places places(text);
  validate(settled.validations, interpreter, places, findings_);
  Expansion expansion(interpreter, places, number, tree_, findings_);
  const YamlNode& root = expansion.expand(*written);
  waiting.merge(expansion.waiting);
  // One file may be included twice: the same places, and other variables.
  for (const auto& [place, names] : expansion.uses) uses[place].insert(names.begin(), names.end());
  if (isSpec) {
    cluster_ = interpreter.scope().cluster;
  } else {
    check(root, pieceShape(), {from.path, 1, 1, 0}, "the included file", findings_);
    if (const YamlNode* pools = at(root, "pools")) addPools(pools->resolved(), number);
  }
  path_.push_back(from.path);
  const YamlNode* list = at(root, "include");
  if (list != nullptr && list->resolved().isSequence()) {
    for (const YamlNode* entry : list->resolved().items()) include(*entry, {number, interpreter, places});
  }
  path_.pop_back();
  return &root;
}

void Assembly::addPools(const YamlNode& pools, std::uint32_t piece) {
  if (!pools.isMapping()) return;
  for (std::size_t i = 0; i < pools.size(); ++i) {
    const auto own = nameAt(pools.key(i));
    // The second of two of one name has been found wrong already.
    if (!own || pools.find(*own) != &pools.value(i)) continue;
    const std::string name = pieces[piece].prefix + *own;
    pieceOfPool.try_emplace(name, piece);
    pools_.emplace_back(&tree_.scalar(pools.key(i).mark(), name, YamlNode::Style::doubleQuoted), &pools.value(i));
  }
}

void Assembly::include(const YamlNode& entry, const Reading& by) {
  const auto from = sourceOf(entry, by.piece);
  if (!from) return;
  const YamlNode* with = at(entry, "with");
  const Givens givens = with == nullptr ? Givens() : givensOf(with->resolved(), by);
  (void)read(*from, givens);
}

std::optional<Assembly::Source> Assembly::sourceOf(const YamlNode& entry, std::uint32_t by) {
  const YamlNode* file = at(entry, "file");
  Findings ignored;
  const auto named = file == nullptr ? std::nullopt : readPath(*file, ignored);
  if (!named) return std::nullopt;
  const auto refuse = [&](std::string message, std::string hint) {
    findings_.push_back(error(file->mark(), std::move(message), std::move(hint)));
    return std::nullopt;
  };
  if (templates::mayHold(named->value)) {
    return refuse("what is included cannot depend on an expression", "give the file a variable, under with:");
  }
  const auto path = source::normalised(pieces[by].directory + "/" + named->value);
  if (!path) {
    return refuse(quoted(named->value) + " leads out of the directory of the files",
                  "keep what belongs to a cluster in the directory of its spec or below");
  }
  if (std::ranges::find(path_, *path) != path_.end()) {
    return refuse(quoted(*path) + " includes itself", path_.back() == *path ? "" : "by way of " + path_.back());
  }
  if (path_.size() > kMaxIncludeDepth) {
    return refuse("files are included " + std::to_string(kMaxIncludeDepth) + " deep at most", "");
  }
  if (pieces.size() == kMaxPieces) {
    return refuse("at most " + std::to_string(kMaxIncludes) + " files are included, those of all files together", "");
  }
  std::string prefix = pieces[by].prefix;
  if (const YamlNode* as = at(entry, "as")) {
    const auto name = nameAt(*as);
    if (!name) return std::nullopt;
    prefix += *name + "-";
  }
  return Source{*path, file->mark(), std::move(prefix)};
}

Givens Assembly::givensOf(const YamlNode& with, const Reading& by) {
  Givens givens;
  std::size_t bytes = 0;
  for (std::size_t i = 0; with.isMapping() && i < with.size(); ++i) {
    const YamlNode& key = with.key(i);
    if (!key.resolved().isScalar() || with.find(key.resolved().text()) != &with.value(i)) continue;
    givens.push_back(given(key, with.value(i), by));
    bytes += givens.back().text.size();
    if (bytes <= kMaxGivenBytes) continue;
    findings_.push_back(error(key.mark(), "the values of one file have more than " + Bytes(kMaxGivenBytes).str(),
                              "let the file read what is large by file()"));
    return {};
  }
  return givens;
}

/// A value that is not known is given all the same, so that nobody is told that it is missing.
Given Assembly::given(const YamlNode& key, const YamlNode& value, const Reading& by) {
  Given given{.name = key.resolved().text(), .text = {}, .form = Given::Form::json, .where = key.mark()};
  const auto evaluated = [&](const YamlNode& scalar, const source::YamlPath&) -> const YamlNode* {
    if (!templates::mayHold(scalar.text())) return nullptr;
    const auto compiled = by.interpreter.compile(scalar.text(), by.places.of(scalar), findings_);
    if (compiled && (compiled->reach() == templates::Reach::perNode || compiled->needsPools())) {
      findings_.push_back(error(compiled->marks().empty() ? scalar.mark() : compiled->marks().front(),
                                "node and nodes() are not known here: this is the same for all nodes",
                                "name them in the included file"));
      given.standing = Variable::Standing::unknown;
      return nullptr;
    }
    const auto result = compiled ? by.interpreter.evaluate(*compiled, nullptr, findings_) : std::nullopt;
    if (!result) {
      given.standing = Variable::Standing::unknown;
      return nullptr;
    }
    if (result->sensitivity == templates::Sensitivity::sensitive) given.sensitivity = result->sensitivity;
    return &nodeOf(result->value, scalar.mark(), tree_);
  };
  const auto read = templates::valueOf(tree_.copy(value, evaluated));
  if (given.standing == Variable::Standing::unknown) return given;
  if (const auto* none = std::get_if<templates::NoValue>(&read)) {
    findings_.push_back(error(value.mark(), none->reason));
    given.standing = Variable::Standing::unknown;
    return given;
  }
  given.text = templates::jsonOf(std::get<templates::Value>(read));
  return given;
}

}  // namespace berth::spec
