// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/parse.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "planner/source/yaml.h"
#include "planner/spec/bind.h"
#include "planner/spec/check.h"
#include "planner/spec/expand.h"
#include "planner/spec/rules.h"
#include "planner/spec/schema.h"
#include "planner/spec/variables.h"

namespace berth::spec {

using source::error;
using source::Findings;
using source::YamlNode;

namespace {

/// A spec is written by a person. Whatever is larger is no spec, and costs nothing to refuse.
constexpr source::YamlLimits kLimits{
    .bytes = std::size_t{4} << 20, .depth = 100, .nodes = 400'000, .expanded = 400'000};

const YamlNode* find(const YamlNode* mapping, std::string_view key) {
  return mapping == nullptr || !mapping->resolved().isMapping() ? nullptr : mapping->resolved().find(key);
}

constexpr std::string_view kWaysToGive =
    "give it by -v NAME=…, a line of a --var-file, or BERTH_VAR_NAME; or write a default:";

std::string directoryOf(std::string_view path) {
  const auto slash = path.rfind('/');
  return source::normalised(slash == std::string_view::npos ? "" : path.substr(0, slash)).value_or("");
}

/// Rules that a url without a digest, or dhcp: false, break: they concern keys rather than values.
void checkKeys(const YamlNode& root, const Bound& bound, Findings& findings) {
  const YamlNode* image = find(&root, "image");
  const auto* url = std::get_if<UrlImage>(&bound.spec.image.from);
  if (url != nullptr && find(image, "sha256") == nullptr && find(image, "uncompressed_sha256") == nullptr) {
    findings.push_back(error(url->url.mark, "an image from a url needs a digest to prove it right",
                             "add sha256: (of the file) or uncompressed_sha256: (of the disk image in it)"));
  }
  for (const YamlNode* network : bound.networkNodes) {
    const YamlNode* dhcp = find(network, "dhcp");
    if (dhcp != nullptr && dhcp->resolved().isScalar() && dhcp->resolved().text() == "false" &&
        find(network, "subnet") == nullptr) {
      findings.push_back(
          error(dhcp->mark(), "without dhcp the network needs a subnet", "such as subnet: 10.20.0.0/24"));
    }
  }
}

/// Nothing can be said of addresses when a part of a network that they depend on was found wrong.
Addressed addressedBy(const YamlNode* network, const Findings& findings) {
  if (network == nullptr || !network->resolved().isMapping()) return Addressed::unknown;
  const YamlNode* subnet = network->resolved().find("subnet");
  const YamlNode* dhcp = network->resolved().find("dhcp");
  if ((subnet == nullptr) == (dhcp == nullptr)) return Addressed::unknown;
  const YamlNode& how = *(subnet != nullptr ? subnet : dhcp);
  if (how.resolved().state() != YamlNode::State::settled) return Addressed::unknown;
  const source::Mark mark = how.mark();
  for (const auto& finding : findings) {
    if (finding.where.line == mark.line && finding.where.column == mark.column) return Addressed::unknown;
  }
  return Addressed::known;
}

void order(Findings& findings) {
  std::ranges::stable_sort(findings, [](const auto& left, const auto& right) {
    return std::tie(left.where.file, left.where.line, left.where.column) <
           std::tie(right.where.file, right.where.line, right.where.column);
  });
}

}  // namespace

Parsed parse(std::string_view path, const source::Files& files, const Givens& givens) {
  Parsed parsed;
  const source::Mark start{std::string(path), 1, 1, 0};
  const auto content = files.read(path);
  if (const auto* failure = std::get_if<source::Unreadable>(&content)) {
    parsed.findings.push_back(error({std::string(path), 0, 0, 0}, failure->reason));
    return parsed;
  }
  const source::YamlDocument document =
      source::readYaml(std::get<std::string>(content), std::string(path), {.limits = kLimits});
  if (document.failure()) {
    parsed.findings.push_back(*document.failure());
    return parsed;
  }
  if (document.root() == nullptr || document.root()->resolved().isNull()) {
    parsed.findings.push_back(error(start, "the file is empty", "a spec begins with cluster: and a name"));
    return parsed;
  }
  const YamlNode& written = document.root()->resolved();
  Piece own{std::string(path), directoryOf(path), {}, {}, {}};
  Settled settled =
      settle(written.isMapping() ? written.find("variables") : nullptr, givens, kWaysToGive, parsed.findings);
  own.variables = settled.variables;
  templates::Interpreter interpreter({own.variables, {}, {}, own.directory}, &files);
  const templates::Places places(std::get<std::string>(content));
  validate(settled.validations, interpreter, places, parsed.findings);
  source::YamlTree tree;
  Expansion expansion(interpreter, places, 0, tree, parsed.findings);
  const YamlNode& root = expansion.expand(*document.root());
  check(root, specShape(), start, "the spec", parsed.findings);
  Bound bound = spec::bind(root, path, expansion.waiting, parsed.findings);
  Spec& spec = bound.spec;
  own.filesDir = spec.filesDir;
  spec.pieces.push_back(std::move(own));
  spec.uses = std::move(expansion.uses);
  checkKeys(root, bound, parsed.findings);
  std::vector<Addressed> addressed;
  for (const YamlNode* network : bound.networkNodes) addressed.push_back(addressedBy(network, parsed.findings));
  checkRules(bound, addressed, files, parsed.findings);
  if (spec.pools.empty() && !source::hasErrors(parsed.findings)) {
    parsed.findings.push_back(error(root.find("pools")->mark(), "a cluster needs at least one pool"));
  }
  if (spec.update.minHealthyTime >= spec.update.healthyDeadline) {
    parsed.findings.push_back(
        error(root.find("update")->mark(), "min_healthy_time must be shorter than healthy_deadline"));
  }
  order(parsed.findings);
  if (!source::hasErrors(parsed.findings)) parsed.spec = std::move(spec);
  return parsed;
}

}  // namespace berth::spec
