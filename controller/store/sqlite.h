// SPDX-License-Identifier: Apache-2.0
//
// SQLite behind two small types. Inside this room its failures travel as exceptions, since a transaction must unwind
// whatever it was doing; they stop at sqlite_store.cpp, which turns them into values.
//
//   Statement insert(db, "INSERT INTO hosts(name, vcpus) VALUES (?, ?)");
//   insert.run("vh1", 4);
//   Statement select(db, "SELECT name, vcpus FROM hosts");
//   while (select.step()) use(select.text(0), select.integer(1));
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace berth::store {

/// What SQLite would not do. `code` is its primary result code.
class SqliteError : public std::runtime_error {
public:
  SqliteError(int code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] int code() const { return code_; }

private:
  int code_;
};

/// A column holds what this program never writes.
class BadValue : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

class Database {
public:
  /// The file must exist.
  explicit Database(const std::filesystem::path& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs statements that return nothing.
  void execute(const char* sql);
  /// The one number that a statement returns.
  [[nodiscard]] std::int64_t number(const char* sql);

  [[nodiscard]] sqlite3* handle() { return handle_; }

private:
  sqlite3* handle_ = nullptr;
};

class Statement {
public:
  Statement(Database& db, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// Binds all parameters, in order; strings as text, spans as blobs, the rest as integers.
  template <class... Values>
  void bind(const Values&... values) {
    reset();
    int index = 0;
    (bindOne(++index, values), ...);
  }
  /// True while there is a row.
  [[nodiscard]] bool step();
  /// Binds, and runs to the end.
  template <class... Values>
  void run(const Values&... values) {
    bind(values...);
    while (step()) {
    }
    reset();
  }
  void reset();

  /// Columns of the present row, from 0. Throw BadValue for another type.
  [[nodiscard]] std::int64_t integer(int column) const;
  /// Not negative.
  [[nodiscard]] std::uint64_t count(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::span<const std::uint8_t> blob(int column) const;
  [[nodiscard]] bool isNull(int column) const;

private:
  void bindOne(int index, std::int64_t value);
  void bindOne(int index, std::uint64_t value);
  void bindOne(int index, std::uint32_t value) { bindOne(index, static_cast<std::int64_t>(value)); }
  void bindOne(int index, int value) { bindOne(index, static_cast<std::int64_t>(value)); }
  void bindOne(int index, bool value) { bindOne(index, static_cast<std::int64_t>(value)); }
  void bindOne(int index, std::string_view value);
  void bindOne(int index, const std::string& value) { bindOne(index, std::string_view(value)); }
  void bindOne(int index, const char* value) { bindOne(index, std::string_view(value)); }
  void bindOne(int index, std::span<const std::uint8_t> value);
  void bindOne(int index, std::nullptr_t);
  void bindOne(int index, std::optional<std::uint64_t> value) {
    if (value) return bindOne(index, *value);
    bindOne(index, nullptr);
  }
  void bindOne(int index, const std::optional<std::string>& value) {
    if (value) return bindOne(index, *value);
    bindOne(index, nullptr);
  }
  void check(int code) const;

  sqlite3* db_;
  sqlite3_stmt* handle_ = nullptr;
};

/// Begins a transaction that can write; rolled back unless committed.
class Scope {
public:
  explicit Scope(Database& db) : db_(db) { db_.execute("BEGIN IMMEDIATE"); }
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  void commit();

private:
  Database& db_;
  bool open_ = true;
};

}  // namespace berth::store
