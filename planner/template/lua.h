// SPDX-License-Identifier: Apache-2.0
//
// A Lua of our own: nothing of its library is open, its memory and its steps are counted, and its values become ours.
// Linked is the build of Lua that raises errors as C++ exceptions, so that what our functions hold is released.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <lua.hpp>

#include "planner/template/scope.h"

namespace berth::templates::lua {

/// What one evaluation may cost.
inline constexpr std::size_t kMaxSteps = 2'000'000;
inline constexpr std::size_t kMaxMemory = std::size_t{32} << 20;
/// What all evaluations of one state may cost together; beyond, none is begun.
inline constexpr std::size_t kMaxStepsInAll = 200'000'000;

/// What evaluations have cost, and what broke their limit.
struct Account {
  enum class Broken : std::uint8_t { nothing, steps, memory };
  std::size_t memory = 0;
  /// SIZE_MAX while nothing of a user's runs.
  std::size_t memoryLimit = SIZE_MAX;
  std::size_t steps = 0;
  std::size_t stepsInAll = 0;
  Broken broken = Broken::nothing;
  /// Whether something sensitive was read so far: then no message may show a value.
  Sensitivity sensitivity = Sensitivity::open;
};
[[nodiscard]] Account& accountOf(lua_State* state);

/// Owns one lua_State. `owner` is found again by ownerOf().
class State {
public:
  State(Account& account, void* owner);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  [[nodiscard]] lua_State* get() const { return state_; }

private:
  lua_State* state_;
};

[[nodiscard]] void* ownerOf(lua_State* state);

/// Adds `steps` to the account; false when that is too much.
[[nodiscard]] bool charge(Account& account, std::size_t steps);

/// Raises an error that says where in the expression the caller stands.
[[noreturn]] void raise(lua_State* state, const std::string& message);

/// What tells lists and maps of ours apart, and has an answer to a missing element. Made once for each state.
void addShapes(lua_State* state);

/// Makes the table on top of the stack one of them.
void markList(lua_State* state);
void markMap(lua_State* state);

/// Pushes a value; null is nil.
void push(lua_State* state, const Value& value);
/// The value at `index`; a Refusal when it is none of ours (a function), too deep, or has holes.
[[nodiscard]] Value valueAt(lua_State* state, int index);

}  // namespace berth::templates::lua
