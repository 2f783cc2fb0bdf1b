// SPDX-License-Identifier: Apache-2.0
#include "planner/template/lua.h"

#include <cstdlib>
#include <new>
#include <vector>

#include "planner/source/diagnostic.h"
#include "planner/template/function.h"

namespace berth::templates::lua {
namespace {

/// The hook runs after so many instructions: often enough to stop soon, rarely enough to cost nothing.
constexpr int kHookEvery = 1000;
/// Tables within tables.
constexpr int kMaxDepth = 64;
constexpr const char* kList = "list";
constexpr const char* kMap = "map";

void* allocate(void* opaque, void* block, std::size_t was, std::size_t wanted) {
  auto& account = *static_cast<Account*>(opaque);
  const std::size_t old = block == nullptr ? 0 : was;
  if (wanted == 0) {
    std::free(block);
    account.memory -= old;
    return nullptr;
  }
  // Shrinking may never fail.
  if (wanted > old && account.memory - old + wanted > account.memoryLimit) return nullptr;
  void* moved = std::realloc(block, wanted);
  if (moved != nullptr) account.memory += wanted - old;
  return moved;
}

void count(lua_State* state, lua_Debug* /*where*/) {
  if (charge(accountOf(state), kHookEvery)) return;
  lua_pushliteral(state, "too many steps");
  lua_error(state);
}

std::string shownKey(lua_State* state) {
  if (accountOf(state).sensitivity == Sensitivity::sensitive) return "(sensitive)";
  if (lua_type(state, 2) == LUA_TSTRING) return "\"" + std::string(lua_tostring(state, 2)) + "\"";
  if (lua_isinteger(state, 2) != 0) return std::to_string(lua_tointeger(state, 2));
  return std::string("of type ") + luaL_typename(state, 2);
}

/// An element that is not there is an error, as in Terraform: nothing would else pass for a value.
int noElement(lua_State* state) {
  const auto length = static_cast<std::size_t>(lua_rawlen(state, 1));
  std::string message = "the list has " + std::to_string(length) + (length == 1 ? " element" : " elements") +
                        ", and none at " + shownKey(state);
  if (lua_isinteger(state, 2) != 0 && lua_tointeger(state, 2) == 0) {
    message += "; list[1] is the first one, element(list, 0) counts as Terraform does";
  }
  raise(state, message);
}

int noMember(lua_State* state) {
  std::vector<std::string> known;
  lua_pushnil(state);
  while (lua_next(state, 1) != 0) {
    lua_pop(state, 1);
    if (lua_type(state, -1) == LUA_TSTRING && known.size() < 200) known.emplace_back(lua_tostring(state, -1));
  }
  std::string message = "there is no member " + shownKey(state);
  if (lua_type(state, 2) == LUA_TSTRING && accountOf(state).sensitivity == Sensitivity::open) {
    if (auto near = source::nearest(lua_tostring(state, 2), known)) message += "; did you mean \"" + *near + "\"?";
  }
  raise(state, message);
}

/// Metatables cannot be reached by expressions, so that nothing can pretend to be one.
bool hasShape(lua_State* state, int index, const char* shape) {
  if (lua_getmetatable(state, index) == 0) return false;
  luaL_getmetatable(state, shape);
  const bool same = lua_rawequal(state, -1, -2) != 0;
  lua_pop(state, 2);
  return same;
}

Value read(lua_State* state, int index, int depth);

Value readList(lua_State* state, int index, int depth) {
  const auto length = static_cast<lua_Integer>(lua_rawlen(state, index));
  Value::List list;
  for (lua_Integer i = 1; i <= length; ++i) {
    lua_rawgeti(state, index, i);
    list.push_back(read(state, lua_gettop(state), depth + 1));
    lua_pop(state, 1);
  }
  return Value::of(std::move(list));
}

Value readTable(lua_State* state, int index, int depth) {
  if (depth > kMaxDepth) throw Refusal{"tables are nested deeper than " + std::to_string(kMaxDepth) + " levels"};
  if (lua_checkstack(state, 4) == 0) throw Refusal{"tables are nested too deep"};
  if (lua_getmetatable(state, index) != 0) {
    lua_pop(state, 1);
    if (!hasShape(state, index, kList) && !hasShape(state, index, kMap)) {
      throw Refusal{"var is no value; var.NAME is one"};
    }
  }
  const auto length = static_cast<std::size_t>(lua_rawlen(state, index));
  Value::Map map;
  std::size_t elements = 0;
  std::size_t total = 0;
  lua_pushnil(state);
  while (lua_next(state, index) != 0) {
    if (++total > kMaxElements) throw Refusal{"a table has more than " + std::to_string(kMaxElements) + " elements"};
    if (lua_isinteger(state, -2) != 0) {
      const lua_Integer at = lua_tointeger(state, -2);
      if (at >= 1 && static_cast<std::size_t>(at) <= length) ++elements;
    } else if (lua_type(state, -2) == LUA_TSTRING) {
      std::size_t size = 0;
      const char* key = lua_tolstring(state, -2, &size);
      map.emplace(std::string(key, size), read(state, lua_gettop(state), depth + 1));
    }
    lua_pop(state, 1);
  }
  if (elements == total && elements == length && (total > 0 || !hasShape(state, index, kMap))) {
    return readList(state, index, depth);
  }
  if (map.size() != total) throw Refusal{"a table is either a list or a map; this one is neither"};
  return Value::of(std::move(map));
}

Value read(lua_State* state, int index, int depth) {
  switch (lua_type(state, index)) {
    case LUA_TNIL:
    case LUA_TNONE: return {};
    case LUA_TBOOLEAN: return Value::of(lua_toboolean(state, index) != 0);
    case LUA_TNUMBER:
      if (lua_isinteger(state, index) != 0) return Value::of(static_cast<std::int64_t>(lua_tointeger(state, index)));
      return Value::of(lua_tonumber(state, index));
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* text = lua_tolstring(state, index, &size);
      if (size > kMaxTextBytes) throw Refusal{"a text is longer than " + std::to_string(kMaxTextBytes) + " bytes"};
      return Value::of(std::string(text, size));
    }
    case LUA_TTABLE: return readTable(state, index, depth);
    default: throw Refusal{std::string("a ") + luaL_typename(state, index) + " is no value"};
  }
}

}  // namespace

