// SPDX-License-Identifier: Apache-2.0
//
// Where Lua calls C++. A Refusal of a function becomes an error of Lua's here, and nowhere else.
#include <array>

#include "planner/source/diagnostic.h"
#include "planner/template/core.h"

namespace berth::templates {
namespace {

Core& coreOf(lua_State* lua) { return *static_cast<Core*>(lua::ownerOf(lua)); }

std::string arityProblem(const Function& function, std::size_t found) {
  std::string wanted = std::to_string(function.least);
  if (function.most == kAnyNumber) {
    wanted = "at least " + wanted;
  } else if (function.most != function.least) {
    wanted += " to " + std::to_string(function.most);
  }
  return std::string(function.name) + "() takes " + wanted + (wanted == "1" ? " argument" : " arguments") + ", found " +
         std::to_string(found);
}

/// Runs `body`, and turns what it throws into an error of Lua's.
template <class Body>
int guarded(lua_State* lua, Body body) {
  std::string refused;
  try {
    return body();
  } catch (const Refusal& refusal) {
    refused = refusal.message;
  } catch (const std::bad_alloc&) {
    refused = "not enough memory";
  }
  lua::raise(lua, refused);
}

int callFunction(lua_State* lua) {
  const auto& function = *static_cast<const Function*>(lua_touserdata(lua, lua_upvalueindex(1)));
  return guarded(lua, [&] {
    const auto count = static_cast<std::size_t>(lua_gettop(lua));
    if (count < function.least || count > function.most) throw Refusal{arityProblem(function, count)};
    std::vector<Value> arguments;
    arguments.reserve(count);
    for (std::size_t i = 1; i <= count; ++i) arguments.push_back(lua::valueAt(lua, static_cast<int>(i)));
    lua::push(lua, function.run(Call(function.name, std::move(arguments), coreOf(lua))));
    return 1;
  });
}

/// Whether an error may be caught: not that a limit is broken, nor that something is unknown.
bool mayCatch(lua_State* lua, int status) {
  const Core& core = coreOf(lua);
  return status != LUA_ERRMEM && core.account.broken == lua::Account::Broken::nothing && !core.restsOnUnknown;
}

std::string withoutPlace(std::string message) {
  if (!message.starts_with("e:")) return message;
  const auto end = message.find(": ");
  return end == std::string::npos ? message : message.substr(end + 2);
}

int tryEach(lua_State* lua) {
  const int count = lua_gettop(lua);
  for (int i = 1; i <= count; ++i) {
    lua_pushvalue(lua, i);
    if (lua_isfunction(lua, -1) == 0) return 1;
    const int status = lua_pcall(lua, 0, 1, 0);
    if (status == LUA_OK) return 1;
    if (!mayCatch(lua, status)) return lua_error(lua);
    if (i < count) lua_pop(lua, 1);
  }
  const char* last = count == 0 ? nullptr : lua_tostring(lua, -1);
  lua::raise(lua, "try(): no value could be worked out" +
                      (last == nullptr ? std::string() : "; of the last one: " + withoutPlace(last)));
}

int can(lua_State* lua) {
  if (lua_isfunction(lua, 1) == 0) {
    lua_pushboolean(lua, 1);
    return 1;
  }
  lua_pushvalue(lua, 1);
  const int status = lua_pcall(lua, 0, 1, 0);
  if (status != LUA_OK && !mayCatch(lua, status)) return lua_error(lua);
  lua_pushboolean(lua, status == LUA_OK ? 1 : 0);
  return 1;
}

int sensitive(lua_State* lua) {
  if (lua_gettop(lua) != 1) lua::raise(lua, "sensitive() takes 1 argument, found " + std::to_string(lua_gettop(lua)));
  coreOf(lua).account.sensitivity = Sensitivity::sensitive;
  return 1;
}

/// Its argument is a function (program.cpp), so that what is read for it can be told from what is read elsewhere.
int nonsensitive(lua_State* lua) {
  if (lua_gettop(lua) != 1 || lua_isfunction(lua, 1) == 0) lua::raise(lua, "nonsensitive() takes 1 argument");
  Core& core = coreOf(lua);
  const Sensitivity before = core.account.sensitivity;
  lua_call(lua, 0, 1);
  core.account.sensitivity = before;
  return 1;
}

/// Calls the function at 2 with the value on top and its key below that; both go, one result comes.
void callBack(lua_State* lua) {
  lua_pushvalue(lua, 2);
  lua_insert(lua, -3);
  lua_insert(lua, -2);
  // Functions of ours take no more than they ask for.
  if (lua_iscfunction(lua, 2) != 0) {
    lua_pop(lua, 1);
    lua_call(lua, 1, 1);
  } else {
    lua_call(lua, 2, 1);
  }
}

Value collection(lua_State* lua, const char* name) {
  if (lua_gettop(lua) != 2 || lua_isfunction(lua, 2) == 0) {
    throw Refusal{std::string(name) + "() takes a list or a map, and a function"};
  }
  Value value = lua::valueAt(lua, 1);
  if (!value.isList() && !value.isMap()) throw Refusal{std::string(name) + "() takes a list or a map"};
  coreOf(lua).charge(value.isList() ? value.list().size() : value.map().size());
  return value;
}

template <class Visit>
void visit(lua_State* lua, const Value& value, Visit each) {
  if (value.isList()) {
    std::int64_t index = 0;
    for (const Value& element : value.list()) {
      lua_pushinteger(lua, index++);
      lua::push(lua, element);
      callBack(lua);
      each(std::string(), element);
    }
  } else {
    for (const auto& [key, element] : value.map()) {
      lua_pushlstring(lua, key.data(), key.size());
      lua::push(lua, element);
      callBack(lua);
      each(key, element);
    }
  }
}

int transform(lua_State* lua) {
  return guarded(lua, [&] {
    const Value value = collection(lua, "transform");
    Value::List out;
    visit(lua, value, [&](const std::string&, const Value&) {
      out.push_back(lua::valueAt(lua, -1));
      if (out.back().isNull()) throw Refusal{"transform(): the function returned nothing"};
      lua_pop(lua, 1);
    });
    lua::push(lua, Value::of(std::move(out)));
    return 1;
  });
}

int filter(lua_State* lua) {
  return guarded(lua, [&] {
    const Value value = collection(lua, "filter");
    Value::List list;
    Value::Map map;
    visit(lua, value, [&](const std::string& key, const Value& element) {
      const bool isKept = lua_toboolean(lua, -1) != 0;
      lua_pop(lua, 1);
      if (isKept && value.isList()) list.push_back(element);
      if (isKept && value.isMap()) map.emplace(key, element);
    });
    lua::push(lua, value.isList() ? Value::of(std::move(list)) : Value::of(std::move(map)));
    return 1;
  });
}

int nodes(lua_State* lua) {
  return guarded(lua, [&] {
    if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TSTRING) throw Refusal{"nodes() takes the name of a pool"};
    coreOf(lua).pushNodes(lua, lua_tostring(lua, 1));
    return 1;
  });
}

int templatefile(lua_State* lua) {
  return guarded(lua, [&] {
    if (lua_gettop(lua) != 2 || lua_type(lua, 1) != LUA_TSTRING || lua_istable(lua, 2) == 0) {
      throw Refusal{"templatefile() takes the path of a file and a map of names"};
    }
    coreOf(lua).pushFile(lua, lua_tostring(lua, 1));
    return 1;
  });
}

int secret(lua_State* lua) {
  return guarded(lua, [&] {
    if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TSTRING) throw Refusal{"secret() takes the name of a secret"};
    coreOf(lua).pushSecret(lua, lua_tostring(lua, 1));
    return 1;
  });
}

}  // namespace

