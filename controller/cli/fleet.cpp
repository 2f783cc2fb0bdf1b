// SPDX-License-Identifier: Apache-2.0
//
// host and user: who may come in.
#include <filesystem>
#include <ostream>

#include <unistd.h>

#include "controller/cli/commands.h"
#include "controller/cli/show/humanise.h"
#include "controller/cli/show/json.h"
#include "controller/cli/show/rows.h"
#include "protocol/identity/keys.h"
#include "protocol/message/words.h"

namespace berth::cli {

namespace reply = message::reply;
namespace request = message::request;

ExitCode run(const command::HostToken& token, Session& session) {
  const auto ttl = static_cast<std::uint32_t>(token.ttl.count());
  auto answer = session.ask<reply::Token>(request::CreateToken{token.host, ttl});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  const auto& issued = std::get<reply::Token>(answer);
  session.world().out << issued.text << "\n";
  const auto left = std::chrono::milliseconds(issued.expiresMs - show::millis(session.world().clock.wall()));
  session.advise("\nGood once, for host " + token.host.str() + ", for " + show::duration(left) +
                 ". On that host, paste it into:\n  berth-agent join -\n");
  return ExitCode::ok;
}

namespace {

/// The new user's own context file: this controller, and a key that exists nowhere else.
std::variant<identity::PublicKey, Trouble> writeUserFile(const command::UserAdd& add, const Session::Chosen& chosen) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(add.out, error))) {
    return Trouble{add.out + " is there already", "It may hold somebody's key. Name another file, or remove it first."};
  }
  identity::KeyPair pair = identity::KeyPair::generate();
  const identity::PublicKey publicKey = pair.publicKey();
  identity::ContextFile file;
  file.current = chosen.name;
  file.contexts.emplace(chosen.name,
                        identity::Context{chosen.context->endpoint, chosen.context->controller, std::move(pair)});
  if (auto failed = identity::writeContextFile(add.out, file)) return Trouble{failed->message};
  return publicKey;
}

}  // namespace

ExitCode run(const command::UserAdd& add, Session& session) {
  auto chosen = session.chosenContext();
  if (const Trouble* trouble = troubleOf(chosen)) return session.fail(*trouble);
  // The file comes first: a key that is admitted and lost would have to be found and removed again.
  auto written = writeUserFile(add, std::get<Session::Chosen>(chosen));
  if (const auto* trouble = std::get_if<Trouble>(&written)) return session.fail(*trouble);
  const auto& key = std::get<identity::PublicKey>(written);
  auto answer = session.ask<reply::Done>(request::AddOperator{add.name, add.role, key.str()});
  if (const Trouble* trouble = troubleOf(answer)) {
    ::unlink(add.out.c_str());
    return session.fail(*trouble);
  }
  if (!session.globals().quiet) {
    session.world().out << "User " << add.name.str() << " is admitted as " << toString(add.role) << ".\n";
  }
  session.advise(add.out + " holds their key: hand it over privately. They use it with:\n  berth --config " + add.out +
                 " get nodes\n");
  return ExitCode::ok;
}

ExitCode run(const command::UserList& list, Session& session) {
  auto answer = session.ask<reply::Operators>(request::GetOperators{});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  const auto& users = std::get<reply::Operators>(answer).operators;
  World& world = session.world();
  switch (list.format) {
    case Format::json: world.out << show::jsonText(show::json(users)); break;
    case Format::yaml: world.out << show::yamlText(show::json(users)); break;
    case Format::name:
      for (const message::OperatorRow& user : users) world.out << user.name.str() << "\n";
      break;
    case Format::table:
    case Format::wide: world.out << show::operatorTable(users).render(world.outStyle, world.width()); break;
  }
  return ExitCode::ok;
}

ExitCode run(const command::UserRemove& remove, Session& session) {
  auto answer = session.ask<reply::Done>(request::RemoveOperator{remove.name});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  if (!session.globals().quiet) session.world().out << "User " << remove.name.str() << " is admitted no longer.\n";
  return ExitCode::ok;
}

}  // namespace berth::cli