State::State(Account& account, void* owner) : state_(lua_newstate(allocate, &account)) {
  if (state_ == nullptr) throw std::bad_alloc();
  *static_cast<void**>(lua_getextraspace(state_)) = owner;
  lua_sethook(state_, count, LUA_MASKCOUNT, kHookEvery);
}

State::~State() { lua_close(state_); }

void* ownerOf(lua_State* state) { return *static_cast<void**>(lua_getextraspace(state)); }

Account& accountOf(lua_State* state) {
  void* account = nullptr;
  lua_getallocf(state, &account);
  return *static_cast<Account*>(account);
}

bool charge(Account& account, std::size_t steps) {
  account.steps += steps;
  if (account.steps <= kMaxSteps && account.stepsInAll + account.steps <= kMaxStepsInAll) return true;
  account.broken = Account::Broken::steps;
  return false;
}

void raise(lua_State* state, const std::string& message) {
  luaL_where(state, 1);
  lua_pushlstring(state, message.data(), message.size());
  lua_concat(state, 2);
  lua_error(state);
  // lua_error() does not come back, which its declaration does not say.
  std::abort();
}

void markList(lua_State* state) { luaL_setmetatable(state, kList); }
void markMap(lua_State* state) { luaL_setmetatable(state, kMap); }

void addShapes(lua_State* state) {
  luaL_newmetatable(state, kList);
  lua_pushcfunction(state, noElement);
  lua_setfield(state, -2, "__index");
  luaL_newmetatable(state, kMap);
  lua_pushcfunction(state, noMember);
  lua_setfield(state, -2, "__index");
  lua_pop(state, 2);
}

void push(lua_State* state, const Value& value) {
  luaL_checkstack(state, 4, "values are nested too deep");
  switch (value.kind()) {
    case Value::Kind::null: lua_pushnil(state); return;
    case Value::Kind::boolean: lua_pushboolean(state, value.boolean() ? 1 : 0); return;
    case Value::Kind::number:
      if (value.isWhole()) {
        lua_pushinteger(state, value.whole());
      } else {
        lua_pushnumber(state, value.number());
      }
      return;
    case Value::Kind::text: lua_pushlstring(state, value.text().data(), value.text().size()); return;
    case Value::Kind::list: {
      lua_createtable(state, static_cast<int>(value.list().size()), 0);
      lua_Integer i = 0;
      for (const Value& each : value.list()) {
        push(state, each);
        lua_rawseti(state, -2, ++i);
      }
      luaL_setmetatable(state, kList);
      return;
    }
    case Value::Kind::map:
      lua_createtable(state, 0, static_cast<int>(value.map().size()));
      for (const auto& [key, each] : value.map()) {
        lua_pushlstring(state, key.data(), key.size());
        push(state, each);
        lua_rawset(state, -3);
      }
      luaL_setmetatable(state, kMap);
      return;
  }
}

Value valueAt(lua_State* state, int index) { return read(state, lua_absindex(state, index), 0); }

}  // namespace berth::templates::lua
