// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/arguments.h"

#include <algorithm>
#include <map>

#include "controller/cli/grammar.h"
#include "controller/cli/help.h"
#include "planner/source/diagnostic.h"

namespace berth::cli {

namespace {

const std::map<std::string, Format>& formats() {
  static const std::map<std::string, Format> all = {{"table", Format::table},
                                                    {"wide", Format::wide},
                                                    {"json", Format::json},
                                                    {"yaml", Format::yaml},
                                                    {"name", Format::name}};
  return all;
}

}  // namespace

void addFormat(CLI::App& app, Format& target, const std::string& allowed) {
  const auto parse = [allowed](const std::string& text) -> std::optional<Format> {
    const auto found = formats().find(text);
    if (found == formats().end() || ("|" + allowed + "|").find("|" + text + "|") == std::string::npos) return {};
    return found->second;
  };
  app.add_option("-o,--output", setter(target, parse, "output format: " + allowed), "Output: " + allowed)
      ->type_name("FORMAT");
}

Grammar::Grammar() : app_("Places Fedora CoreOS nodes on a fleet of KVM hosts and keeps them there.", "berth") {
  app_.formatter(std::make_shared<HelpFormatter>());
  app_.require_subcommand(1);
  app_.set_help_flag("-h,--help", "Show this help");
  addGlobals();
  addWriting();
  addDeclaring();
  addForesight();
  addLooking();
  addSteering();
  addFleet();
  addOwn();
  app_.footer(kMainFooter);
}

CLI::App& Grammar::addGroup(CLI::App& parent, const std::string& name, const std::string& help) {
  CLI::App& sub = *parent.add_subcommand(name, help);
  sub.fallthrough();
  sub.group(&parent == &app_ ? group_ : "Commands");
  return sub;
}

void Grammar::addGlobals() {
  app_.add_option("--context", globals_.context, "Use this context of the file")->type_name("NAME");
  app_.add_option("--config", globals_.config, "The file of contexts")->type_name("FILE");
  addDuration(app_, "--timeout", globals_.timeout, "How long to wait for an answer (10s)");
  app_.add_flag("-q,--quiet", globals_.quiet, "Only what was asked for, and errors");
}

void Grammar::addOwn() {
  group_ = "This program";
  CLI::App& context = addGroup(app_, "context", "List, choose and show contexts");
  context.require_subcommand(1);
  add(context, "list", "List the contexts of the file", std::make_shared<command::ContextList>());
  add(context, "show", "Show the context in use, without its secret", std::make_shared<command::ContextShow>());
  auto use = std::make_shared<command::ContextUse>();
  add(context, "use", "Make a context the current one", use)
      .add_option("name", use->name, "The context")
      ->required()
      ->type_name("NAME");

  auto version = std::make_shared<command::Version>();
  CLI::App& versionApp = add(app_, "version", "Show the versions of berth and its controller", version);
  versionApp.add_flag("--client", version->client, "Ask no controller");
  addFormat(versionApp, version->format, "table|json|yaml");

  auto completion = std::make_shared<command::Completion>();
  CLI::App& completionApp = add(app_, "completion", "Print a completion script for a shell", completion);
  const auto parse = [](const std::string& text) -> std::optional<std::string> {
    if (text != "bash" && text != "zsh" && text != "fish") return std::nullopt;
    return text;
  };
  completionApp
      .add_option("shell", setter(completion->shell, parse, "shell that berth knows: bash, zsh or fish"),
                  "bash, zsh or fish")
      ->required()
      ->type_name("SHELL");
  completionApp.footer(kCompletionFooter);

  // Both read their own arguments: main() hands these over untouched. Here they are only named.
  CLI::App& butane = addGroup(app_, "butane", "Translate Butane to Ignition, as butane does");
  butane.prefix_command();
  CLI::App& ignition = addGroup(app_, "ignition", "Check Ignition configs (ignition validate)");
  ignition.add_subcommand("validate", "Check an Ignition config")->prefix_command();
}

namespace {

/// The deepest command that was named: errors and help are about that one.
const CLI::App& deepest(const CLI::App& app) {
  for (const CLI::App* sub : app.get_subcommands()) return deepest(*sub);
  return app;
}

std::vector<std::string> namesBelow(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(sub->get_name());
  return names;
}

/// CLI11's words for the commonest mistakes are about its own insides; these are for people.
std::string wordsFor(const CLI::ParseError& error, const CLI::App& at, const std::vector<std::string>& arguments) {
  const auto names = namesBelow(at);
  const bool wantsCommand =
      !names.empty() && (error.get_name() == "RequiredError" || error.get_name() == "ExtrasError");
  if (wantsCommand) {
    const std::string path = " " + pathOf(at) + " ";
    const auto unknown = std::ranges::find_if(arguments, [&path](const std::string& word) {
      return !word.empty() && word[0] != '-' && path.find(" " + word + " ") == std::string::npos;
    });
    if (unknown != arguments.end()) {
      const auto near = source::nearest(*unknown, names);
      return "there is no command \"" + pathOf(at) + " " + *unknown + "\"" +
             (near ? "; did you mean \"" + *near + "\"?" : "");
    }
    return "which command? " + pathOf(at) + " has several";
  }
  std::string text = error.what();
  if (const std::size_t at0 = text.find(": \""); error.get_name() == "ValidationError" && at0 != std::string::npos) {
    text = text.substr(at0 + 2);
  }
  return text;
}

}  // namespace

std::variant<Invocation, Said> parseArguments(const std::vector<std::string>& arguments) {
  Grammar grammar;
  // CLI11 takes them from the back.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  if (arguments.empty()) return Said{"", grammar.app().help(), ExitCode::error};
  if (arguments[0] == "--version") return Said{"berth " BERTH_VERSION "\n", "", ExitCode::ok};
  try {
    grammar.app().parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return Said{deepest(grammar.app()).help(), "", ExitCode::ok};
  } catch (const CLI::ParseError& error) {
    const CLI::App& at = deepest(grammar.app());
    return Said{"", "error: " + wordsFor(error, at, arguments) + "\n  See: " + pathOf(at) + " --help\n",
                at.get_name() == "diff" ? kTrouble : ExitCode::error};
  }
  return Invocation{grammar.globals(), grammar.command()};
}

namespace {

CommandNode nodeOf(const CLI::App& app) {
  CommandNode node{app.get_name(), app.get_description(), {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) node.options.push_back("--" + name);
    for (const std::string& name : option->get_snames()) node.options.push_back("-" + name);
  }
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    node.commands.push_back(nodeOf(*sub));
  }
  return node;
}

}  // namespace

CommandNode commandTree() {
  Grammar grammar;
  return nodeOf(grammar.app());
}

}  // namespace berth::cli
