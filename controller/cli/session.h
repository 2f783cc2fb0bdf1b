// SPDX-License-Identifier: Apache-2.0
//
// What the commands of one run share: the world, what holds for all of them, and the connection to the controller,
// which is opened when the first command needs it. Offline commands never read the context file.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "controller/cli/arguments.h"
#include "controller/cli/connection.h"
#include "controller/cli/findings.h"
#include "controller/cli/show/describe.h"
#include "controller/cli/trouble.h"
#include "controller/cli/world.h"
#include "protocol/identity/context_file.h"

namespace berth::cli {

class Session {
public:
  Session(World& world, Globals globals) : world_(world), globals_(std::move(globals)) {}

  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] const Globals& globals() const { return globals_; }

  /// --config, BERTH_CONFIG, or the default place.
  [[nodiscard]] std::filesystem::path contextPath() const;
  struct Chosen {
    std::string name;
    const identity::Context* context = nullptr;
  };
  /// --context, BERTH_CONTEXT, or the file's current one. Valid while the session lives.
  [[nodiscard]] Result<Chosen> chosenContext();
  [[nodiscard]] Result<Connection*> connection();

  template <class Wanted>
  [[nodiscard]] Result<Wanted> ask(const message::Request& request) {
    auto opened = connection();
    if (auto* trouble = std::get_if<Trouble>(&opened)) return std::move(*trouble);
    return expect<Wanted>(std::get<Connection*>(opened)->ask(request, globals_.timeout));
  }

  /// What tables and descriptions need to know now.
  [[nodiscard]] show::View view() const;

  /// Prints the trouble; the exit code that goes with it. `place` is where the files lie that it finds fault with.
  ExitCode fail(const Trouble& trouble, const Place& place = {});
  /// Prints an error of the command itself.
  ExitCode fail(std::string what, std::string hint = {});
  /// Advice on standard error, unless --quiet.
  void advise(std::string_view text);
  /// True when `question` (with a "?" and a space at its end) was answered with yes. Without a terminal nobody can be
  /// asked: an error.
  [[nodiscard]] Result<bool> confirm(std::string_view question);
  /// What a person types after `prompt`. Without a terminal nobody can be asked: an error, with `hint`.
  [[nodiscard]] Result<std::string> typed(std::string_view prompt, std::string hint);

private:
  World& world_;
  Globals globals_;
  std::optional<identity::ContextFile> contexts_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace berth::cli
