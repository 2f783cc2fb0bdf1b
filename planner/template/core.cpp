// SPDX-License-Identifier: Apache-2.0
//
// An expression sees one table, which is empty: what it asks that for is answered by functions here, and what it would
// put there is refused. Values of the scope are pushed once and kept, until the node changes or an expression ran that
// may have changed them.
#include "planner/template/core.h"

#include <algorithm>

namespace berth::templates {
namespace {

/// template files within template files
constexpr int kMaxFileDepth = 8;

Core& coreOf(lua_State* lua) { return *static_cast<Core*>(lua::ownerOf(lua)); }

std::string keyAt(lua_State* lua, int index) {
  if (lua_type(lua, index) != LUA_TSTRING) lua::raise(lua, "a name has to be text");
  std::size_t size = 0;
  const char* key = lua_tolstring(lua, index, &size);
  return {key, size};
}

/// Pushes the function of that name, which is nil when there is none. The table of functions is the first upvalue.
bool pushFunction(lua_State* lua) {
  lua_pushvalue(lua, 2);
  return lua_rawget(lua, lua_upvalueindex(1)) != LUA_TNIL;
}

/// What a name of an expression stands for.
int lookUp(lua_State* lua) {
  const std::string name = keyAt(lua, 2);
  if (name == "var") {
    lua_pushvalue(lua, lua_upvalueindex(2));
    return 1;
  }
  if (name == "node") return coreOf(lua).pushNode(lua), 1;
  if (name == "cluster") return coreOf(lua).pushCluster(lua), 1;
  if (pushFunction(lua) || name == "null") return 1;
  lua::raise(lua, unknownName(name));
}

/// The same in a template file: only what it was given, and functions.
int lookUpInFile(lua_State* lua) {
  const std::string name = keyAt(lua, 2);
  Core& core = coreOf(lua);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, core.fileScopes);
  lua_rawgeti(lua, -1, core.fileDepth);
  lua_pushvalue(lua, 2);
  if (lua_rawget(lua, -2) != LUA_TNIL) return 1;
  // So that naming secrets in the expression itself tells that it is worth one.
  const bool isOutside = name == "var" || name == "node" || name == "cluster" || name == "secret";
  if (!isOutside && (pushFunction(lua) || name == "null")) return 1;
  if (isOutside) {
    lua::raise(lua, "a template file knows only what templatefile() gives it, and that has no \"" + name + "\"");
  }
  lua::raise(lua, unknownName(name));
}

int refuseAssignment(lua_State* lua) {
  lua::raise(lua, "nothing can be assigned to \"" + keyAt(lua, 2) + "\"; declare it local");
}

int variable(lua_State* lua) {
  coreOf(lua).pushVariable(lua, keyAt(lua, 2));
  return 1;
}

int refuseVariable(lua_State* lua) { lua::raise(lua, "var." + keyAt(lua, 2) + " cannot be changed"); }

/// An empty table whose reads and writes are functions; what is on top of the stack becomes upvalues of `read`.
void pushProxy(lua_State* lua, lua_CFunction read, int upvalues, lua_CFunction write) {
  lua_pushcclosure(lua, read, upvalues);
  lua_newtable(lua);
  lua_newtable(lua);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, write);
  lua_setfield(lua, -2, "__newindex");
  lua_setmetatable(lua, -2);
  lua_remove(lua, -2);
}

/// Pushed once for each node of a pool, so it is worth going without a Value.
void pushNodeTable(lua_State* lua, const Node& node) {
  const auto put = [&](const char* key, const std::string& text) {
    lua_pushlstring(lua, text.data(), text.size());
    lua_setfield(lua, -2, key);
  };
  luaL_checkstack(lua, 4, "too much");
  lua_createtable(lua, 0, 7);
  put("name", node.name);
  put("pool", node.pool);
  lua_pushinteger(lua, node.index);
  lua_setfield(lua, -2, "index");
  if (!node.address.empty()) put("address", node.address);
  put("mac", node.mac);
  put("cluster", node.cluster);
  lua::push(lua, Value::of(node.meta));
  lua_setfield(lua, -2, "meta");
  lua::markMap(lua);
}

}  // namespace

Core::Core(Scope given, const source::Files* from) : scope(std::move(given)), files(from), state(account, this) {
  for (std::size_t i = 0; i < scope.variables.size(); ++i) variables.emplace(scope.variables[i].name, i);
  build();
}

