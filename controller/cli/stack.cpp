// SPDX-License-Identifier: Apache-2.0
//
// stack: how the tools of a cluster are, and how to reach them. What `env` prints is read by a shell, so that every
// value stands in quotes, and nothing is printed at all when a part of it is missing: half an environment would talk to
// somebody else's servers with the other half of the one before.
#include "controller/cli/show/stack.h"

#include <algorithm>
#include <filesystem>
#include <ostream>

#include "controller/cli/commands.h"
#include "controller/cli/show/json.h"
#include "controller/cli/show/text.h"
#include "controller/cli/whole_file.h"
#include "protocol/message/words.h"
#include "words/digest.h"

namespace berth::cli {

namespace fs = std::filesystem;
namespace reply = message::reply;
namespace request = message::request;
using message::StackToolRow;
using message::ToolKind;

namespace {

/// How a tool's client is told of its server.
struct Client {
  /// Of its variables: "CONSUL" of CONSUL_CACERT.
  std::string_view prefix;
  std::string_view address;
  std::uint16_t port;
  std::string_view token;
  /// Who has a token where the controller has none.
  std::string_view login;
};

constexpr Client clientOf(ToolKind kind) {
  switch (kind) {
    case ToolKind::consul: return {"CONSUL", "CONSUL_HTTP_ADDR", 8501, "CONSUL_HTTP_TOKEN", "consul login"};
    case ToolKind::nomad: return {"NOMAD", "NOMAD_ADDR", 4646, "NOMAD_TOKEN", "nomad login"};
    case ToolKind::vault: return {"VAULT", "VAULT_ADDR", 8200, "VAULT_TOKEN", "vault login"};
    case ToolKind::openbao: return {"BAO", "BAO_ADDR", 8200, "BAO_TOKEN", "bao login"};
  }
  return {};
}

/// A line of what is printed.
struct Line {
  /// Empty for a remark.
  std::string variable;
  std::string text;
};

std::string inQuotes(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string urlOf(const message::NodeRow& node, std::uint16_t port) {
  const bool isSix = node.address.find(':') != std::string::npos;
  return "https://" + (isSix ? "[" + node.address + "]" : node.address) + ":" + std::to_string(port);
}

/// One that is ready; null when none is.
const message::NodeRow* serverOf(const StackToolRow& tool, const std::vector<message::NodeRow>& nodes) {
  const auto found = std::ranges::find_if(nodes, [&](const message::NodeRow& node) {
    return node.pool == tool.servers && node.known && node.status.phase == message::Phase::ready &&
           !node.address.empty();
  });
  return found == nodes.end() ? nullptr : &*found;
}

fs::path stateDirectory(const World& world) {
  if (const auto state = world.variable("XDG_STATE_HOME")) return *state;
  if (const auto home = world.variable("HOME")) return fs::path(*home) / ".local" / "state";
  return {};
}

/// Another authority, as of another fleet, gets another file: shells that use the older one go on.
Result<fs::path> writeAuthority(const command::StackEnv& env, const std::string& certificate, const World& world) {
  fs::path path = env.ca;
  std::error_code error;
  if (env.ca.empty()) {
    const fs::path state = stateDirectory(world);
    if (!state.is_absolute()) return Trouble{"neither XDG_STATE_HOME nor HOME is set", "Name a file: --ca FILE"};
    path = state / "berth" / (env.cluster.str() + "-" + Digest::of(certificate).shortHex() + ".pem");
    fs::create_directories(path.parent_path(), error);
    if (error) return Trouble{"cannot make " + path.parent_path().string() + ": " + error.message()};
  }
  error = writePrivate(path, certificate);
  if (error) return Trouble{"cannot write " + path.string() + ": " + error.message()};
  // Clients run in other directories than this one.
  return fs::absolute(path, error).lexically_normal();
}

/// Asked for by the version in force: a newer one is not known to the servers before the next apply.
Result<std::string> tokenOf(const command::StackEnv& env, const StackToolRow& tool, Session& session) {
  auto answer = session.ask<reply::Secret>(request::ReadSecret{env.cluster, *tool.token, tool.tokenVersion});
  if (auto* trouble = std::get_if<Trouble>(&answer)) return std::move(*trouble);
  return std::move(std::get<reply::Secret>(answer).value);
}

/// The lines of one tool, without the authority's.
std::optional<Trouble> addTool(const command::StackEnv& env, const StackToolRow& tool,
                               const std::vector<message::NodeRow>& nodes, Session& session, std::vector<Line>& lines) {
  const Client client = clientOf(tool.kind);
  const std::string name(message::toString(tool.kind));
  const auto* server = serverOf(tool, nodes);
  if (server == nullptr) {
    return Trouble{"no server of " + name + " in cluster " + env.cluster.str() + " is ready",
                   "See: berth get nodes --cluster " + env.cluster.str()};
  }
  lines.push_back({"", name + " " + show::oneLine(tool.version) + " on " + server->name.str()});
  lines.push_back({std::string(client.address), urlOf(*server, client.port)});
  if (!tool.token) {
    lines.push_back({"", "Berth keeps no token for it: " + std::string(client.login)});
  } else if (!env.tokens) {
    lines.push_back({"", "its token, for admins: berth stack env " + env.cluster.str() + " --tokens"});
  } else {
    auto token = tokenOf(env, tool, session);
    if (auto* trouble = std::get_if<Trouble>(&token)) return std::move(*trouble);
    lines.push_back({std::string(client.token), std::get<std::string>(std::move(token))});
  }
  return std::nullopt;
}

void print(const std::vector<Line>& lines, command::StackEnv::Form form, std::ostream& out) {
  if (form == command::StackEnv::Form::json) {
    show::Json json = show::Json::object();
    for (const Line& line : lines) {
      if (!line.variable.empty()) json[line.variable] = line.text;
    }
    out << show::jsonText(json);
    return;
  }
  for (const Line& line : lines) {
    if (line.variable.empty()) {
      out << "# " << line.text << "\n";
    } else {
      out << "export " << line.variable << "=" << inQuotes(line.text) << "\n";
    }
  }
}

}  // namespace

ExitCode run(const command::StackStatus& status, Session& session) {
  auto described = session.ask<reply::Stack>(request::DescribeStack{status.cluster});
  if (const Trouble* trouble = troubleOf(described)) return session.fail(*trouble);
  auto nodes = session.ask<reply::Nodes>(request::GetNodes{status.cluster});
  if (const Trouble* trouble = troubleOf(nodes)) return session.fail(*trouble);
  auto secrets = session.ask<reply::Secrets>(request::GetSecrets{status.cluster});
  if (const Trouble* trouble = troubleOf(secrets)) return session.fail(*trouble);

  World& world = session.world();
  const show::Stack stack = show::stackOf(std::get<reply::Stack>(described).tools, std::get<reply::Nodes>(nodes).nodes,
                                          std::get<reply::Secrets>(secrets).secrets, world.clock.wall());
  if (status.format == Format::json || status.format == Format::yaml) {
    const show::Json json = show::stackJson(stack);
    world.out << (status.format == Format::json ? show::jsonText(json) : show::yamlText(json));
    return ExitCode::ok;
  }
  const auto breadth = status.format == Format::wide ? show::Breadth::wide : show::Breadth::narrow;
  const auto table = show::stackTable(stack.tools, breadth, world.clock.wall());
  world.out << table.render(world.outStyle, world.width());
  if (!table.empty() && !stack.remarks.empty()) world.out << "\n";
  const auto width = world.width();
  for (const std::string& each : stack.remarks) world.out << (width ? show::wrapped(each, *width, "") : each) << "\n";
  return ExitCode::ok;
}

ExitCode run(const command::StackEnv& env, Session& session) {
  auto described = session.ask<reply::Stack>(request::DescribeStack{env.cluster});
  if (const Trouble* trouble = troubleOf(described)) return session.fail(*trouble);
  const auto& stack = std::get<reply::Stack>(described);
  if (stack.authority.empty()) {
    return session.fail("cluster " + env.cluster.str() + " has no authority yet",
                        "See: berth rollout status " + env.cluster.str());
  }
  auto answer = session.ask<reply::Nodes>(request::GetNodes{env.cluster});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  const auto& nodes = std::get<reply::Nodes>(answer).nodes;

  std::vector<Line> lines;
  for (const StackToolRow& tool : stack.tools) {
    if (const auto trouble = addTool(env, tool, nodes, session, lines)) return session.fail(*trouble);
  }
  auto authority = writeAuthority(env, stack.authority, session.world());
  if (const Trouble* trouble = troubleOf(authority)) return session.fail(*trouble);
  for (const StackToolRow& tool : stack.tools)
    lines.push_back({std::string(clientOf(tool.kind).prefix) + "_CACERT", std::get<fs::path>(authority).string()});
  print(lines, env.form, session.world().out);
  return ExitCode::ok;
}

}  // namespace berth::cli
