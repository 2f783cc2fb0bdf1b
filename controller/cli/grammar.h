// SPDX-License-Identifier: Apache-2.0
//
// The words of the command line, for CLI11, which knows the grammar. Each command fills its struct through references
// that live as long as the Grammar; what CLI11 cannot check (names, durations) are validators here, so that a wrong one
// is an error of the command line.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "controller/cli/arguments.h"
#include "controller/cli/show/humanise.h"

namespace berth::cli {

/// Sets `target` from text through `parse`, which returns an optional; `kind` says what was wanted.
template <class T, class Parse>
CLI::callback_t setter(T& target, Parse parse, const std::string& kind) {
  return [&target, parse, kind](const CLI::results_t& results) {
    auto value = parse(results.at(0));
    if (!value) throw CLI::ValidationError(kind, "\"" + results.at(0) + "\" is no " + kind);
    target = *value;
    return true;
  };
}

inline constexpr std::string_view kNameRule = "name (a-z, 0-9 and -, beginning with a letter, at most 63)";

template <class NameType, class Target>
CLI::Option* addName(CLI::App& app, const std::string& flag, Target& target, const std::string& help) {
  const auto parse = [](const std::string& text) { return NameType::parse(text); };
  return app.add_option(flag, setter(target, parse, std::string(kNameRule)), help)->type_name("NAME");
}

template <class Duration>
CLI::Option* addDuration(CLI::App& app, const std::string& flag, Duration& target, const std::string& help) {
  const auto parse = [](const std::string& text) { return show::parseDuration(text); };
  return app.add_option(flag, setter(target, parse, "duration, such as 90s or 5m"), help)->type_name("TIME");
}

/// -o; `allowed`: "table|json|yaml".
void addFormat(CLI::App& app, Format& target, const std::string& allowed);

/// An option that may be given several times.
template <class T, class Parse>
CLI::Option* addMany(CLI::App& app, const std::string& flag, std::vector<T>& target, Parse parse,
                     const std::string& kind, const std::string& help) {
  const CLI::callback_t take = [&target, parse, kind](const CLI::results_t& results) {
    for (const std::string& text : results) {
      auto value = parse(text);
      if (!value) throw CLI::ValidationError(kind, "\"" + text + "\" is no " + kind);
      target.push_back(*std::move(value));
    }
    return true;
  };
  return app.add_option(flag, take, help)->take_all();
}

/// An option of names that may be given several times.
template <class NameType>
CLI::Option* addNames(CLI::App& app, const std::string& flag, std::vector<NameType>& target, const std::string& help) {
  const auto parse = [](const std::string& text) { return NameType::parse(text); };
  return addMany(app, flag, target, parse, std::string(kNameRule), help);
}

/// The CLI11 tree and what it fills. One per parse.
class Grammar {
public:
  Grammar();

  [[nodiscard]] CLI::App& app() { return app_; }
  [[nodiscard]] const Globals& globals() const { return globals_; }
  [[nodiscard]] Command command() const { return make_(); }

private:
  /// A subcommand that makes a Command of type T out of `value`, which is filled while parsing.
  template <class T>
  CLI::App& add(CLI::App& parent, const std::string& name, const std::string& help, const std::shared_ptr<T>& value) {
    CLI::App& sub = addGroup(parent, name, help);
    sub.callback([this, value] { make_ = [value] { return Command(*value); }; });
    return sub;
  }

  CLI::App& addGroup(CLI::App& parent, const std::string& name, const std::string& help);

  void addGlobals();
  // grammar_spec.cpp
  void addWriting();
  void addDeclaring();
  void addDiff();
  void addForesight();
  // grammar_fleet.cpp
  void addLooking();
  void addGet();
  void addGetThing(CLI::App& parent, const std::string& name, Thing thing, const std::string& help,
                   const std::shared_ptr<command::Get>& get);
  void addDescribe();
  void addRolloutStatus(CLI::App& parent, const std::string& name, const std::string& help, const std::string& watch);
  void addSteering();
  void addRollout();
  void addPower();
  void addVolume();
  void addLock();
  void addVolumeCopies(CLI::App& volume);
  void addFleet();
  void addDuties();
  // grammar_secret.cpp
  void addSecret();
  // grammar_stack.cpp
  void addStack();
  // grammar_fleet.cpp
  void addUserAdd(CLI::App& user, const std::shared_ptr<command::UserAdd>& value);
  void addOwn();

  CLI::App app_;
  std::string group_;
  Globals globals_;
  std::function<Command()> make_;
};

}  // namespace berth::cli