void Core::build() {
  lua_State* lua = state.get();
  lua::addShapes(lua);
  lua_newtable(lua);
  addFunctions(lua);
  addNatives(lua);
  lua_pushvalue(lua, -1);
  pushProxy(lua, variable, 0, refuseVariable);
  pushProxy(lua, lookUp, 2, refuseAssignment);
  environment = luaL_ref(lua, LUA_REGISTRYINDEX);
  pushProxy(lua, lookUpInFile, 1, refuseAssignment);
  fileEnvironment = luaL_ref(lua, LUA_REGISTRYINDEX);
  lua_newtable(lua);
  cache = luaL_ref(lua, LUA_REGISTRYINDEX);
  lua_newtable(lua);
  fileScopes = luaL_ref(lua, LUA_REGISTRYINDEX);
}

void Core::charge(std::size_t steps) {
  if (!lua::charge(account, steps)) throw Refusal{"too many steps"};
}

/// A path from the root of the files. A path may be sensitive; then no message names it.
std::string Core::inside(std::string_view path) const {
  const auto inside = path.starts_with('/') ? std::nullopt : source::normalised(path);
  if (!inside) throw Refusal{called(path) + " leads out of the directory of the spec"};
  return scope.directory.empty() ? *inside : scope.directory + "/" + *inside;
}

std::string Core::called(std::string_view path) const { return isSensitive() ? "the file" : std::string(path); }

std::string Core::read(std::string_view path) {
  const std::string from = inside(path);
  if (files == nullptr) throw Refusal{"there are no files to read"};
  auto content = files->read(from);
  if (const auto* failure = std::get_if<source::Unreadable>(&content)) {
    throw Refusal{isSensitive() ? "the file cannot be read" : failure->reason};
  }
  std::string bytes = std::get<std::string>(std::move(content));
  charge(bytes.size() / 64);
  if (bytes.size() > kMaxTextBytes) {
    throw Refusal{called(path) + " is larger than " + std::to_string(kMaxTextBytes) + " bytes"};
  }
  return bytes;
}

bool Core::exists(std::string_view path) {
  const std::string from = inside(path);
  return files != nullptr && std::holds_alternative<std::string>(files->read(from));
}

std::variant<std::size_t, Core::Failure> Core::load(std::string_view expression, int seen) {
  lua_State* lua = state.get();
  Program program = programOf(expression);
  if (program.problem) return Failure{*program.problem, 1};
  account.broken = lua::Account::Broken::nothing;
  account.memoryLimit = account.memory + lua::kMaxMemory;
  const int status = luaL_loadbufferx(lua, program.lua.data(), program.lua.size(), "=e", "t");
  account.memoryLimit = SIZE_MAX;
  if (status != LUA_OK) return failureOf(status);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, seen);
  lua_setupvalue(lua, -2, 1);
  chunks.push_back({std::move(program), luaL_ref(lua, LUA_REGISTRYINDEX)});
  return chunks.size() - 1;
}

/// What Lua says, without the place that it begins with; takes it off the stack.
Core::Failure Core::failureOf(int status) {
  lua_State* lua = state.get();
  std::size_t size = 0;
  const char* said = lua_type(lua, -1) == LUA_TSTRING ? lua_tolstring(lua, -1, &size) : nullptr;
  Failure failure{said == nullptr ? "the expression failed" : std::string(said, size), 1};
  lua_settop(lua, 0);
  if (account.broken == lua::Account::Broken::steps) {
    const bool inAll = account.steps <= lua::kMaxSteps;
    failure.message = inAll ? "the expressions of this spec take too many steps together"
                            : "the expression was stopped after " + std::to_string(lua::kMaxSteps) + " steps";
    return failure;
  }
  if (status == LUA_ERRMEM) {
    failure.message = "the expression needs more than " + std::to_string(lua::kMaxMemory >> 20) + " MiB of memory";
    return failure;
  }
  if (failure.message.starts_with("e:")) {
    const auto end = failure.message.find(": ");
    const auto line = parseNumber(std::string_view(failure.message).substr(2, end - 2));
    if (line && line->isWhole()) failure.line = static_cast<int>(line->whole());
    failure.message.erase(0, end + 2);
  }
  constexpr std::string_view kEnd = "near <eof>";
  if (const auto at = failure.message.find(kEnd); at != std::string::npos) {
    failure.message.replace(at, kEnd.size(), "at the end of the expression");
  }
  return failure;
}