void addFunctions(lua_State* lua) {
  for (const auto table : allFunctions()) {
    for (const Function& each : table) {
      lua_pushlightuserdata(lua, const_cast<Function*>(&each));
      lua_pushcclosure(lua, callFunction, 1);
      lua_setfield(lua, -2, std::string(each.name).c_str());
    }
  }
}

void addNatives(lua_State* lua) {
  struct Native {
    const char* name;
    lua_CFunction function;
  };
  constexpr std::array kNatives{
      Native{"try", tryEach},         Native{"can", can},
      Native{"sensitive", sensitive}, Native{"nonsensitive", nonsensitive},
      Native{"transform", transform}, Native{"filter", filter},
      Native{"nodes", nodes},         Native{"templatefile", templatefile},
      Native{"secret", secret},
  };
  for (const auto& [name, function] : kNatives) {
    lua_pushcfunction(lua, function);
    lua_setfield(lua, -2, name);
  }
}

std::string unknownName(const std::string& name) {
  struct Reason {
    std::string_view name;
    std::string_view reason;
  };
  constexpr std::array kReasons{
      Reason{"timestamp", "an expression knows no clock: the same spec always gives the same nodes"},
      Reason{"plantimestamp", "an expression knows no clock: the same spec always gives the same nodes"},
      Reason{"uuid", "there is no randomness; uuidv5() makes a UUID of a name"},
      Reason{"bcrypt", "there is no randomness: make the hash once, and give it as a variable"},
      Reason{"md5", "md5 is too weak to rest anything on; use sha256()"},
      Reason{"local", "there are no locals; a variable with a default does as well"},
      Reason{"each", "there is no each; an expression sees var, cluster, node and nodes()"},
      Reason{"pairs", "use transform() or filter()"},
      Reason{"ipairs", "use transform() or filter()"},
      Reason{"string", "the libraries of Lua are not there; see docs/expressions.md for the functions"},
      Reason{"table", "the libraries of Lua are not there; see docs/expressions.md for the functions"},
      Reason{"math", "the libraries of Lua are not there; see docs/expressions.md for the functions"},
      Reason{"io", "an expression can reach nothing outside of the spec's directory; see file()"},
      Reason{"os", "an expression can reach nothing outside of the spec's directory; see file()"},
      Reason{"require", "an expression can load no code"},
      Reason{"load", "an expression can load no code"},
      Reason{"dofile", "an expression can load no code"},
  };
  for (const Reason& each : kReasons) {
    if (each.name == name) return "nothing is known as \"" + name + "\": " + std::string(each.reason);
  }
  std::vector<std::string> known{"var", "node",      "cluster", "nodes",        "try",
                                 "can", "transform", "filter",  "templatefile", "secret"};
  for (const auto table : allFunctions()) {
    for (const Function& each : table) known.emplace_back(each.name);
  }
  std::string message = "nothing is known as \"" + name + "\"";
  if (auto near = source::nearest(name, known)) return message + "; did you mean \"" + *near + "\"?";
  return message + "; a text needs quotes, a variable is var." + name;
}

}  // namespace berth::templates
