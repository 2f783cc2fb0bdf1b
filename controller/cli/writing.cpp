// SPDX-License-Identifier: Apache-2.0
//
// What helps to write a spec: its schema, the meaning of its fields, a first one, and its usual form. All offline.
#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>
#include <system_error>

#include "controller/cli/commands.h"
#include "controller/cli/first_spec.h"
#include "controller/cli/whole_file.h"
#include "planner/spec/explain.h"
#include "planner/spec/json_schema.h"

namespace berth::cli {

namespace fs = std::filesystem;

namespace {

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

ExitCode run(const command::Init& init, Session& session) {
  std::string key;
  if (!init.sshKey.empty()) {
    auto read = publicKey(init.sshKey);
    if (const auto* trouble = troubleOf(read)) return session.fail(*trouble);
    key = std::get<std::string>(std::move(read));
  }
  std::error_code error;
  const fs::path directory = init.directory;
  fs::create_directories(directory, error);
  if (error) return session.fail("cannot make the directory " + directory.string() + ": " + error.message());
  // With a slash at its end the last part is empty, and its parent is the directory itself.
  const auto cluster =
      ClusterName::parse(fs::absolute(directory / "", error).lexically_normal().parent_path().filename().string());
  const fs::path spec = directory / "cluster.yaml";
  const fs::path butane = directory / "base.bu";
  for (const fs::path& each : {spec, butane}) {
    if (fs::exists(fs::symlink_status(each, error))) {
      return session.fail(each.string() + " is there already", "Nothing was written.");
    }
  }
  if (auto trouble = writeFirst(spec, firstSpec(cluster.value_or(*ClusterName::parse("first"))))) {
    return session.fail(*trouble);
  }
  if (auto trouble = writeFirst(butane, firstButane(key))) return session.fail(*trouble);
  session.advise("Wrote " + spec.string() + " and " + butane.string() + ".\nNext: berth validate -f " + spec.string() +
                 "\n");
  return ExitCode::ok;
}

}  // namespace berth::cli
