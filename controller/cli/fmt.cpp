// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>
#include <system_error>

#include "controller/cli/commands.h"
#include "planner/ignition/text_diff.h"
#include "planner/spec/format.h"

namespace berth::cli {

namespace fs = std::filesystem;

namespace {

/// A spec is written by a person: what is larger is none.
constexpr std::size_t kLargest = std::size_t{4} << 20;

std::optional<std::string> contentOf(std::istream& in) {
  std::string text;
  char c = 0;
  while (text.size() <= kLargest && in.get(c)) text += c;
  return text.size() > kLargest ? std::nullopt : std::optional(text);
}

/// Beside the file and then in its place, so that nobody ever sees half of it.
std::optional<std::string> replaceFile(const fs::path& path, const std::string& text) {
  const fs::path target = fs::is_symlink(path) ? fs::canonical(path) : path;
  const fs::path temporary = target.string() + ".fmt-new";
  std::error_code error;
  {
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    out << text;
    out.flush();
    if (!out) return "cannot write " + temporary.string();
  }
  fs::permissions(temporary, fs::status(target).permissions(), error);
  fs::rename(temporary, target, error);
  if (!error) return std::nullopt;
  std::error_code ignored;
  fs::remove(temporary, ignored);
  return "cannot replace " + target.string() + ": " + error.message();
}

enum class Verdict { asUsual, otherwise, failed };

Verdict formatOne(const std::string& file, const command::Fmt& fmt, Session& session) {
  World& world = session.world();
  const bool isStdin = file == "-";
  std::ifstream stream;
  if (!isStdin) stream.open(file, std::ios::binary);
  if (!isStdin && (!stream || fs::is_directory(file))) {
    session.fail("cannot read " + file);
    return Verdict::failed;
  }
  const auto text = contentOf(isStdin ? world.in : static_cast<std::istream&>(stream));
  if (!text) {
    session.fail(file + " is too large for a spec");
    return Verdict::failed;
  }
  const std::string name = isStdin ? "<standard input>" : file;
  const auto formatted = spec::format(*text, name);
  if (const auto* finding = std::get_if<source::Diagnostic>(&formatted)) {
    printFindings({*finding}, {"", [&](std::string_view) { return text; }}, world);
    return Verdict::failed;
  }
  const auto& done = std::get<std::string>(formatted);
  const bool changes = done != *text;
  if (fmt.diff && changes) {
    world.out << "--- " << name << "\n+++ " << name << "\n";
    for (const ignition::Hunk& hunk : ignition::textDiff(*text, done)) world.out << ignition::unified(hunk);
  }
  if (fmt.check || fmt.diff) {
    if (fmt.check && !fmt.diff && changes) world.out << name << "\n";
  } else if (isStdin) {
    world.out << done;
  } else if (changes) {
    if (const auto why = replaceFile(file, done)) {
      session.fail(*why);
      return Verdict::failed;
    }
    if (!session.globals().quiet) world.out << name << "\n";
  }
  return changes ? Verdict::otherwise : Verdict::asUsual;
}

}  // namespace

ExitCode run(const command::Fmt& fmt, Session& session) {
  std::vector<std::string> files = fmt.files;
  if (files.empty()) files.emplace_back("cluster.yaml");
  bool failed = false;
  bool otherwise = false;
  for (const std::string& file : files) {
    const Verdict verdict = formatOne(file, fmt, session);
    failed = failed || verdict == Verdict::failed;
    otherwise = otherwise || verdict == Verdict::otherwise;
  }
  if (failed) return ExitCode::error;
  return fmt.check && otherwise ? ExitCode::otherForm : ExitCode::ok;
}

}  // namespace berth::cli
