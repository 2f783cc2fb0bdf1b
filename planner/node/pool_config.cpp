// SPDX-License-Identifier: Apache-2.0
#include "planner/node/pool_config.h"

#include <algorithm>

#include "planner/ignition/data_url.h"
#include "planner/ignition/validate.h"
#include "planner/ignition/write.h"
#include "planner/node/layer.h"
#include "planner/node/lint.h"
#include "planner/node/parts.h"
#include "planner/node/volume_config.h"
#include "planner/stack/install.h"
#include "planner/stack/layer.h"
#include "planner/template/json.h"
#include "words/digest.h"

namespace berth::node {

using ignition::Config;
using source::error;
using source::Findings;

namespace {

/// A word as it stands within a data URL.
std::string escaped(std::string_view word) {
  constexpr std::string_view kPrefix = "data:,";
  return ignition::escapedDataUrl(word).substr(kPrefix.size());
}

/// What a merge can bring about that no file alone had: told once, at the value in question.
void checkMerged(const Config& config, const spec::Pool& pool, Findings& findings) {
  for (source::Diagnostic& each : ignition::asDiagnostics(ignition::validate(config))) {
    if (each.severity != source::Severity::error) continue;
    if (!each.where.known()) each.where = pool.name.mark;
    each.message = "the merged config of pool \"" + pool.name->str() + "\" would be refused: " + each.message;
    findings.push_back(std::move(each));
  }
}

std::shared_ptr<Origins> originsOf(const spec::Spec& spec, const spec::Pool& pool, const Config& config) {
  auto origins = std::make_shared<Origins>();
  origins->vcpus = pool.resources.vcpus.mark;
  origins->memory = pool.resources.memory.mark;
  origins->disk = pool.resources.disk.mark;
  origins->image = spec.image.mark;
  origins->network = spec.network().mark;
  origins->addresses = pool.rangesOf(0).empty() ? spec.network().mark : pool.rangesOf(0).front().mark;
  for (const spec::Volume& volume : pool.volumes) origins->volumes[*volume.name] = volume.size.mark;
  origins->tags = pool.tagsMark;
  origins->health = pool.healthMark;
  origins->hostLoss = pool.onHostLoss.action.mark;
  if (!pool.beforeStop.empty()) origins->beforeStop = pool.beforeStop.front().call.url.mark;
  origins->drift = pool.drift.mark;
  origins->parts = marksOf(config);
  return origins;
}

/// Where sensitive values stand in a file. One that differs from node to node may be sensitive for some of them only:
/// naming a sensitive variable, or a secret, is enough there.
std::set<source::Mark, spec::MarkOrder> secretPlaces(const spec::Spec& spec, const ButaneFile& file) {
  const auto isSensitive = [&](const spec::VariableName& name) {
    const auto& variables = spec.pieces.at(name.first).variables;
    const auto found = std::ranges::find(variables, name.second, &templates::Variable::name);
    return found != variables.end() && found->sensitivity == templates::Sensitivity::sensitive;
  };
  auto places = file.secret();
  for (const Varying& varying : file.varying()) {
    if (varying.whole.namesSecrets()) places.insert(varying.scalar->mark());
    const auto uses = file.uses().find(varying.scalar->mark());
    if (uses != file.uses().end() && std::ranges::any_of(uses->second, isSensitive)) places.insert(uses->first);
  }
  return places;
}

}  // namespace

ButaneFile& ButaneFiles::at(const spec::Located<std::string>& path, std::uint32_t piece) {
  auto& file = files_read_[{*path, piece}];
  if (file == nullptr) {
    file = std::make_unique<ButaneFile>(path, piece, spec_.pieces.at(piece).filesDir, files_, evaluation_, findings_);
  }
  return *file;
}

std::vector<std::string> inOrder(const Words& words) {
  std::vector<std::string> all{words.name};
  for (const Words::Nic& nic : words.nics) {
    all.push_back(nic.mac);
    all.push_back(nic.address);
  }
  all.push_back(words.lock.id);
  all.push_back(words.lock.token);
  all.push_back(words.certificate);
  all.push_back(words.privateKey);
  return all;
}

PoolConfig::PoolConfig(const Surroundings& around, const spec::Pool& pool, ButaneFiles& butane)
    : around_(around), spec_(around.spec), pool_(pool) {
  for (const auto& path : pool.butane) {
    files_.push_back(&butane.at(path, pool.piece));
    good_ = good_ && files_.back()->good();
  }
}

std::optional<PoolConfig::OfNode> PoolConfig::forNode(const templates::Node& node, const Words& words,
                                                      Findings& findings) {
  if (!good_) return std::nullopt;
  Answers answers;
  std::vector<std::string> all = inOrder(words);
  for (ButaneFile* file : files_) {
    auto own = file->answersFor(node, findings);
    if (!own) return std::nullopt;
    for (std::size_t i = 0; i < own->size(); ++i) {
      const bool isUrl = file->varying()[i].context == Context::dataUrl;
      for (const std::string& word : (*own)[i].words) all.push_back(isUrl ? escaped(word) : word);
    }
    answers.push_back(*std::move(own));
  }
  const Variant* variant = variantFor(answers, findings);
  if (variant == nullptr) return std::nullopt;
  OfNode config{variant->text.fill(all), variant->origins};
  if (config.ignition.size() > kMaxIgnitionBytes) {
    findings.push_back(error(pool_.name.mark, "the config of node " + node.name + " has " +
                                                  Bytes(config.ignition.size()).str() + ", at most " +
                                                  Bytes(kMaxIgnitionBytes).str() + " are allowed"));
    return std::nullopt;
  }
  return config;
}

void PoolConfig::checkWithoutNodes(Findings& findings) {
  if (!good_ || std::ranges::any_of(files_, [](const ButaneFile* file) { return !file->varying().empty(); })) return;
  (void)variantFor(Answers(files_.size()), findings);
}

source::Findings PoolConfig::advice() const {
  Findings all;
  for (const auto& [decided, variant] : variants_) {
    if (variant) all.insert(all.end(), variant->advice.begin(), variant->advice.end());
  }
  return all;
}

const PoolConfig::Variant* PoolConfig::variantFor(const Answers& answers, Findings& findings) {
  std::string decided;
  for (const auto& file : answers) {
    for (const Answer& each : file) decided += (each.decision ? templates::jsonOf(*each.decision) : "") + "\n";
  }
  const auto [entry, isNew] = variants_.try_emplace(decided);
  if (isNew) entry->second = make(answers, findings);
  return entry->second ? &*entry->second : nullptr;
}

Config PoolConfig::base(const Config& user, const Words& words) const {
  Config own = berthLayer(user, spec_, pool_, words, around_.site);
  const stack::Roles roles = stack::rolesOf(spec_, *pool_.name);
  if (!roles.any()) return own;
  const stack::NodeWords node{words.name, words.nics.front().address, words.certificate, words.privateKey};
  own = ignition::merge(own, stack::stackLayer({spec_, *spec_.stack, around_.roster, around_.secrets, node, roles}));
  if (around_.site.isOurs()) return own;
  // The first version that knows SHA-256.
  Config archives(ignition::SpecVersion::v3_1);
  addArchives(archives, stack::releasesFor(*spec_.stack, roles));
  return ignition::merge(own, archives);
}

std::optional<PoolConfig::Variant> PoolConfig::make(const Answers& answers, Findings& findings) const {
  Config user(ignition::SpecVersion::v3_0);
  // A token that is made of the digest of a text cannot stand in that text.
  std::string texts;
  for (const ButaneFile* file : files_) texts += file->text();
  const std::string own = "e" + Digest::of(texts).hex().substr(0, 32) + "f";
  std::vector<std::string> wordTokens;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const std::string ofFile = own + std::to_string(i) + "w";
    const auto config = files_[i]->translated(answers[i], ofFile, findings);
    if (!config) return std::nullopt;
    user = ignition::merge(user, *config);
    std::size_t word = 0;
    for (const Answer& each : answers[i]) {
      for (std::size_t n = 0; n < each.words.size(); ++n) wordTokens.push_back(ofFile + std::to_string(word++) + "z");
    }
  }
  // A token that is made of the config's digest cannot stand in that config.
  const std::string mark = "t" + Digest::of(ignition::write(user)).hex().substr(0, 32);
  Words tokens{.name = mark + "n",
               .nics = {},
               .lock = {mark + "u", mark + "p"},
               .certificate = mark + "c",
               .privateKey = mark + "k"};
  for (std::size_t i = 0; i < spec_.networks.size(); ++i) {
    tokens.nics.push_back({.mac = mark + "m" + std::to_string(i), .address = mark + "a" + std::to_string(i)});
  }
  Findings onVolumes;
  checkVolumes(user, pool_, onVolumes);
  if (!onVolumes.empty()) {
    findings.insert(findings.end(), onVolumes.begin(), onVolumes.end());
    return std::nullopt;
  }
  const Config merged = ignition::merge(base(user, tokens), user);
  if (pool_.butane.size() > 1) {
    Findings found;
    checkMerged(merged, pool_, found);
    if (!found.empty()) {
      findings.insert(findings.end(), found.begin(), found.end());
      return std::nullopt;
    }
  }
  const std::string text = ignition::write(merged);
  if (text.size() > kMaxIgnitionBytes) {
    findings.push_back(
        error(pool_.name.mark,
              "the config of pool \"" + pool_.name->str() + "\" has " + Bytes(text.size()).str() + ", at most " +
                  Bytes(kMaxIgnitionBytes).str() + " are allowed",
              "let the nodes fetch large files themselves: contents: { source: https://…, verification: …}"));
    return std::nullopt;
  }
  std::vector<std::string> allTokens = inOrder(tokens);
  allTokens.insert(allTokens.end(), wordTokens.begin(), wordTokens.end());
  auto origins = originsOf(spec_, pool_, merged);
  for (const auto& [place, names] : spec_.uses) {
    for (const spec::VariableName& name : names) {
      if (name.first == 0 || name.first == pool_.piece) origins->uses[place].insert(name);
    }
  }
  for (const ButaneFile* file : files_) {
    for (const auto& [place, names] : file->uses()) origins->uses[place].insert(names.begin(), names.end());
    origins->secret.merge(partsFrom(merged, secretPlaces(spec_, *file)));
  }
  origins->secret.insert(kFleetLockPath);
  return Variant{Template(text, allTokens), std::move(origins), lint(user, pool_)};
}

}  // namespace berth::node
