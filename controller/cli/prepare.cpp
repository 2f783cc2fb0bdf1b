// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/prepare.h"

#include <algorithm>
#include <filesystem>
#include <ostream>

#include "controller/cli/fetch.h"
#include "controller/cli/show/humanise.h"
#include "controller/cli/variables.h"
#include "planner/image/declared.h"
#include "planner/image/resolve.h"

namespace berth::cli {

namespace {

message::Image::Packing packing(image::Packing packing) {
  switch (packing) {
    case image::Packing::none: return message::Image::Packing::none;
    case image::Packing::gzip: return message::Image::Packing::gzip;
    case image::Packing::xz: return message::Image::Packing::xz;
    case image::Packing::zstd: return message::Image::Packing::zstd;
  }
  return message::Image::Packing::none;
}

message::Image toMessage(const image::Image& image) {
  return {image.source, packing(image.packing), image.packedDigest, image.contentDigest, image.label};
}

message::SubmittedFile toMessage(const source::BundledFile& file) {
  using Kind = message::SubmittedFile::Kind;
  switch (file.kind) {
    case source::TreeEntry::Kind::directory: return {{}, Kind::directory, false};
    case source::TreeEntry::Kind::link: return {file.bytes, Kind::link, false};
    case source::TreeEntry::Kind::file:
    case source::TreeEntry::Kind::other: break;
  }
  return {file.bytes, Kind::file, file.executable};
}

message::SubmittedVariable toMessage(const spec::Given& given, templates::Sensitivity sensitivity) {
  using Form = message::SubmittedVariable::Form;
  return {given.name,
          given.text,
          given.form == spec::Given::Form::json ? Form::json : Form::text,
          sensitivity == templates::Sensitivity::sensitive,
          given.where.file,
          given.where.line,
          given.where.column};
}

/// What the declaration needs from outside.
Result<image::Given> give(const image::Need& need) {
  image::Given given;
  if (const auto* metadata = std::get_if<image::NeedsMetadata>(&need)) {
    auto text = fetchText(metadata->url, {.bytes = image::kMaxMetadataBytes});
    if (auto* trouble = std::get_if<Trouble>(&text)) return std::move(*trouble);
    given.metadata = std::move(std::get<std::string>(text));
  }
  if (const auto* file = std::get_if<image::NeedsDigest>(&need)) {
    auto digest = digestOfFile(file->path);
    if (auto* trouble = std::get_if<Trouble>(&digest)) return std::move(*trouble);
    given.digest = std::get<Digest>(digest);
  }
  return given;
}

}  // namespace

SpecOnDisk::SpecOnDisk(const SpecOptions& options, const World& world)
    : path_(options.file),
      directory_(path_.find('/') == std::string::npos ? "" : path_.substr(0, path_.rfind('/') + 1)),
      name_(path_.substr(directory_.size())),
      files_(directory_) {
  auto given = gatherVariables(options.variables, directory_, world);
  if (auto* trouble = std::get_if<Trouble>(&given)) {
    unreadableVariables_ = std::move(*trouble);
  } else {
    givens_ = std::get<spec::Givens>(std::move(given));
  }
}

std::optional<Trouble> SpecOnDisk::unreadable() const {
  std::error_code error;
  if (std::filesystem::is_directory(path_, error)) {
    return Trouble{path_ + " is a directory",
                   "Name the spec in it, for example -f " + (std::filesystem::path(path_) / "cluster.yaml").string()};
  }
  const auto text = files_.read(name_);
  const auto* unreadable = std::get_if<source::Unreadable>(&text);
  if (unreadable == nullptr) return unreadableVariables_;
  return Trouble{"cannot read the spec: " + directory_ + unreadable->reason, ""};
}

std::optional<change::Outcome> SpecOnDisk::check(World& world, const node::Site& site) const {
  change::Outcome outcome = change::checkCluster(name_, files_, givens_, site);
  printFindings(outcome.findings, place(), world);
  const auto isError = [](const source::Diagnostic& finding) { return finding.severity == source::Severity::error; };
  const auto errors = static_cast<std::uint64_t>(std::ranges::count_if(outcome.findings, isError));
  if (errors == 0 && outcome.spec) return outcome;
  world.err << show::count(errors, "error") << "; nothing was sent to the controller.\n" << std::flush;
  return std::nullopt;
}

Place SpecOnDisk::place() const {
  return {directory_, [this](std::string_view file) -> std::optional<std::string> {
            const auto found = files_.bundle().find(file);
            if (found == files_.bundle().end()) return std::nullopt;
            return found->second.bytes;
          }};
}

Result<ResolvedImage> resolveImage(const spec::ImageSource& source, const message::ClusterRow* inForce,
                                   const Place& place, World& world) {
  if (inForce != nullptr && inForce->imageDeclared == image::declared(source)) {
    return ResolvedImage{inForce->image, "as revision " + std::to_string(inForce->revision.value()) + " has it"};
  }
  auto given = give(image::need(source));
  if (auto* trouble = std::get_if<Trouble>(&given)) return std::move(*trouble);
  auto resolved = image::resolve(source, std::get<image::Given>(given));
  if (const auto* finding = std::get_if<source::Diagnostic>(&resolved)) {
    printFindings({*finding}, place, world);
    return Trouble{"the image of the spec is not to be had", ""};
  }
  return ResolvedImage{toMessage(std::get<image::Image>(resolved)), ""};
}

message::Submission submissionOf(const SpecOnDisk& spec, const spec::Spec& declared, const message::Image& image) {
  message::Submission submission;
  submission.specPath = spec.name();
  submission.image = image;
  for (const auto& [path, file] : spec.files().bundle()) submission.files.emplace(path, toMessage(file));
  for (const templates::Variable& each : declared.pieces.front().variables) {
    const auto& givens = spec.givens();
    const auto given =
        std::find_if(givens.rbegin(), givens.rend(), [&](const spec::Given& one) { return one.name == each.name; });
    if (given != givens.rend()) submission.variables.push_back(toMessage(*given, each.sensitivity));
  }
  return submission;
}

}  // namespace berth::cli
