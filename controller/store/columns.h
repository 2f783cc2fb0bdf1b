// SPDX-License-Identifier: Apache-2.0
//
// Our value types as columns and back. What does not parse throws BadValue.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "controller/store/records.h"
#include "controller/store/sqlite.h"
#include "protocol/message/node.h"
#include "protocol/message/words.h"
#include "words/clock.h"
#include "words/counter.h"
#include "words/digest.h"
#include "words/uuid.h"

namespace berth::store {

using Labels = std::map<std::string, std::string>;

[[nodiscard]] std::string toJson(const Labels& labels);
[[nodiscard]] std::string toJson(const std::vector<std::string>& list);
[[nodiscard]] std::string toJson(const message::Image& image);
[[nodiscard]] std::string toJson(const std::vector<message::Volume>& volumes);
[[nodiscard]] std::string toJson(const std::optional<NodeRecord::Retired>& retired);
[[nodiscard]] std::string toJson(const RebootPolicy& policy);
[[nodiscard]] Labels labelsOf(const std::string& json);
[[nodiscard]] std::vector<std::string> listOf(const std::string& json);
[[nodiscard]] message::Image imageOf(const std::string& json);
[[nodiscard]] RebootPolicy rebootsOf(const std::string& json);
[[nodiscard]] std::vector<message::Volume> volumesOf(const std::string& json);
[[nodiscard]] std::optional<NodeRecord::Retired> retiredOf(const std::string& json);

[[nodiscard]] std::int64_t millisecondsOf(WallTime time);
[[nodiscard]] WallTime wallTimeOf(std::int64_t milliseconds);

/// Reads the columns of a row one after the other.
class Columns {
public:
  explicit Columns(const Statement& row) : row_(row) {}

  [[nodiscard]] std::int64_t integer() { return row_.integer(next_++); }
  [[nodiscard]] std::uint64_t count() { return row_.count(next_++); }
  [[nodiscard]] std::uint32_t small();
  [[nodiscard]] bool flag() { return row_.integer(next_++) != 0; }
  [[nodiscard]] std::string text() { return row_.text(next_++); }
  [[nodiscard]] std::span<const std::uint8_t> blob() { return row_.blob(next_++); }
  [[nodiscard]] Uuid uuid();
  [[nodiscard]] Digest digest();
  [[nodiscard]] Labels labels() { return labelsOf(text()); }
  [[nodiscard]] bool isNull() const { return row_.isNull(next_); }
  void skip() { ++next_; }

  /// A type with a parse() from text.
  template <class T>
  [[nodiscard]] T parsed() {
    const std::string word = text();
    if (auto value = T::parse(word)) return *std::move(value);
    throw BadValue("\"" + word + "\" is not what belongs there");
  }
  /// An enum of the messages, by its word.
  template <class Enum>
  [[nodiscard]] Enum word() {
    const std::string name = text();
    if (auto value = message::fromString<Enum>(name)) return *value;
    throw BadValue("\"" + name + "\" is not what belongs there");
  }
  /// An enum of ours, by its number.
  template <class Enum>
  [[nodiscard]] Enum numbered(Enum last) {
    const std::uint64_t value = count();
    if (value > static_cast<std::uint64_t>(last)) throw BadValue(std::to_string(value) + " is out of range");
    return static_cast<Enum>(value);
  }
  template <class C>
  [[nodiscard]] C counter() {
    return C(count());
  }

private:
  const Statement& row_;
  int next_ = 0;
};

}  // namespace berth::store