std::variant<Value, Core::Failure> Core::run(std::size_t number) {
  lua_State* lua = state.get();
  const Chunk& chunk = chunks[number];
  lua_settop(lua, 0);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, chunk.reference);
  account.memoryLimit = account.memory + lua::kMaxMemory;
  const int status = lua_pcall(lua, 0, LUA_MULTRET, 0);
  account.memoryLimit = SIZE_MAX;
  fileDepth = 0;
  std::variant<Value, Failure> result = Value();
  if (status != LUA_OK) {
    result = failureOf(status);
  } else if (lua_gettop(lua) != 1) {
    result = Failure{"an expression has one value, and this has " + std::to_string(lua_gettop(lua)), 1};
  } else {
    try {
      result = lua::valueAt(lua, 1);
    } catch (const Refusal& refusal) {
      result = Failure{refusal.message, 1};
    }
  }
  lua_settop(lua, 0);
  if (chunk.program.mayAssign) {
    lua_newtable(lua);
    lua_rawseti(lua, LUA_REGISTRYINDEX, cache);
  }
  return result;
}

void Core::begin(const Node* of) {
  account.steps = 0;
  account.broken = lua::Account::Broken::nothing;
  account.sensitivity = Sensitivity::open;
  restsOnUnknown = false;
  if (node == of) return;
  node = of;
  forget("node");
}

void Core::end() { account.stepsInAll += account.steps; }

void Core::forget(const char* key) {
  lua_State* lua = state.get();
  lua_rawgeti(lua, LUA_REGISTRYINDEX, cache);
  lua_pushnil(lua);
  lua_setfield(lua, -2, key);
  lua_pop(lua, 1);
}

template <class Make>
void Core::pushCached(lua_State* lua, const std::string& key, Make make) {
  lua_rawgeti(lua, LUA_REGISTRYINDEX, cache);
  if (lua_getfield(lua, -1, key.c_str()) == LUA_TNIL) {
    lua_pop(lua, 1);
    make();
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -3, key.c_str());
  }
  lua_remove(lua, -2);
}

void Core::pushVariable(lua_State* lua, const std::string& name) {
  const auto found = variables.find(name);
  if (found == variables.end()) {
    std::vector<std::string> known;
    for (const Variable& each : scope.variables) known.push_back(each.name);
    const auto near = source::nearest(name, known);
    lua::raise(lua, "there is no variable \"" + name + "\"" + (near ? "; did you mean \"" + *near + "\"?" : ""));
  }
  const Variable& variable = scope.variables[found->second];
  if (variable.standing == Variable::Standing::unknown) {
    restsOnUnknown = true;
    lua::raise(lua, "var." + name + " is unknown");
  }
  if (variable.sensitivity == Sensitivity::sensitive) account.sensitivity = Sensitivity::sensitive;
  if (!variable.value.isList() && !variable.value.isMap()) return lua::push(lua, variable.value);
  pushCached(lua, "var " + name, [&] { lua::push(lua, variable.value); });
}

void Core::pushNode(lua_State* lua) {
  if (node == nullptr) lua::raise(lua, "node is not known here: this is the same for all nodes");
  pushCached(lua, "node", [&] { pushNodeTable(lua, *node); });
}

void Core::pushCluster(lua_State* lua) {
  if (scope.cluster.empty()) lua::raise(lua, "the cluster's name is not known here");
  pushCached(lua, "cluster", [&] { lua::push(lua, Value::of(Value::Map{{"name", Value::of(scope.cluster)}})); });
}

