// SPDX-License-Identifier: Apache-2.0
//
// A node's console is read from its host piece by piece, by offset; the log may be rotated away under our feet, which
// the answer shows by beginning later than asked.
#include <algorithm>
#include <ostream>

#include "controller/cli/commands.h"
#include "controller/cli/show/text.h"

namespace berth::cli {

namespace {

using namespace std::chrono_literals;
namespace reply = message::reply;
namespace request = message::request;

constexpr std::uint32_t kPiece = 256u << 10;
constexpr auto kInterval = 1s;
/// More than anybody reads; bounds what one command keeps in memory.
constexpr std::size_t kMaxTail = std::size_t{64} << 20;

class ConsoleReader {
public:
  ConsoleReader(const command::Logs& logs, Session& session) : logs_(logs), session_(session) {}

  /// Everything from `offset` to the present end; leaves the end in offset_.
  [[nodiscard]] std::optional<Trouble> printFrom(std::uint64_t offset) {
    offset_ = offset;
    while (session_.world().isRead()) {
      auto piece = read(offset_, kPiece);
      if (auto* trouble = std::get_if<Trouble>(&piece)) return std::move(*trouble);
      auto& console = std::get<message::Console>(piece);
      // A shorter log than before: the node has a new instance, and its console begins anew.
      if (console.end < offset_) {
        offset_ = 0;
        continue;
      }
      if (console.data.empty()) break;
      offset_ = console.offset + console.data.size();
      print(console.data);
      if (offset_ >= console.end) break;
    }
    return std::nullopt;
  }

  /// The last lines, as many as were asked for.
  [[nodiscard]] std::optional<Trouble> printTail(std::uint64_t lines) {
    auto probe = read(0, 1);
    if (auto* trouble = std::get_if<Trouble>(&probe)) return std::move(*trouble);
    std::uint64_t begin = std::get<message::Console>(probe).end;
    offset_ = begin;
    std::string tail;
    while (begin > 0 && startOf(tail, lines) == std::string::npos && tail.size() < kMaxTail) {
      const std::uint64_t from = begin > kPiece ? begin - kPiece : 0;
      auto piece = read(from, static_cast<std::uint32_t>(begin - from));
      if (auto* trouble = std::get_if<Trouble>(&piece)) return std::move(*trouble);
      const auto& console = std::get<message::Console>(piece);
      // It begins later than asked: what was before has been rotated away.
      if (console.offset >= begin || console.data.empty()) break;
      tail.insert(0, console.data.substr(0, begin - console.offset));
      if (console.offset > from) break;
      begin = from;
    }
    const std::size_t start = startOf(tail, lines);
    print(start == std::string::npos ? tail : tail.substr(start));
    return std::nullopt;
  }

  [[nodiscard]] std::uint64_t offset() const { return offset_; }

private:
  /// Where the last `lines` lines of `text` begin, when it has more than that.
  static std::size_t startOf(const std::string& text, std::uint64_t lines) {
    std::size_t at = text.ends_with('\n') ? text.size() - 1 : text.size();
    for (std::uint64_t line = 0; line < lines; ++line) {
      if (at == 0) return std::string::npos;
      at = text.rfind('\n', at - 1);
      if (at == std::string::npos) return std::string::npos;
    }
    return lines == 0 ? text.size() : at + 1;
  }

  [[nodiscard]] Result<message::Console> read(std::uint64_t offset, std::uint32_t limit) {
    auto answer = session_.ask<reply::Log>(request::ReadLog{logs_.node, offset, limit});
    if (auto* trouble = std::get_if<Trouble>(&answer)) return std::move(*trouble);
    auto& console = std::get<reply::Log>(answer).console;
    if (console.error.empty()) return std::move(console);
    return Trouble{"no console of " + logs_.node.str() + ": " + console.error,
                   "See: berth describe node " + logs_.node.str()};
  }

  void print(const std::string& data) {
    session_.world().out << (logs_.raw ? data : show::manyLines(data)) << std::flush;
  }

  const command::Logs& logs_;
  Session& session_;
  std::uint64_t offset_ = 0;
};

}  // namespace

ExitCode run(const command::Logs& logs, Session& session) {
  auto opened = session.connection();
  if (const Trouble* trouble = troubleOf(opened)) return session.fail(*trouble);
  Connection& connection = *std::get<Connection*>(opened);
  if (logs.follow) connection.heedInterrupts();
  ConsoleReader reader(logs, session);
  auto trouble = logs.tail ? reader.printTail(*logs.tail) : reader.printFrom(0);
  if (trouble) return session.fail(*trouble);
  bool lost = false;
  while (logs.follow && session.world().isRead() && !connection.interrupted()) {
    connection.pause(kInterval);
    if (connection.interrupted()) break;
    trouble = reader.printFrom(reader.offset());
    if (connection.interrupted()) break;
    if (trouble && trouble->kind != Trouble::Kind::unreachable) return session.fail(*trouble);
    if (trouble && !lost) session.advise("The controller does not answer; trying again …\n");
    lost = trouble.has_value();
  }
  return connection.interrupted() ? ExitCode::interrupted : ExitCode::ok;
}

}  // namespace berth::cli
