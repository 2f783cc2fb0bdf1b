// SPDX-License-Identifier: Apache-2.0
//
// The sequence of work, and where it stops.
#include "planner/butane/translate.h"

#include <span>

#include "planner/butane/decode.h"
#include "planner/butane/translation.h"
#include "planner/ignition/unknown_keys.h"
#include "planner/ignition/validate.h"

namespace berth::butane {
namespace {

using source::YamlNode;

constexpr std::string_view kSourceInvalid = "source config is invalid";
constexpr std::string_view kGeneratedInvalid = "config generated was invalid";

/// Findings are placed where their path leads in the text.
class Placing {
public:
  explicit Placing(const YamlNode& root) : root_(root) {}

  void operator()(ignition::Finding& finding) const { finding.where = ignition::locate(root_, finding.path).mark(); }

private:
  const YamlNode& root_;
};

void findUnknownKeys(const YamlNode& root, const Dialect& dialect, ignition::Findings& findings) {
  auto nameOf = [](const ignition::Field& field) { return field.yaml; };
  auto mark = [](const YamlNode& node) { return node.mark(); };
  auto knows = [&](const ignition::Field& field) { return dialect.knows(field); };
  ignition::UnknownKeys<YamlNode>(knows, nameOf, mark, mark, findings).walk(ignition::configShape(), root, "$");
}

/// Takes the findings of a step over; false when they end the translation.
bool proceed(ignition::Findings& from, const Placing& place, ignition::Findings& to) {
  bool good = !ignition::hasErrors(from);
  for (ignition::Finding& each : from) {
    place(each);
    to.push_back(std::move(each));
  }
  from.clear();
  return good;
}

void stateVersion(Translation& translation) {
  ignition::Value& root = translation.config.root();
  ignition::Origin origin = ignition::Origin{"$.version", root.origin().mark};
  if (const ignition::Value* version = root.find("version")) origin = version->origin();
  root.remove("variant");
  root.remove("version");
  root.ensure("ignition")
      .put("version", ignition::Value::ofText(std::string(ignition::str(translation.dialect.target)), origin));
}

/// Runs the steps; the reason why there is no config, or nothing.
std::string run(Translation& translation, const Placing& place, ignition::Findings& findings) {
  stateVersion(translation);
  using Step = void (*)(Translation&);
  // Errors end the work only where Butane looks for them.
  constexpr Step kChecks[] = {checkSource};
  constexpr Step kBase[] = {embedResources, addMountUnits, addTrees, addQuadlets};
  constexpr Step kOwn[] = {addBootDevice, advisePartitions, addGrub};
  constexpr Step kLast[] = {checkRestrictions};
  for (std::span<const Step> stage : {std::span<const Step>(kChecks), std::span<const Step>(kBase),
                                      std::span<const Step>(kOwn), std::span<const Step>(kLast)}) {
    for (Step step : stage) step(translation);
    if (!proceed(translation.findings, place, findings)) return std::string(kSourceInvalid);
  }
  auto duplicates = ignition::checkDuplicates(translation.config, ignition::Naming::butane);
  auto wrong = ignition::checkValues(translation.config, ignition::Naming::butane, ignition::Rules::v2_26);
  bool noDuplicates = proceed(duplicates, place, findings);
  bool right = proceed(wrong, place, findings);
  return noDuplicates && right ? std::string() : std::string(kGeneratedInvalid);
}

Result unreadable(const source::YamlDocument& document) {
  Result result;
  std::string line = document.reportedLine() == 0 ? "" : "line " + std::to_string(document.reportedLine()) + ": ";
  result.failure = "Error unmarshaling yaml: yaml: " + line + document.failure()->message;
  result.failedAt = document.failure()->where;
  return result;
}

}  // namespace

/// `top` is null for a text that holds nothing.
static Result translateTree(const YamlNode* top, const Options& options) {
  Result result;
  Undecodable wrong;
  Header header;
  if (top != nullptr) header = decodeHeader(*top, wrong);
  if (wrong.happened()) {
    result.failure = "Error unmarshaling yaml: " + wrong.message();
    return result;
  }
  auto dialect = findDialect(header.variant, header.version);
  if (auto* none = std::get_if<NoDialect>(&dialect)) {
    result.failure = none->reason;
    return result;
  }
  const YamlNode& root = *top;
  const Dialect& spoken = *std::get<const Dialect*>(dialect);
  Translation translation(spoken, options, decode(root, spoken, wrong));
  if (wrong.happened()) {
    result.failure = wrong.message();
    return result;
  }
  findUnknownKeys(root, spoken, result.findings);
  result.failure = run(translation, Placing(root), result.findings);
  if (result.failure.empty()) result.config = std::move(translation.config);
  return result;
}

Result translate(std::string_view text, const Options& options) {
  auto document = source::readYaml(
      text, options.file,
      {.limits = options.limits, .circles = source::YamlCircles::keep, .dialect = source::YamlDialect::butane});
  if (document.failure()) return unreadable(document);
  return translateTree(document.root(), options);
}

Result translate(const YamlNode& root, const Options& options) { return translateTree(&root, options); }

source::Findings diagnosticsOf(const Result& result) {
  source::Findings out = ignition::asDiagnostics(result.findings);
  if (!result.failure.empty() && !source::hasErrors(out)) out.push_back(source::error(result.failedAt, result.failure));
  return out;
}

std::optional<std::string> Translation::readLocal(std::string_view local, const ignition::Origin& at) {
  if (options.files == nullptr) return error(at, std::string(kNoFilesDirectory)), std::nullopt;
  auto path = source::normalised(local);
  if (!path) return error(at, std::string(kOutsideFilesDirectory)), std::nullopt;
  auto read = options.files->read(*path);
  if (auto* why = std::get_if<source::Unreadable>(&read)) return error(at, why->reason), std::nullopt;
  return std::move(std::get<std::string>(read));
}

}  // namespace berth::butane
