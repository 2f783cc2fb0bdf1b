// SPDX-License-Identifier: Apache-2.0
//
// diff: two files become two configs, and what is otherwise between them is shown. Ends as diff(1) does.
#include <algorithm>
#include <filesystem>
#include <ostream>

#include "controller/cli/butane/files_directory.h"
#include "controller/cli/butane/input.h"
#include "controller/cli/commands.h"
#include "controller/cli/diff/diff_text.h"
#include "controller/cli/diff/side.h"
#include "controller/cli/findings.h"

namespace berth::cli {

namespace {

/// A file as it was named, with its text.
struct Read {
  std::string name;
  std::string text;
};

std::optional<Read> readNamed(const std::string& name, Session& session) {
  if (name == "-") return Read{"<stdin>", readInput(session.world().in)};
  auto read = readInputFile(name);
  if (const auto* why = std::get_if<source::Unreadable>(&read)) {
    session.fail("cannot read " + name + ": " + why->reason);
    return std::nullopt;
  }
  return Read{name, std::move(std::get<std::string>(read))};
}

/// Where a file's local names lie: beside it, unless somebody says otherwise.
std::string directoryOf(const std::string& file, const std::string& filesDirectory) {
  if (!filesDirectory.empty()) return filesDirectory;
  const auto parent = std::filesystem::path(file).parent_path();
  return parent.empty() ? "." : parent.string();
}

Side sideOf(const Read& read, const std::string& filesDirectory, Session& session) {
  Side side = readSide(read.text, read.name, FilesDirectory(directoryOf(read.name, filesDirectory)));
  source::Findings told = side.findings;
  if (session.globals().quiet) {
    std::erase_if(told, [](const auto& finding) { return finding.severity != source::Severity::error; });
  }
  printFindings(told, {"", [&read](std::string_view) { return std::optional(read.text); }}, session.world());
  return side;
}

void print(const std::vector<ignition::Difference>& differences, const command::Diff& diff, Session& session) {
  World& world = session.world();
  if (diff.format == Format::table) {
    world.out << show::diffText(differences, world.outStyle, world.width());
    return;
  }
  const show::Json all = show::diffJson(differences);
  world.out << (diff.format == Format::json ? show::jsonText(all) : show::yamlText(all));
}

}  // namespace

ExitCode run(const command::Diff& diff, Session& session) {
  if (diff.before == "-" && diff.after == "-") {
    session.fail("standard input can be one of the two files, not both");
    return kTrouble;
  }
  const auto before = readNamed(diff.before, session);
  const auto after = readNamed(diff.after, session);
  if (!before || !after) return kTrouble;
  const Side old = sideOf(*before, diff.filesDirectory, session);
  const Side fresh = sideOf(*after, diff.filesDirectory, session);
  if (!old.config || !fresh.config) return kTrouble;

  const auto secrets = diff.showSecrets ? ignition::Secrets::shown : ignition::Secrets::masked;
  const auto differences = ignition::diff(*old.config, *fresh.config, secrets);
  print(differences, diff, session);
  const auto hidden = std::ranges::count_if(differences, &ignition::Difference::isSecret);
  if (hidden != 0 && !diff.showSecrets) {
    session.advise(
        "What is secret is not shown: passwords, keys, and files that not everybody may read.\n"
        "  --show-secrets shows those files.\n");
  }
  return differences.empty() ? ExitCode::ok : kDifferent;
}

}  // namespace berth::cli
