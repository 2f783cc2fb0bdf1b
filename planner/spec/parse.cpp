// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/parse.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "planner/source/yaml.h"
#include "planner/spec/assembly.h"
#include "planner/spec/bind.h"
#include "planner/spec/check.h"
#include "planner/spec/rules.h"
#include "planner/spec/schema.h"

namespace berth::spec {

using source::error;
using source::Findings;
using source::YamlNode;

namespace {

const YamlNode* find(const YamlNode* mapping, std::string_view key) {
  return mapping == nullptr || !mapping->resolved().isMapping() ? nullptr : mapping->resolved().find(key);
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
    const source::Mark& where = finding.where;
    if (where.file == mark.file && where.line == mark.line && where.column == mark.column) return Addressed::unknown;
  }
  return Addressed::known;
}

/// Pools that an included file names are its own first, then those of all.
void resolve(const Spec& spec, const std::string& prefix, std::optional<Bond>& bond) {
  if (!bond || prefix.empty()) return;
  for (auto& other : bond->pools) {
    const auto own = PoolName::parse(prefix + other->str());
    if (own && spec.find(*own) != nullptr) other.value = *own;
  }
}

void putInPieces(Spec& spec, const std::map<std::string, std::uint32_t>& pieceOfPool) {
  for (Pool& pool : spec.pools) {
    const auto found = pieceOfPool.find(pool.name->str());
    if (found == pieceOfPool.end()) continue;
    pool.piece = found->second;
    const std::string& prefix = spec.pieces.at(pool.piece).prefix;
    resolve(spec, prefix, pool.near);
    resolve(spec, prefix, pool.apart);
  }
}

void order(Findings& findings) {
  std::ranges::stable_sort(findings, [](const auto& left, const auto& right) {
    return std::tie(left.where.file, left.where.line, left.where.column) <
           std::tie(right.where.file, right.where.line, right.where.column);
  });
}

/// Deadlines that could never be kept. Defaults always can.
void checkUpdate(const Update& update, const YamlNode& root, Findings& findings) {
  const YamlNode* section = root.find("update");
  if (update.minHealthyTime >= update.healthyDeadline) {
    findings.push_back(error(section->mark(), "min_healthy_time must be shorter than healthy_deadline"));
  }
  if (update.progressDeadline < update.healthyDeadline) {
    findings.push_back(error(find(section, "progress_deadline")->mark(),
                             "progress_deadline must not be shorter than healthy_deadline",
                             "a node that takes its full time would look like a rollout that stands still"));
  }
  if (update.stagger >= update.progressDeadline) {
    findings.push_back(error(find(section, "stagger")->mark(), "stagger must be shorter than progress_deadline"));
  }
}

}  // namespace

Parsed parse(std::string_view path, const source::Files& files, const Givens& givens) {
  Parsed parsed;
  source::YamlTree tree;
  Assembly assembly(files, tree, parsed.findings);
  const YamlNode* assembled = assembly.assemble(path, givens);
  if (assembled == nullptr) return parsed;
  const YamlNode& root = *assembled;
  check(root, specShape(), {std::string(path), 1, 1, 0}, "the spec", parsed.findings);
  Bound bound = spec::bind(root, path, assembly.waiting, parsed.findings);
  Spec& spec = bound.spec;
  spec.pieces = std::move(assembly.pieces);
  spec.pieces.front().filesDir = spec.filesDir;
  spec.uses = std::move(assembly.uses);
  putInPieces(spec, assembly.pieceOfPool);
  checkKeys(root, bound, parsed.findings);
  std::vector<Addressed> addressed;
  for (const YamlNode* network : bound.networkNodes) addressed.push_back(addressedBy(network, parsed.findings));
  checkRules(bound, addressed, files, parsed.findings);
  if (spec.pools.empty() && !source::hasErrors(parsed.findings)) {
    parsed.findings.push_back(error(root.find("pools")->mark(), "a cluster needs at least one pool"));
  }
  checkUpdate(spec.update, root, parsed.findings);
  order(parsed.findings);
  if (!source::hasErrors(parsed.findings)) parsed.spec = std::move(spec);
  return parsed;
}

}  // namespace berth::spec
