// SPDX-License-Identifier: Apache-2.0
//
// What helps to write a spec: its schema, the meaning of its fields, a first one, and its usual form. All offline.
#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>
#include <system_error>

#include "controller/cli/commands.h"
#include "controller/cli/findings.h"
#include "controller/cli/first_spec.h"
#include "controller/cli/whole_file.h"
#include "planner/import/harbor.h"
#include "planner/spec/explain.h"
#include "planner/spec/json_schema.h"

namespace berth::cli {

namespace fs = std::filesystem;

namespace {

constexpr const char* kSpecName = "cluster.yaml";
constexpr const char* kButaneName = "base.bu";

/// Trouble when it is there already.
std::optional<Trouble> writeFirst(const fs::path& path, std::string_view text) {
  const std::error_code error = writeNew(path, text);
  if (!error) return std::nullopt;
  if (error == std::errc::file_exists) return Trouble{path.string() + " is there already", "Nothing was overwritten."};
  return Trouble{"cannot write " + path.string() + ": " + error.message()};
}

/// One line that begins like a public key of OpenSSH's, and can stand in YAML without quotes.
Result<std::string> publicKey(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return Trouble{"cannot read " + path};
  if (line.find("PRIVATE KEY") != std::string::npos) {
    return Trouble{path + " is a private key", "Name the public one: " + path + ".pub"};
  }
  const bool isKey = line.starts_with("ssh-") || line.starts_with("ecdsa-") || line.starts_with("sk-");
  if (!isKey || line.size() > 8192 || line.find(" #") != std::string::npos || line.find(": ") != std::string::npos) {
    return Trouble{path + " is no public key of OpenSSH", "Such as ~/.ssh/id_ed25519.pub"};
  }
  while (line.ends_with(' ') || line.ends_with('\r')) line.pop_back();
  return line;
}

/// Both files, or neither.
std::optional<Trouble> writeBoth(const fs::path& directory, std::string_view spec, std::string_view butane) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return Trouble{"cannot make the directory " + directory.string() + ": " + error.message()};
  for (const char* each : {kSpecName, kButaneName}) {
    if (fs::exists(fs::symlink_status(directory / each, error))) {
      return Trouble{(directory / each).string() + " is there already", "Nothing was written."};
    }
  }
  if (auto trouble = writeFirst(directory / kSpecName, spec)) return trouble;
  return writeFirst(directory / kButaneName, butane);
}

}  // namespace

ExitCode run(const command::Schema& /*schema*/, Session& session) {
  session.world().out << spec::jsonSchema(spec::specShape());
  return ExitCode::ok;
}

ExitCode run(const command::Explain& explain, Session& session) {
  const auto answer = spec::explain(explain.field, explain.recursive ? spec::Depth::everything : spec::Depth::fields);
  if (const auto* none = std::get_if<spec::NoSuchField>(&answer)) return session.fail(none->message, none->hint);
  session.world().out << std::get<std::string>(answer);
  return ExitCode::ok;
}

ExitCode run(const command::Import& import, Session& session) {
  std::ifstream file(import.file, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return session.fail("cannot read " + import.file);
  const auto imported = import::importHarbor(text.str(), import.file, import.cluster);
  if (const auto* findings = std::get_if<source::Findings>(&imported)) {
    printFindings(*findings, {"", [&](std::string_view) { return std::optional(text.str()); }}, session.world());
    return session.fail(import.file + " cannot be imported", "Nothing was written.");
  }
  const auto& made = std::get<import::Imported>(imported);
  if (const auto trouble = writeBoth(import.directory, made.spec, made.butane)) return session.fail(*trouble);
  const fs::path spec = fs::path(import.directory) / kSpecName;
  session.advise("Wrote " + spec.string() + " and " + (fs::path(import.directory) / kButaneName).string() +
                 ".\n\nTo be seen to:\n");
  for (const std::string& each : made.notes) session.advise("- " + each + "\n");
  return ExitCode::ok;
}

ExitCode run(const command::Init& init, Session& session) {
  std::string key;
  if (!init.sshKey.empty()) {
    auto read = publicKey(init.sshKey);
    if (const auto* trouble = troubleOf(read)) return session.fail(*trouble);
    key = std::get<std::string>(std::move(read));
  }
  std::error_code error;
  const fs::path directory = init.directory;
  // With a slash at its end the last part is empty, and its parent is the directory itself.
  const auto cluster =
      ClusterName::parse(fs::absolute(directory / "", error).lexically_normal().parent_path().filename().string());
  const std::string first = firstSpec(cluster.value_or(*ClusterName::parse("first")));
  if (const auto trouble = writeBoth(directory, first, firstButane(key))) return session.fail(*trouble);
  const fs::path spec = directory / kSpecName;
  session.advise("Wrote " + spec.string() + " and " + (directory / kButaneName).string() +
                 ".\nNext: berth validate -f " + spec.string() + "\n");
  return ExitCode::ok;
}

}  // namespace berth::cli
