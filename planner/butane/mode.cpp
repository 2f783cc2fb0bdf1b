// SPDX-License-Identifier: Apache-2.0
#include "planner/butane/mode.h"

#include <string>

namespace berth::butane {
namespace {

constexpr std::int64_t kSetuid = 04000;
constexpr std::int64_t kSetgid = 02000;
constexpr std::int64_t kSticky = 01000;
constexpr std::int64_t kReaders = 0444;
constexpr std::int64_t kWriters = 0222;
constexpr std::int64_t kExecutors = 0111;
constexpr std::int64_t kOthersMayWrite = 0002;

/// A stronger class may do at least what a weaker one may, whoever writes or executes can read, and if a stronger class
/// executes, a weaker one that reads does so as well.
bool areClassesInOrder(std::int64_t mode) {
  std::int64_t stronger = 07;
  bool strongerExecutes = false;
  for (int shift : {6, 3, 0}) {
    std::int64_t rights = mode >> shift & 07;
    bool reads = (rights & 4) != 0;
    if ((rights & ~stronger) != 0 || (rights != 0 && !reads)) return false;
    if (strongerExecutes && reads && (rights & 1) == 0) return false;
    strongerExecutes = strongerExecutes || (rights & 1) != 0;
    stronger = rights;
  }
  return true;
}

bool isTypical(std::int64_t mode, NodeKind kind) {
  if (mode == 0) return true;
  if ((mode & kReaders) == 0 || !areClassesInOrder(mode)) return false;
  if (kind == NodeKind::directory) {
    bool rightSticky = (mode & (kSetgid | kSticky)) == 0 || (mode & kWriters) != 0;
    return (mode & kExecutors) != 0 && (mode & kSetuid) == 0 && rightSticky;
  }
  bool isSpecial = (mode & (kSetuid | kSetgid)) != 0;
  bool rightSpecial = !isSpecial || ((mode & kExecutors) != 0 && (mode & kOthersMayWrite) == 0);
  return (mode & kSticky) == 0 && rightSpecial;
}

}  // namespace

bool looksLikeDecimalTypo(std::int64_t mode, NodeKind kind) {
  constexpr std::int64_t kLargest = 7777;
  if (mode < 0 || mode > kLargest) return false;
  std::int64_t asOctal = 0;
  for (char digit : std::to_string(mode)) {
    if (digit > '7') return false;
    asOctal = asOctal * 8 + (digit - '0');
  }
  return !isTypical(mode, kind) && isTypical(asOctal, kind);
}

}  // namespace berth::butane
