// SPDX-License-Identifier: Apache-2.0
#include "planner/node/pool_config.h"

#include <algorithm>

#include "planner/butane/translate.h"
#include "planner/ignition/validate.h"
#include "planner/ignition/write.h"
#include "planner/node/butane_findings.h"
#include "planner/node/layer.h"
#include "planner/node/lint.h"
#include "planner/node/parts.h"
#include "planner/node/volume_config.h"
#include "words/digest.h"

namespace berth::node {

using ignition::Config;
using source::error;
using source::Findings;

namespace {

/// `files_dir` is where Butane's local files begin: a view of the files from there.
class Below final : public source::Files {
public:
  Below(const source::Files& files, const std::string& directory) : files_(files), directory_(directory) {}

  [[nodiscard]] std::variant<std::string, source::Unreadable> read(std::string_view path) const override {
    const auto inside = source::normalised(path);
    if (!inside) return source::Unreadable{"\"" + std::string(path) + "\" leads out of the directory of the files"};
    return files_.read(joined(*inside));
  }

  [[nodiscard]] std::variant<source::Tree, source::Unreadable> tree(std::string_view path) const override {
    const auto inside = source::normalised(path);
    if (!inside) return source::Unreadable{"\"" + std::string(path) + "\" leads out of the directory of the files"};
    auto tree = files_.tree(joined(*inside));
    if (auto* found = std::get_if<source::Tree>(&tree); found != nullptr && !directory_.empty()) {
      for (source::TreeEntry& entry : found->entries) entry.path = stripped(entry.path);
      found->root.path = stripped(found->root.path);
    }
    return tree;
  }

private:
  [[nodiscard]] std::string joined(const std::string& inside) const {
    if (directory_.empty()) return inside;
    return inside.empty() ? directory_ : directory_ + "/" + inside;
  }
  [[nodiscard]] std::string stripped(const std::string& path) const {
    if (path == directory_) return "";
    return path.starts_with(directory_ + "/") ? path.substr(directory_.size() + 1) : path;
  }

  const source::Files& files_;
  const std::string& directory_;
};

/// What a merge can bring about that no file alone had: told once, at the value in question.
void checkMerged(const Config& config, const spec::Pool& pool, Findings& findings) {
  for (source::Diagnostic& each : ignition::asDiagnostics(ignition::validate(config))) {
    if (each.severity != source::Severity::error) continue;
    if (!each.where.known()) each.where = pool.name.mark;
    each.message = "the merged config of pool \"" + pool.name->str() + "\" would be refused: " + each.message;
    findings.push_back(std::move(each));
  }
}

std::shared_ptr<const Origins> originsOf(const spec::Spec& spec, const spec::Pool& pool, const Config& config) {
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
  origins->parts = marksOf(config);
  return origins;
}

}  // namespace

const Config* ButaneFiles::translated(const spec::Located<std::string>& path) {
  const auto [entry, isNew] = done_.try_emplace(*path);
  if (!isNew) return entry->second ? &*entry->second : nullptr;
  const auto content = files_.read(*path);
  if (const auto* failure = std::get_if<source::Unreadable>(&content)) {
    findings_.push_back(error(path.mark, failure->reason, "paths are relative to the directory of the spec"));
    return nullptr;
  }
  const Below local(files_, filesDir_);
  butane::Options options;
  options.file = *path;
  options.files = &local;
  const std::string& text = std::get<std::string>(content);
  const butane::Result result = butane::translate(text, options);
  Findings found = findingsOf(result, *path, text);
  if (!source::hasErrors(found)) entry->second = result.config;
  findings_.insert(findings_.end(), found.begin(), found.end());
  return entry->second ? &*entry->second : nullptr;
}

std::vector<std::string> inOrder(const Words& words) {
  std::vector<std::string> all{words.name};
  for (const Words::Nic& nic : words.nics) {
    all.push_back(nic.mac);
    all.push_back(nic.address);
  }
  return all;
}

std::optional<PoolConfig> poolConfig(const spec::Spec& spec, const spec::Pool& pool, ButaneFiles& butane,
                                     Findings& findings) {
  Config user(ignition::SpecVersion::v3_0);
  bool complete = true;
  for (const auto& path : pool.butane) {
    const Config* config = butane.translated(path);
    complete = complete && config != nullptr;
    if (complete) user = ignition::merge(user, *config);
  }
  if (!complete) return std::nullopt;
  // A token that is made of the config's digest cannot stand in that config.
  const std::string mark = "t" + Digest::of(ignition::write(user)).hex().substr(0, 32);
  Words tokens{.name = mark + "n", .nics = {}};
  for (std::size_t i = 0; i < spec.networks.size(); ++i) {
    tokens.nics.push_back({.mac = mark + "m" + std::to_string(i), .address = mark + "a" + std::to_string(i)});
  }
  Findings onVolumes;
  checkVolumes(user, pool, onVolumes);
  if (!onVolumes.empty()) {
    findings.insert(findings.end(), onVolumes.begin(), onVolumes.end());
    return std::nullopt;
  }
  const Config merged = ignition::merge(berthLayer(user, spec, pool, tokens), user);
  if (pool.butane.size() > 1) {
    Findings found;
    checkMerged(merged, pool, found);
    if (!found.empty()) {
      findings.insert(findings.end(), found.begin(), found.end());
      return std::nullopt;
    }
  }
  const std::string text = ignition::write(merged);
  if (text.size() > kMaxIgnitionBytes) {
    findings.push_back(
        error(pool.name.mark,
              "the config of pool \"" + pool.name->str() + "\" has " + Bytes(text.size()).str() + ", at most " +
                  Bytes(kMaxIgnitionBytes).str() + " are allowed",
              "let the nodes fetch large files themselves: contents: { source: https://…, verification: …}"));
    return std::nullopt;
  }
  return PoolConfig{Template(text, inOrder(tokens)), originsOf(spec, pool, merged), lint(user, pool)};
}

}  // namespace berth::node
