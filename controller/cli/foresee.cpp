// SPDX-License-Identifier: Apache-2.0
//
// simulate and rebalance: the controller knows the fleet and answers; nothing is changed.
#include <ostream>

#include "controller/cli/commands.h"
#include "controller/cli/show/layout.h"

namespace berth::cli {

namespace reply = message::reply;
namespace request = message::request;

namespace {

/// `text` makes what a person reads, when it is wanted.
template <class Text>
void print(const show::Json& json, Format format, Text text, Session& session) {
  switch (format) {
    case Format::json: session.world().out << show::jsonText(json); break;
    case Format::yaml: session.world().out << show::yamlText(json); break;
    case Format::table:
    case Format::wide:
    case Format::name: session.world().out << text(session.world().outStyle); break;
  }
}

}  // namespace

ExitCode run(const command::Simulate& simulate, Session& session) {
  auto answer = session.ask<reply::Simulated>(simulate.question);
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  const auto& told = std::get<reply::Simulated>(answer);
  print(
      show::json(told), simulate.format,
      [&](const show::Style& style) { return show::simulationText(simulate.question, told, style); }, session);
  return ExitCode::ok;
}

ExitCode run(const command::Rebalance& rebalance, Session& session) {
  if (!rebalance.plan) {
    return session.fail("moves can be planned, and not yet be carried out", "Say: berth rebalance --plan");
  }
  auto answer = session.ask<reply::Rebalanced>(request::Rebalance{rebalance.cluster, rebalance.most});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  const auto& moves = std::get<reply::Rebalanced>(answer).moves;
  print(
      show::json(moves), rebalance.format, [&](const show::Style& style) { return show::movesText(moves, style); },
      session);
  return ExitCode::ok;
}

}  // namespace berth::cli
