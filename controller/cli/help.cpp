// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/help.h"

#include <sstream>

namespace berth::cli {

namespace {

constexpr std::size_t kColumn = 28;
constexpr const char* kGlobalsFooter = "\nOptions for all commands: berth --help\n";

bool hasVisibleOptions(const CLI::App& app) {
  return !app.get_options([](const CLI::Option* option) { return option->nonpositional(); }).empty();
}

}  // namespace

std::string pathOf(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : pathOf(*app.get_parent()) + " " + app.get_name();
}

HelpFormatter::HelpFormatter() {
  column_width(kColumn);
  label("Positionals", "Arguments");
  label("Subcommands", "Commands");
}

std::string HelpFormatter::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const {
  std::string help = CLI::Formatter::make_help(app, std::move(name), mode);
  // CLI11 leaves empty lines where it has nothing to say.
  for (std::size_t at = help.find("\n\n\n"); at != std::string::npos; at = help.find("\n\n\n")) help.erase(at, 1);
  while (help.ends_with("\n\n")) help.pop_back();
  if (app->get_parent() != nullptr) help += kGlobalsFooter;
  return help;
}

std::string HelpFormatter::make_option_name(const CLI::Option* option, bool isPositional) const {
  if (isPositional) return option->get_type_name();
  std::string name;
  for (const std::string& each : option->get_snames()) name += (name.empty() ? "-" : ", -") + each;
  for (const std::string& each : option->get_lnames()) name += (name.empty() ? "--" : ", --") + each;
  return name;
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  if (option->get_type_size() == 0 || option->get_positional()) return {};
  return " " + option->get_type_name();
}

std::string HelpFormatter::make_usage(const CLI::App* app, std::string /*name*/) const {
  std::string line = "Usage: " + pathOf(*app);
  for (const CLI::Option* option : app->get_options([](const CLI::Option* o) { return o->get_positional(); })) {
    const std::string many = option->get_items_expected_max() > 1 ? "…" : "";
    const std::string word = option->get_type_name() + many;
    line += option->get_required() ? " " + word : " [" + word + "]";
  }
  for (const CLI::Option* option : app->get_options([](const CLI::Option* o) { return o->get_required(); })) {
    if (!option->get_positional()) line += " " + option->get_name() + " " + option->get_type_name();
  }
  if (!app->get_subcommands([](const CLI::App*) { return true; }).empty()) line += " COMMAND";
  if (hasVisibleOptions(*app)) line += " [OPTION…]";
  return line + "\n";
}

std::string HelpFormatter::make_group(std::string group, bool isPositional,
                                      std::vector<const CLI::Option*> options) const {
  std::ostringstream out;
  out << "\n" << group << ":\n";
  for (const CLI::Option* option : options) out << make_option(option, isPositional);
  return out.str();
}

}  // namespace berth::cli