void Core::pushNodes(lua_State* lua, const std::string& pool) {
  if (pools == nullptr) throw Refusal{"nodes() is not known here: nodes are worked out from this"};
  const auto called = [&](const std::string& name) { return std::ranges::find(*pools, name, &PoolNodes::pool); };
  auto found = called(scope.poolPrefix + pool);
  if (found == pools->end()) found = called(pool);
  if (found == pools->end()) {
    std::vector<std::string> known;
    for (const PoolNodes& each : *pools) known.push_back(each.pool);
    const auto near = source::nearest(pool, known);
    throw Refusal{"there is no pool \"" + pool + "\"" + (near ? "; did you mean \"" + *near + "\"?" : "")};
  }
  pushCached(lua, "nodes " + found->pool, [&] {
    charge(found->nodes.size());
    lua_createtable(lua, static_cast<int>(found->nodes.size()), 0);
    lua_Integer i = 0;
    for (const Node& each : found->nodes) {
      pushNodeTable(lua, each);
      lua_rawseti(lua, -2, ++i);
    }
    lua::markList(lua);
  });
}

void Core::pushSecret(lua_State* lua, const std::string& name) {
  if (secrets == nullptr) throw Refusal{"secret() is not known here; use it in a Butane file"};
  const bool mayBeNamed = !isSensitive();
  account.sensitivity = Sensitivity::sensitive;
  if (secrets->isClosed() && secrets->find(name) == nullptr) {
    if (!mayBeNamed) throw Refusal{"cluster " + scope.cluster + " has no secret of that name"};
    throw Refusal{"cluster " + scope.cluster + " has no secret \"" + name + "\"; set it first: berth secret set " +
                  scope.cluster + " " + name};
  }
  lua::push(lua, Value::of(secrets->of(name)));
}

const Core::TemplateFile& Core::templateFile(const std::string& path) {
  const auto [entry, isNew] = templateFiles.try_emplace(path);
  if (!isNew) return entry->second;
  const std::string text = read(path);
  const Scanned scanned = scan(text);
  std::size_t line = 1;
  const auto refuse = [&](const std::string& message, std::size_t at) {
    templateFiles.erase(path);
    throw Refusal{called(path) + ":" + std::to_string(at) + ": " + message};
  };
  if (scanned.problem) refuse(scanned.problem->message, line);
  for (const Piece& piece : scanned.pieces) {
    TemplateFile::Part part{piece.text, std::nullopt, line};
    line += static_cast<std::size_t>(std::ranges::count(piece.text, '\n'));
    if (piece.kind == Piece::Kind::expression) {
      const std::size_t limit = account.memoryLimit;
      auto loaded = load(piece.text, fileEnvironment);
      account.memoryLimit = limit;
      if (const auto* failure = std::get_if<Failure>(&loaded)) refuse(failure->message, part.line);
      part.literal.clear();
      part.chunk = std::get<std::size_t>(loaded);
    }
    entry->second.parts.push_back(std::move(part));
  }
  return entry->second;
}

void Core::pushFile(lua_State* lua, const std::string& path) {
  if (fileDepth >= kMaxFileDepth)
    throw Refusal{"template files are nested deeper than " + std::to_string(kMaxFileDepth)};
  const TemplateFile& file = templateFile(path);
  ++fileDepth;
  lua_rawgeti(lua, LUA_REGISTRYINDEX, fileScopes);
  lua_pushvalue(lua, 2);
  lua_rawseti(lua, -2, fileDepth);
  lua_pop(lua, 1);
  std::string out;
  for (const TemplateFile::Part& part : file.parts) {
    out += part.literal;
    if (part.chunk) {
      lua_rawgeti(lua, LUA_REGISTRYINDEX, chunks[*part.chunk].reference);
      const int status = lua_pcall(lua, 0, 1, 0);
      if (status != LUA_OK) {
        std::string said = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : "failed";
        if (status == LUA_ERRMEM || account.broken != lua::Account::Broken::nothing || restsOnUnknown) lua_error(lua);
        if (const auto at = said.find(": "); said.starts_with("e:") && at != std::string::npos) said.erase(0, at + 2);
        --fileDepth;
        throw Refusal{called(path) + ":" + std::to_string(part.line) + ": " + said};
      }
      const Value value = lua::valueAt(lua, -1);
      const auto text = textOf(value);
      if (!text)
        throw Refusal{called(path) + ":" + std::to_string(part.line) + ": " + std::string(describe(value)) +
                      " cannot stand in text"};
      out += *text;
      lua_pop(lua, 1);
    }
    charge(1 + out.size() / 4096);
    if (out.size() > kMaxTextBytes) throw Refusal{called(path) + ": the text would be too long"};
  }
  --fileDepth;
  lua::push(lua, Value::of(std::move(out)));
}

}  // namespace berth::templates
