// SPDX-License-Identifier: Apache-2.0
//
// context and version: what this program itself is set up to.
#include <ostream>

#include "controller/cli/commands.h"
#include "controller/cli/show/json.h"
#include "controller/cli/show/table.h"
#include "controller/cli/show/text.h"
#include "planner/source/diagnostic.h"

namespace berth::cli {

namespace {

namespace reply = message::reply;
namespace request = message::request;

Result<identity::ContextFile> readContexts(Session& session) {
  auto file = identity::readContextFile(session.contextPath());
  if (auto* error = std::get_if<identity::ContextFileError>(&file)) return Trouble{error->message};
  return std::move(std::get<identity::ContextFile>(file));
}

}  // namespace

ExitCode run(const command::ContextList&, Session& session) {
  auto read = readContexts(session);
  if (const Trouble* trouble = troubleOf(read)) return session.fail(*trouble);
  const auto& file = std::get<identity::ContextFile>(read);
  show::Table table({{"CONTEXT"}, {"CURRENT"}, {"CONTROLLER"}});
  for (const auto& [name, context] : file.contexts) {
    table.add({{name}, {name == file.current ? "yes" : "no"}, {context.endpoint.str()}});
  }
  session.world().out << table.render(session.world().outStyle, session.world().width());
  return ExitCode::ok;
}

ExitCode run(const command::ContextShow&, Session& session) {
  auto found = session.chosenContext();
  if (const Trouble* trouble = troubleOf(found)) return session.fail(*trouble);
  const auto& chosen = std::get<Session::Chosen>(found);
  const auto field = [&session](std::string_view label, const std::string& value) {
    session.world().out << show::padded(label, 16) << show::oneLine(value) << "\n";
  };
  field("Context:", chosen.name);
  field("File:", session.contextPath().string());
  field("Controller:", chosen.context->endpoint.str());
  field("Its public key:", chosen.context->controller.str());
  field("My public key:", chosen.context->key.publicKey().str());
  return ExitCode::ok;
}

ExitCode run(const command::ContextUse& use, Session& session) {
  auto read = readContexts(session);
  if (const Trouble* trouble = troubleOf(read)) return session.fail(*trouble);
  auto& file = std::get<identity::ContextFile>(read);
  if (!file.contexts.contains(use.name)) {
    std::vector<std::string> names;
    for (const auto& [name, unused] : file.contexts) names.push_back(name);
    const auto near = source::nearest(use.name, names);
    return session.fail("there is no context \"" + use.name + "\"",
                        near ? "Did you mean \"" + *near + "\"?" : "See: berth context list");
  }
  file.current = use.name;
  if (const auto error = identity::writeContextFile(session.contextPath(), file)) return session.fail(error->message);
  if (!session.globals().quiet) session.world().out << "The current context is " << use.name << ".\n";
  return ExitCode::ok;
}

ExitCode run(const command::Version& version, Session& session) {
  World& world = session.world();
  const bool text = version.format != Format::json && version.format != Format::yaml;
  if (text) world.out << "berth       " << BERTH_VERSION << "\n";
  show::Json json = {{"client", BERTH_VERSION}, {"controller", nullptr}, {"fleet", nullptr}, {"epoch", nullptr}};
  std::optional<Trouble> trouble;
  if (!version.client) {
    auto answer = session.ask<reply::Version>(request::Version{});
    if (const auto* controller = std::get_if<reply::Version>(&answer)) {
      json["controller"] = controller->controllerVersion;
      json["fleet"] = controller->fleet.str();
      json["epoch"] = controller->epoch.value();
      if (text) {
        world.out << "controller  " << show::oneLine(controller->controllerVersion) << "\nfleet       "
                  << controller->fleet.str() << ", epoch " << controller->epoch.value() << "\n";
      }
    } else {
      trouble = std::get<Trouble>(answer);
    }
  }
  if (version.format == Format::json) world.out << show::jsonText(json);
  if (version.format == Format::yaml) world.out << show::yamlText(json);
  return trouble ? session.fail(*trouble) : ExitCode::ok;
}

}  // namespace berth::cli
