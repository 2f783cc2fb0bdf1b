// SPDX-License-Identifier: Apache-2.0
//
// What stands behind an interpreter: the Lua state, what has been compiled into it, and what the evaluation under way
// has read.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "planner/secret/wanted.h"
#include "planner/source/files.h"
#include "planner/template/function.h"
#include "planner/template/interpreter.h"
#include "planner/template/lua.h"
#include "planner/template/program.h"

namespace berth::templates {

struct Core final : Surroundings {
  Core(Scope given, const source::Files* from);

  void charge(std::size_t steps) override;
  [[nodiscard]] bool isSensitive() const override { return account.sensitivity == Sensitivity::sensitive; }
  [[nodiscard]] std::string read(std::string_view path) override;
  [[nodiscard]] bool exists(std::string_view path) override;

  /// An expression that was compiled.
  struct Chunk {
    Program program;
    /// Of the function, in Lua's registry.
    int reference = 0;
  };
  struct Failure {
    std::string message;
    /// Of the expression, from 1.
    int line = 1;
  };
  /// The number of the chunk, or why there is none.
  [[nodiscard]] std::variant<std::size_t, Failure> load(std::string_view expression, int environment);
  /// Runs a chunk and leaves nothing on the stack. Nothing when it rests on what is unknown.
  [[nodiscard]] std::variant<Value, Failure> run(std::size_t chunk);

  /// What `var`, `node` and the others are, put on the stack.
  void pushVariable(lua_State* lua, const std::string& name);
  void pushNode(lua_State* lua);
  void pushCluster(lua_State* lua);
  void pushNodes(lua_State* lua, const std::string& pool);
  void pushFile(lua_State* lua, const std::string& path);
  void pushSecret(lua_State* lua, const std::string& name);

  void begin(const Node* of);
  void end();

  Scope scope;
  const source::Files* files;
  const std::vector<PoolNodes>* pools = nullptr;
  const secret::Values* secrets = nullptr;
  std::unordered_map<std::string, std::size_t> variables;
  lua::Account account;
  lua::State state;
  std::deque<Chunk> chunks;

  /// Of the evaluation under way.
  const Node* node = nullptr;
  bool restsOnUnknown = false;

  // In Lua's registry: the table of what an expression sees, of what a template file sees, and of values that were
  // pushed before.
  int environment = 0;
  int fileEnvironment = 0;
  int cache = 0;
  /// The template files whose expressions are being evaluated, each with its table of names on a stack of Lua's.
  int fileScopes = 0;
  int fileDepth = 0;
  struct TemplateFile {
    struct Part {
      std::string literal;
      std::optional<std::size_t> chunk;
      std::size_t line = 1;
    };
    std::vector<Part> parts;
  };
  std::map<std::string, TemplateFile, std::less<>> templateFiles;

private:
  void build();
  void forget(const char* key);
  [[nodiscard]] std::string inside(std::string_view path) const;
  [[nodiscard]] std::string called(std::string_view path) const;
  /// Pushes what is cached under `key`, pushed by `make` where it is not.
  template <class Make>
  void pushCached(lua_State* lua, const std::string& key, Make make);
  [[nodiscard]] const TemplateFile& templateFile(const std::string& path);
  [[nodiscard]] Failure failureOf(int status);
};

/// The functions that need Lua itself: try, can, sensitive, nonsensitive, transform, filter, nodes, templatefile.
void addNatives(lua_State* lua);
/// All others; both go into the table on top of the stack.
void addFunctions(lua_State* lua);
/// Why a name is not known, with the way out.
[[nodiscard]] std::string unknownName(const std::string& name);

}  // namespace berth::templates
