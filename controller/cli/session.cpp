// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/session.h"

#include <istream>
#include <ostream>

#include "controller/cli/show/text.h"
#include "planner/source/diagnostic.h"

namespace berth::cli {

std::optional<std::string> World::variable(std::string_view name) const {
  const auto found = environment.find(name);
  if (found == environment.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

bool World::isRead() const { return out.good() && !readerIsGone(); }

std::optional<std::size_t> World::width() const {
  if (outIs == IsTerminal::no) return std::nullopt;
  return screen().columns;
}

std::filesystem::path Session::contextPath() const {
  if (!globals_.config.empty()) return globals_.config;
  if (const auto named = world_.variable("BERTH_CONFIG")) return *named;
  return identity::defaultContextFile();
}

Result<Session::Chosen> Session::chosenContext() {
  if (!contexts_) {
    auto file = identity::readContextFile(contextPath());
    if (auto* error = std::get_if<identity::ContextFileError>(&file)) {
      const bool absent = error->kind == identity::ContextFileError::Kind::absent;
      return Trouble{absent ? "there is no context file at " + contextPath().string() : error->message,
                     absent
                         ? "deploy/quickstart and berth-controller init write one; an admin makes one for you with:\n"
                           "berth user add NAME --role viewer --out FILE"
                         : ""};
    }
    contexts_ = std::move(std::get<identity::ContextFile>(file));
  }
  const std::string wanted =
      !globals_.context.empty() ? globals_.context : world_.variable("BERTH_CONTEXT").value_or(contexts_->current);
  const identity::Context* context = wanted.empty() ? nullptr : contexts_->find(wanted);
  if (context != nullptr) return Chosen{wanted, context};
  if (wanted.empty()) {
    return Trouble{contextPath().string() + " names no current context", "Choose one: berth context use NAME"};
  }
  std::vector<std::string> names;
  for (const auto& [name, unused] : contexts_->contexts) names.push_back(name);
  const auto near = source::nearest(wanted, names);
  return Trouble{"there is no context \"" + wanted + "\" in " + contextPath().string(),
                 near ? "Did you mean \"" + *near + "\"?" : "See: berth context list"};
}

Result<Connection*> Session::connection() {
  if (connection_) return connection_.get();
  auto chosen = chosenContext();
  if (auto* trouble = std::get_if<Trouble>(&chosen)) return std::move(*trouble);
  auto opened = Connection::open(*std::get<Chosen>(chosen).context, std::get<Chosen>(chosen).name);
  if (auto* trouble = std::get_if<Trouble>(&opened)) return std::move(*trouble);
  connection_ = std::move(std::get<std::unique_ptr<Connection>>(opened));
  return connection_.get();
}

show::View Session::view() const { return {world_.outStyle, world_.clock.wall(), world_.width()}; }

ExitCode Session::fail(const Trouble& trouble, const Place& place) {
  if (trouble.kind == Trouble::Kind::interrupted) return ExitCode::interrupted;
  world_.out.flush();
  world_.err << world_.errStyle.paint("error:", show::Tone::bad) << " " << show::oneLine(trouble.what) << "\n";
  std::string hint = show::manyLines(trouble.hint);
  for (std::size_t at = hint.find('\n'); at != std::string::npos; at = hint.find('\n', at + 3))
    hint.insert(at + 1, "  ");
  if (!hint.empty()) world_.err << "  " << hint << "\n";
  printFindings(findingsFrom(trouble.findings), place, world_);
  return ExitCode::error;
}

ExitCode Session::fail(std::string what, std::string hint) {
  return fail(Trouble{std::move(what), std::move(hint), Trouble::Kind::refused});
}

void Session::advise(std::string_view text) {
  if (globals_.quiet) return;
  world_.out.flush();
  world_.err << text;
  world_.err.flush();
}

Result<std::string> Session::typed(std::string_view prompt, std::string hint) {
  if (world_.inIs == IsTerminal::no) {
    return Trouble{"nobody can be asked: standard input is no terminal", std::move(hint)};
  }
  world_.out.flush();
  world_.err << prompt << std::flush;
  std::string answer;
  if (!std::getline(world_.in, answer)) world_.err << "\n";
  return answer;
}

Result<bool> Session::confirm(std::string_view question) {
  auto answer = typed(std::string(question) + "[y/N] ", "Say that you mean it with --yes.");
  if (Trouble* trouble = std::get_if<Trouble>(&answer)) return std::move(*trouble);
  const auto& said = std::get<std::string>(answer);
  return said == "y" || said == "Y" || said == "yes";
}

}  // namespace berth::cli
