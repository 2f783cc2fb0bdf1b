// SPDX-License-Identifier: Apache-2.0
#include "controller/store/sqlite.h"

#include <climits>

#include <sqlite3.h>

namespace berth::store {

namespace {

/// Another process (a backup) may hold the file for a moment; longer than this is not a moment.
constexpr int kBusyMs = 5000;

std::string messageOf(sqlite3* handle, int code) {
  std::string message = sqlite3_errstr(code);
  if (handle != nullptr && sqlite3_errcode(handle) == code) message = sqlite3_errmsg(handle);
  return message;
}

}  // namespace

Database::Database(const std::filesystem::path& path) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  const int code = sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr);
  if (code != SQLITE_OK) {
    const std::string message = messageOf(handle_, code);
    sqlite3_close_v2(handle_);
    throw SqliteError(code & 0xff, message);
  }
  sqlite3_busy_timeout(handle_, kBusyMs);
}

Database::~Database() { sqlite3_close_v2(handle_); }

void Database::execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw SqliteError(code & 0xff, messageOf(handle_, code));
}

std::int64_t Database::number(const char* sql) {
  Statement statement(*this, sql);
  if (!statement.step()) throw BadValue(std::string("no answer to ") + sql);
  return statement.integer(0);
}

Statement::Statement(Database& db, std::string_view sql) : db_(db.handle()) {
  check(sqlite3_prepare_v2(db_, sql.data(), static_cast<int>(sql.size()), &handle_, nullptr));
}

Statement::~Statement() { sqlite3_finalize(handle_); }

void Statement::check(int code) const {
  if (code != SQLITE_OK) throw SqliteError(code & 0xff, messageOf(db_, code));
}

bool Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  throw SqliteError(code & 0xff, messageOf(db_, code));
}

void Statement::reset() {
  // What failed has been told by step(); here the same code would only be said again.
  sqlite3_reset(handle_);
}

std::int64_t Statement::integer(int column) const {
  if (sqlite3_column_type(handle_, column) != SQLITE_INTEGER) {
    throw BadValue(std::string(sqlite3_column_name(handle_, column)) + " is no number");
  }
  return sqlite3_column_int64(handle_, column);
}

std::uint64_t Statement::count(int column) const {
  const std::int64_t value = integer(column);
  if (value < 0) throw BadValue(std::string(sqlite3_column_name(handle_, column)) + " is negative");
  return static_cast<std::uint64_t>(value);
}

std::string Statement::text(int column) const {
  if (sqlite3_column_type(handle_, column) != SQLITE_TEXT) {
    throw BadValue(std::string(sqlite3_column_name(handle_, column)) + " is no text");
  }
  const auto* begin = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  return {begin, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::span<const std::uint8_t> Statement::blob(int column) const {
  const int type = sqlite3_column_type(handle_, column);
  if (type != SQLITE_BLOB) throw BadValue(std::string(sqlite3_column_name(handle_, column)) + " is no blob");
  const auto* begin = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle_, column));
  return {begin, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

bool Statement::isNull(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }

void Statement::bindOne(int index, std::int64_t value) { check(sqlite3_bind_int64(handle_, index, value)); }

void Statement::bindOne(int index, std::uint64_t value) {
  if (value > INT64_MAX) throw BadValue("a number over 63 bits");
  check(sqlite3_bind_int64(handle_, index, static_cast<std::int64_t>(value)));
}

void Statement::bindOne(int index, std::string_view value) {
  // A null pointer would bind NULL; an empty text is not the same.
  const char* begin = value.data() == nullptr ? "" : value.data();
  check(sqlite3_bind_text64(handle_, index, begin, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bindOne(int index, std::span<const std::uint8_t> value) {
  const void* begin = value.data() == nullptr ? static_cast<const void*>("") : value.data();
  check(sqlite3_bind_blob64(handle_, index, begin, value.size(), SQLITE_TRANSIENT));
}

void Statement::bindOne(int index, std::nullptr_t) { check(sqlite3_bind_null(handle_, index)); }

Scope::~Scope() {
  if (open_) sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Scope::commit() {
  db_.execute("COMMIT");
  open_ = false;
}

}  // namespace berth::store
