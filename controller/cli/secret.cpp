// SPDX-License-Identifier: Apache-2.0
//
// secret: what a cluster must know and nobody else. Values come from a file or from standard input, never from an
// argument, which every process of the machine could see; and only `get` ever shows one.
#include <fstream>
#include <iterator>
#include <ostream>

#include "controller/cli/commands.h"
#include "controller/cli/show/json.h"
#include "controller/cli/show/rows.h"
#include "protocol/message/limits.h"

namespace berth::cli {

namespace reply = message::reply;
namespace request = message::request;

namespace {

/// One byte more than a secret may have, so that a longer one is seen to be.
std::string readBounded(std::istream& in) {
  std::string text(message::kMaxSecret + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

Result<std::string> valueFor(const command::SecretSet& set, World& world) {
  std::string value;
  if (set.file.empty()) {
    if (world.inIs == IsTerminal::yes) {
      return Trouble{"a secret is not typed where it can be seen", "Pipe it in, or name a file: --file FILE"};
    }
    value = readBounded(world.in);
    // echo and editors end a line that nobody means.
    if (value.ends_with('\n')) value.pop_back();
  } else {
    std::ifstream in(set.file, std::ios::binary);
    if (!in) return Trouble{"cannot read " + set.file, {}};
    value = readBounded(in);
  }
  if (value.empty()) return Trouble{"the value is empty", "Nothing was set."};
  if (value.size() <= message::kMaxSecret) return value;
  return Trouble{"the value is larger than " + std::to_string(message::kMaxSecret >> 10) + " KiB",
                 "What is that large is no secret: keep a key for it here, and the rest elsewhere."};
}

std::string nameOf(const ClusterName& cluster, const message::SecretName& name) {
  return "secret " + name.str() + " of cluster " + cluster.str();
}

/// It has been done, and this is what will come of it.
ExitCode done(const std::string& what, Session& session) {
  if (!session.globals().quiet) session.world().out << what << "\n";
  return ExitCode::ok;
}

}  // namespace

ExitCode run(const command::SecretList& list, Session& session) {
  auto answer = session.ask<reply::Secrets>(request::GetSecrets{list.cluster});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  const auto& secrets = std::get<reply::Secrets>(answer).secrets;
  World& world = session.world();
  const auto breadth = list.format == Format::wide ? show::Breadth::wide : show::Breadth::narrow;
  switch (list.format) {
    case Format::json: world.out << show::jsonText(show::json(secrets)); break;
    case Format::yaml: world.out << show::yamlText(show::json(secrets)); break;
    case Format::name:
      for (std::size_t i = 0; i < secrets.size(); ++i) {
        if (i == 0 || secrets[i].name != secrets[i - 1].name) world.out << secrets[i].name.str() << "\n";
      }
      break;
    case Format::table:
    case Format::wide:
      if (secrets.empty()) session.advise("Cluster " + list.cluster.str() + " has no secrets.\n");
      world.out << show::secretTable(secrets, breadth, world.clock.wall()).render(world.outStyle, world.width());
      break;
  }
  return ExitCode::ok;
}

ExitCode run(const command::SecretGet& get, Session& session) {
  auto answer = session.ask<reply::Secret>(request::ReadSecret{get.cluster, get.name, get.version});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  const std::string& value = std::get<reply::Secret>(answer).value;
  World& world = session.world();
  world.out << value;
  // A prompt is not to stand behind it; elsewhere the value is all there is.
  if (world.outIs == IsTerminal::yes && !value.ends_with('\n')) world.out << "\n";
  return ExitCode::ok;
}

ExitCode run(const command::SecretSet& set, Session& session) {
  auto value = valueFor(set, session.world());
  if (const Trouble* trouble = troubleOf(value)) return session.fail(*trouble);
  auto answer = session.ask<reply::Done>(request::SetSecret{set.cluster, set.name, std::get<std::string>(value)});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  return done("The next apply of cluster " + set.cluster.str() + " brings secret " + set.name.str() + ".", session);
}

ExitCode run(const command::SecretRotate& rotate, Session& session) {
  auto answer = session.ask<reply::Done>(request::RotateSecret{rotate.cluster, rotate.name});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  return done("The next apply of cluster " + rotate.cluster.str() + " brings another " + rotate.name.str() + ".",
              session);
}

ExitCode run(const command::SecretDelete& remove, Session& session) {
  if (!remove.yes) {
    auto agreed = session.confirm("Delete " + nameOf(remove.cluster, remove.name) + " for ever? ");
    if (const Trouble* trouble = troubleOf(agreed)) return session.fail(*trouble);
    if (!std::get<bool>(agreed)) {
      session.world().err << "Nothing was changed.\n";
      return ExitCode::error;
    }
  }
  auto answer = session.ask<reply::Done>(request::DeleteSecret{remove.cluster, remove.name});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  return done("Secret " + remove.name.str() + " of cluster " + remove.cluster.str() + " is deleted.", session);
}

}  // namespace berth::cli
