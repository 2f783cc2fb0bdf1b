// SPDX-License-Identifier: Apache-2.0
//
// From a path on the command line to what is sent to the controller. Everything is checked and composed here first:
// while there is an error, nothing leaves this machine.
//
//   SpecOnDisk spec({.file = "examples/first/cluster.yaml"}, world);
//   auto outcome = spec.check(world);            // offline: spec and blueprints
//   auto submission = submissionOf(spec, image);
#pragma once

#include <optional>
#include <string>

#include "controller/cli/arguments.h"
#include "controller/cli/findings.h"
#include "controller/cli/local_files.h"
#include "controller/cli/trouble.h"
#include "planner/change/plan_cluster.h"
#include "protocol/message/operator.h"

namespace berth::cli {

class SpecOnDisk {
public:
  /// The path as it was typed.
  SpecOnDisk(const SpecOptions& options, const World& world);

  /// Trouble when it is no file that can be read; a directory gets a hint of its own. The same for files of variables.
  [[nodiscard]] std::optional<Trouble> unreadable() const;
  /// Reads the spec and all it refers to, and composes its nodes. What is wrong has been printed; nothing when that is
  /// an error.
  [[nodiscard]] std::optional<change::Outcome> check(World& world, const node::Site& site = {}) const;
  /// Where findings point.
  [[nodiscard]] Place place() const;

  /// The spec's path within files().
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const LocalFiles& files() const { return files_; }
  /// Values for its variables, from wherever they were given.
  [[nodiscard]] const spec::Givens& givens() const { return givens_; }

private:
  std::string path_;
  std::string directory_;
  std::string name_;
  LocalFiles files_;
  spec::Givens givens_;
  std::optional<Trouble> unreadableVariables_;
};

/// How an image came to be known; shown with the plan.
struct ResolvedImage {
  message::Image image;
  /// "as revision 3 has it", or empty when it was resolved just now.
  std::string note;
};

/// The image of `inForce` when it was declared in the same words, else the one that the declaration means now, for
/// which stream metadata is fetched or a file is hashed. `inForce` is null for a new cluster or --update-image.
[[nodiscard]] Result<ResolvedImage> resolveImage(const spec::ImageSource& source, const message::ClusterRow* inForce,
                                                 const Place& place, World& world);

/// Everything that was read, as it travels; of variables, those that `declared` has.
[[nodiscard]] message::Submission submissionOf(const SpecOnDisk& spec, const spec::Spec& declared,
                                               const message::Image& image);

}  // namespace berth::cli
