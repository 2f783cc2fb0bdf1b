// SPDX-License-Identifier: Apache-2.0
//
// A value that remembers where a person wrote it, so that whatever goes wrong with it later can be shown there.
#pragma once

#include <utility>

#include "planner/source/diagnostic.h"

namespace berth::source {

template <class T>
struct Located {
  T value{};
  Mark mark;

  Located() = default;
  Located(T from, Mark where) : value(std::move(from)), mark(std::move(where)) {}

  const T& operator*() const { return value; }
  const T* operator->() const { return &value; }
  /// The value counts, not the place.
  bool operator==(const Located& other) const { return value == other.value; }
};

}  // namespace berth::source
