// SPDX-License-Identifier: Apache-2.0
#include "planner/change/former.h"

#include <algorithm>

#include "planner/node/compose.h"
#include "planner/spec/parse.h"
#include "planner/template/json.h"

namespace berth::change {

using templates::Sensitivity;
using templates::Variable;

namespace {

/// A longer value says less than that there is another one.
constexpr std::size_t kLongestShown = 40;

std::string toldChange(const std::string& name, const Variable& now, const Variable& wanted) {
  if (now.sensitivity == Sensitivity::sensitive || wanted.sensitivity == Sensitivity::sensitive) {
    return name + " changed";
  }
  const std::string from = templates::jsonOf(now.value);
  const std::string to = templates::jsonOf(wanted.value);
  if (from.size() > kLongestShown || to.size() > kLongestShown) return name + " changed";
  return name + " " + from + " → " + to;
}

}  // namespace

Former formerOf(std::string_view specPath, const source::Files& files, const spec::Givens& givens) {
  Former former;
  spec::Parsed parsed = spec::parse(specPath, files, givens);
  if (!parsed.spec) {
    former.isAllSecret = true;
    return former;
  }
  spec::Spec& spec = *parsed.spec;
  former.pieces = spec.pieces;
  if (spec.stack) former.vault = spec.stack->vault;
  // One node of each pool tells for all.
  for (spec::Pool& pool : spec.pools) pool.count.value = std::min<std::uint32_t>(*pool.count, 1);
  const node::Composed composed = node::compose(spec, files, std::nullopt);
  former.isAllSecret = source::hasErrors(composed.findings);
  for (const node::Blueprint& each : composed.blueprints) former.secret[each.pool] = each.origins->secret;
  return former;
}

ChangedVariables changedVariables(const Former& former, const spec::Spec& spec) {
  ChangedVariables changed;
  for (std::uint32_t number = 0; number < spec.pieces.size(); ++number) {
    const spec::Piece& piece = spec.pieces[number];
    const auto was = std::ranges::find_if(
        former.pieces, [&](const spec::Piece& each) { return each.file == piece.file && each.prefix == piece.prefix; });
    if (was == former.pieces.end()) continue;
    const std::string of = number == 0 ? "" : " of " + piece.file;
    for (const Variable& wanted : piece.variables) {
      const auto now = std::ranges::find(was->variables, wanted.name, &Variable::name);
      if (now == was->variables.end() || now->value == wanted.value) continue;
      changed[{number, wanted.name}] = toldChange("var." + wanted.name + of, *now, wanted);
    }
  }
  return changed;
}

source::Findings changedSeal(const Former& former, const spec::Spec& spec) {
  if (!former.vault || !spec.stack || !spec.stack->vault) return {};
  const spec::Vault& was = *former.vault;
  const spec::Vault& now = *spec.stack->vault;
  if (was.isOpenBao != now.isOpenBao || was.seal.word() == now.seal.word()) return {};
  return {source::warning(now.mark,
                          "the seal changes from " + std::string(was.seal.word()) + " to " +
                              std::string(now.seal.word()) + ": what is sealed already opens by the former alone",
                          "migrate a cluster that has begun by hand, as docs/stack.md tells under Seals")};
}

}  // namespace berth::change
